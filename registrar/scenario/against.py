"""A registrar that runs already, reached through its API; what a scenario initiated there is taken away again."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from registrar.phones.configuration import Server, server_of
from registrar.remote import Remote, running
from registrar.scenario.under_test import Json, Printout

_INITIATED: Final = re.compile(r"\s*(extension|auth_code)\s+-i\b.*?\s-d\s+(\S+)", re.IGNORECASE)
_POLICY: Final = re.compile(r"\s*sec_policy\s+-(set|remove)\b", re.IGNORECASE)


class Running:
    """A registrar in another process. Its time is its own."""

    def __init__(self, remote: Remote, server: Server, ca: Path | None) -> None:
        self.server = server
        self.ca = ca
        self.clock: Callable[[], float] = time.time
        self._remote = remote
        self._last_id = 0
        self._undo: list[str] = []
        self._policy: int | None = None

    @classmethod
    def find(cls, where: str, data: Path, environment: Mapping[str, str], ca: Path | None) -> "Running":
        """Return the registrar at ``where``: a host or ``http://HOST:PORT``, its ports as the data folder tells them.

        Raises ``StartError`` when there is no token.
        """
        ready = running(data)
        host = where.partition("//")[2] or where
        url = where if "//" in where else f"http://{where}:{ready['http'][1] if ready else 8080}"
        name = host.partition("/")[0].partition(":")[0]
        remote = Remote.find(url, data, environment)
        if ready is None:
            return cls(remote, Server(name), ca)
        return cls(remote, server_of(ready, name), ca or Path(ready["ca_file"]))

    @property
    def last_id(self) -> int:
        """The id of the newest event known."""
        return self._last_id

    async def start(self) -> None:
        """Take note of where it stands. Raises ``StartError`` when it does not answer."""
        found = await self._fetch("/api/v1/events?since=999999999999")
        self._last_id = int(found["last_id"])

    async def close(self) -> None:
        """Take away what was initiated, and put the policy back."""
        lines = self._undo[::-1]
        if self._policy is not None:
            lines = ["sec_policy -remove", *lines]
            if self._policy:
                lines.append(f"sec_policy -set {self._policy}")
        self._undo, self._policy = [], None
        for line in lines:
            await asyncio.to_thread(self._remote.execute, line)

    async def execute(self, line: str) -> Printout:
        """Carry out an operator's line."""
        if _POLICY.match(line) and self._policy is None:
            self._policy = int((await self._fetch("/api/v1/policy"))["policy"])
        result = await asyncio.to_thread(self._remote.execute, line)
        initiated = _INITIATED.match(line)
        if initiated and result.exit_status == 0:
            self._undo.append(f"{initiated[1]} -e -d {initiated[2]}")
        executed = result.exit_status == 0
        await self.events(self._last_id)
        return Printout(result.printout, executed, result.exit_status)

    async def registrations(self, number: str) -> list[Json]:
        """Return the number's registrations, the one refreshed last at the end."""
        found = await self._fetch(f"/api/v1/registrations?number={quote(number)}")
        return sorted(found["registrations"], key=lambda each: float(each["refreshed_at"]))

    async def events(self, since: int) -> list[Json]:
        """Return the events after that id."""
        found = await self._fetch(f"/api/v1/events?since={since}")
        self._last_id = max(self._last_id, int(found["last_id"]))
        return list(found["events"])

    async def refusals(self, number: str) -> list[Json]:
        """Return the refusals of the number that are still known."""
        found = await self._fetch(f"/api/v1/events?type=refused&number={quote(number)}")
        return list(found["events"])

    async def changed(self, since: int, seconds: float) -> None:
        """Wait for an event after that id."""
        found = await self._fetch(f"/api/v1/events?since={since}&wait={min(seconds, 30.0):.3f}")
        self._last_id = max(self._last_id, int(found["last_id"]))

    async def _fetch(self, path: str) -> Json:
        found: Json = json.loads(await asyncio.to_thread(self._remote.fetch, path))
        return found
