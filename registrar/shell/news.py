"""What happens meanwhile, a line each: a terminal registers, or is refused."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from registrar.errors import StartError
from registrar.remote import Remote

TOLD: Final = ("registered", "unregistered", "refused", "locked")
"""The events that make a line."""
WAITING: Final = 500
"""Lines kept while a printout is read; older ones are dropped."""
AGAIN: Final = 2.0
"""Seconds until a registrar that is gone is asked again."""


def line(event: dict[str, Any]) -> str:
    """Return the line of an event of the API."""
    kind, moment = event["type"], time.strftime("%H:%M:%S", time.localtime(event["time"]))
    if kind == "locked":
        return f"{moment}  LOCKED        {event['number']} for wrong PINs, from {event['address']}"
    protocol = "SIP" if event["protocol"] == "sip" else "H.323"
    who = f"{event['number']}  {protocol} {event['terminal'] or '-'}  {event['address']} on {event['port']}"
    if kind == "refused":
        times = f" ({event['count']} times)" if event["count"] > 1 else ""
        return f"{moment}  REFUSED       {who}  {event['reason']} {event['row']}{times}"
    if kind == "unregistered":
        return f"{moment}  UNREGISTERED  {who}  {event['cause']}"
    signalling = "DOWNGRADED" if event["downgraded"] else event["signalling"]
    return f"{moment}  REGISTERED    {who}  {signalling} {event['row']}"


class News:
    """Follows the registrar's events in a thread of its own, and shows their lines while it is ``open``."""

    def __init__(self, remote: Remote, show: Callable[[str], None]) -> None:
        self._remote = remote
        self._show = show
        self._waiting: deque[str] = deque(maxlen=WAITING)
        self._open = False
        self._turn = threading.Lock()

    def start(self) -> None:
        """Begin to follow; the thread ends with the program."""
        threading.Thread(target=self._follow, name="news", daemon=True).start()

    def open(self) -> None:
        """Show the lines that waited, and from now on each as it comes."""
        with self._turn:
            self._open = True
            while self._waiting:
                self._show(self._waiting.popleft())

    def close(self) -> None:
        """Keep the lines back: something else is on the screen."""
        with self._turn:
            self._open = False

    def tell(self, text: str) -> None:
        """Show a line, or keep it until that is possible. What came from the wire cannot move the cursor."""
        shown = "".join(character if character.isprintable() else "?" for character in text)
        with self._turn:
            if self._open:
                self._show(shown)
            else:
                self._waiting.append(shown)

    def _follow(self) -> None:
        address = f"/api/v1/events?{urlencode([('type', kind) for kind in TOLD])}"
        gone = False
        while True:
            try:
                for event in self._remote.follow(address):
                    self.tell(line(event))
                    gone = False
            except StartError as error:
                if not gone:
                    self.tell(str(error))
                gone = True
            time.sleep(AGAIN)
