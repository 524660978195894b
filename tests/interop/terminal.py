"""A hand-written terminal, which shares no code with the server: what it asks, how it answers, what it is told."""

import re
from hashlib import md5
from itertools import count
from typing import NamedTuple

from tests.interop.wire import Wire

_numbers = count(1)


class Message(NamedTuple):
    """A message as it came."""

    start: str
    """The status line without the version, or the request line."""
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known.lower() == name.lower()]

    def one(self, name: str) -> str | None:
        """The header's one value; ``None`` when there is no such header."""
        values = self.all(name)
        assert len(values) <= 1, values
        return values[0] if values else None

    @property
    def is_request(self) -> bool:
        return self.start.endswith(" SIP/2.0")


def parse(data: bytes) -> Message:
    head, _, body = data.decode().partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    return Message(start.removeprefix("SIP/2.0 "), headers, body)


class Terminal:
    """A number on a wire: one Call-ID, rising CSeq."""

    def __init__(self, wire: Wire, number: str, agent: str = "hand-written/1", host: str = "127.0.0.1") -> None:
        self.number = number
        self._wire = wire
        self._agent = agent
        self._host = host
        self._name = f"{next(_numbers)}.{wire.local[1]}"
        self._cseq = count(1)
        self._to_tag = ""
        self.unasked: list[Message] = []
        """Requests that came while an answer was waited for."""

    @property
    def contact(self) -> str:
        return f"sip:{self.number}@{_host(self._wire.local[0])}:{self._wire.local[1]};transport={self._wire.transport}"

    def register(self, pin: str | None = None, *, expires: int = 3600, contact: str | None = None) -> list[Message]:
        """Register, answering a challenge when there is a PIN; return the answers in their order."""
        bound = f"<{self.contact}>" if contact is None else contact
        headers = [("Contact", bound), ("Expires", str(expires))]
        first = self.ask("REGISTER", f"sip:{self._host}", headers)
        if pin is None or not first.start.startswith("401 "):
            return [first]
        return [first, self.ask("REGISTER", f"sip:{self._host}", [*headers, self._credentials(first, "REGISTER", pin)])]

    def subscribe(self, pin: str, *, expires: int = 600) -> list[Message]:
        """Subscribe to the number's own registration state (RFC 3680)."""
        uri = f"sip:{self.number}@{self._host}"
        headers = [
            ("Contact", f"<{self.contact}>"),
            ("Event", "reg"),
            ("Accept", "application/reginfo+xml"),
            ("Expires", str(expires)),
        ]
        first = self.ask("SUBSCRIBE", uri, headers)
        if not first.start.startswith("401 "):
            return [first]
        second = self.ask("SUBSCRIBE", uri, [*headers, self._credentials(first, "SUBSCRIBE", pin, uri)])
        self._to_tag = (second.one("To") or "").partition(";tag=")[2]
        return [first, second]

    def ask(self, method: str, uri: str, headers: list[tuple[str, str]]) -> Message:
        """Send a request and return its final answer."""
        branch = f"z9hG4bK{next(_numbers)}"
        via = f"SIP/2.0/{self._wire.transport} {_host(self._wire.local[0])}:{self._wire.local[1]};branch={branch};rport"
        to = f"<sip:{self.number}@{self._host}>" + (f";tag={self._to_tag}" if self._to_tag else "")
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: {via}",
            "Max-Forwards: 70",
            f"From: <sip:{self.number}@{self._host}>;tag={self._name}",
            f"To: {to}",
            f"Call-ID: {self._name}@terminal",
            f"CSeq: {next(self._cseq)} {method}",
            *(f"{name}: {value}" for name, value in headers),
            f"User-Agent: {self._agent}",
            "Content-Length: 0",
        ]
        self._wire.send(("\r\n".join(lines) + "\r\n\r\n").encode())
        while True:
            message = parse(self._wire.receive())
            if message.is_request:
                self._accept(message)
                self.unasked.append(message)
            elif f"branch={branch}" in (message.one("Via") or "") and not message.start.startswith("1"):
                return message

    def listen(self) -> Message:
        """Wait for a request, answer it 200, return it."""
        if self.unasked:
            return self.unasked.pop(0)
        message = parse(self._wire.receive())
        assert message.is_request, message.start
        self._accept(message)
        return message

    def _accept(self, request: Message) -> None:
        copied = [(name, value) for name, value in request.headers if name in ("Via", "From", "Call-ID", "CSeq")]
        to = request.one("To") or ""
        to = to if ";tag=" in to else f"{to};tag={self._name}"
        lines = ["SIP/2.0 200 OK", *(f"{name}: {value}" for name, value in copied), f"To: {to}", "Content-Length: 0"]
        self._wire.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def _credentials(self, challenge: Message, method: str, pin: str, uri: str = "") -> tuple[str, str]:
        """Answer a digest challenge (RFC 2617 section 3.2.2)."""
        uri = uri or f"sip:{self._host}"
        asked = challenge.one("WWW-Authenticate") or ""
        params = dict(re.findall(r'(\w+)="?([^",]+)"?', asked.removeprefix("Digest ")))
        assert params["algorithm"] == "MD5"
        assert params["qop"] == "auth"
        ha1 = _md5(f"{self.number}:{params['realm']}:{pin}")
        ha2 = _md5(f"{method}:{uri}")
        cnonce = self._name
        response = _md5(f"{ha1}:{params['nonce']}:00000001:{cnonce}:auth:{ha2}")
        given = {"username": self.number, "realm": params["realm"], "nonce": params["nonce"], "uri": uri}
        quoted = ", ".join(f'{name}="{value}"' for name, value in given.items())
        rest = f'response="{response}", algorithm=MD5, cnonce="{cnonce}", qop=auth, nc=00000001'
        return "Authorization", f"Digest {quoted}, {rest}"


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _md5(text: str) -> str:
    return md5(text.encode()).hexdigest()
