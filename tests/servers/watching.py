"""A terminal that watches a number, and what it reads in a NOTIFY."""

from xml.etree import ElementTree

from tests.lab import flow
from tests.servers.playbook import Phone, Playbook, with_extensions
from tests.sip.road import header, headers, octets, status

REGINFO = "{urn:ietf:params:xml:ns:reginfo}"
WATCHER = ("127.0.0.9", 50000)


def of(method: str, sent: list[str]) -> list[str]:
    return [text for text in sent if text.startswith(f"{method} ")]


def document(notify: str) -> ElementTree.Element:
    return ElementTree.fromstring(notify.partition("\n\n")[2])


def contacts(notify: str) -> list[tuple[str | None, str | None, str | None]]:
    """Each contact's URI, state and event."""
    found = document(notify).iter(f"{REGINFO}contact")
    return [(each.findtext(f"{REGINFO}uri"), each.get("state"), each.get("event")) for each in found]


def answer_to(notify: str, line: str = "200 OK") -> bytes:
    copied = [f"{name}: {headers(notify, name)[0]}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
    return octets("\n".join([f"SIP/2.0 {line}", *copied, "Content-Length: 0"]))


class Watcher(Phone):
    """A terminal that watches a number."""

    dialog_to = ""

    async def subscribe(self, *lines: str) -> tuple[str, list[str]]:
        """The answer to a SUBSCRIBE after any challenge, and every NOTIFY that came with it."""
        own = [f"To: {self.dialog_to}"] if self.dialog_to else []
        if not any(line.startswith("Event:") for line in lines):
            own.append("Event: reg")
        answer = await self.ask(*own, *lines, method="SUBSCRIBE", uri=f"sip:{self.number}@lab.example")
        if status(answer) == "200 OK":
            self.dialog_to = header(answer, "To") or ""
        return answer, of("NOTIFY", self.book.take())

    async def says(self, notify: str, line: str = "200 OK") -> list[str]:
        """What is sent once this is answered to a NOTIFY."""
        self.book.sip.datagram(flow().listener, answer_to(notify, line), self.source)
        await self.book.settle()
        return of("NOTIFY", self.book.take())


async def watched(number: str = "12345", pin: str = "4711", *lines: str) -> tuple[Playbook, Watcher, str]:
    """A node, a watcher at an address that is no lie whose first NOTIFY is answered, and that NOTIFY."""
    book = await with_extensions()
    book.sip._proven.add(WATCHER[0])
    watcher = Watcher(book, number, pin, source=WATCHER, call_id="watch")
    answer, (notify,) = await watcher.subscribe(*lines)
    assert status(answer) == "200 OK"
    assert await watcher.says(notify) == []
    return book, watcher, notify
