"""A phone's SIP side: REGISTER sent, repeated, authenticated, refreshed; NOTIFY heard (RFC 3261 sections 10.2, 17)."""

from collections.abc import Callable
from math import inf
from typing import Final

from registrar.model.flow import Address, Transport
from registrar.phones.news import LoggedOff, News, NoAnswer, PinWanted, Refused, Registered, Summoned
from registrar.phones.profiles import Profile
from registrar.phones.sip_answers import Answer, read, read_usual
from registrar.sip import headers
from registrar.sip.aor import escaped
from registrar.sip.compose import reply
from registrar.sip.credentials import Challenge, authorization, choose, secret
from registrar.sip.errors import SipError
from registrar.sip.framing import PONG, KeepAlive, StreamParser
from registrar.sip.message import Request, Response
from registrar.sip.notify import T1, T2, TIMER_F
from registrar.sip.parser import parse_datagram
from registrar.sip.via import MAGIC_COOKIE

ALLOW: Final = "INVITE, ACK, CANCEL, BYE, NOTIFY, OPTIONS"
MAX_TRIES: Final = 4
"""Requests in one registration: without credentials, with them, and twice more for nonces that went stale."""
_ANSWERS: Final = {
    "OPTIONS": (200, "OK"),
    "INVITE": (486, "Busy Here"),
    "BYE": (481, "Call Does Not Exist"),
    "CANCEL": (481, "Call Does Not Exist"),
    "NOTIFY": (489, "Bad Event"),
}
"""To what a server may ask; it makes no calls."""
_UDP: Final = Transport.UDP
_NO_REQUEST: Final = ""
_NO_ANSWER: Final = b"\0"
"""What no message holds."""


class SipLine:
    """The client side of one number. ``token`` gives text that nobody can guess and that is a SIP token."""

    __slots__ = (
        "_branch",
        "_call_id",
        "_challenge",
        "_contact",
        "_contact_mark",
        "_count",
        "_cseq",
        "_deadline",
        "_domain",
        "_fresh",
        "_head",
        "_instance",
        "_interval",
        "_known",
        "_leaving",
        "_marks",
        "_notified",
        "_number",
        "_parser",
        "_pin",
        "_profile",
        "_secret",
        "_sent",
        "_start",
        "_tag",
        "_token",
        "_transport",
        "_tries",
        "_uri",
        "_user",
        "_via",
        "_waiting",
        "due",
        "expires",
        "heard",
        "outgoing",
    )

    def __init__(self, profile: Profile, number: str, token: Callable[[], str], instance: str = "") -> None:
        self.outgoing: list[bytes] = []
        self.heard: list[bytes] = []
        self.due = inf
        self.expires = profile.expires
        self._profile = profile
        self._user = escaped(number)
        self._number = number
        self._token = token
        self._instance = instance
        self._domain = ""
        self._transport = Transport.UDP
        self._contact = ""
        self._contact_mark = b""
        self._via = ""
        self._start = self._head = self._uri = ""
        self._parser = StreamParser()
        self._sent = b""
        self._interval = T1
        self._deadline = inf
        self._known = ("", "", "")
        """Realm, algorithm and PIN that the secret was made from."""
        self._secret = ""
        self._notified = ("", 0)
        """The NOTIFY heard last; its repetition is answered and not heard."""
        self.log_on()

    def log_on(self) -> None:
        """Begin anew, with a new Call-ID."""
        self._call_id = self._token()
        self._tag = self._token()[:8]
        self._cseq = 0
        self._branch = _NO_REQUEST
        self._challenge: Challenge | None = None
        """The last one; it is answered again at a refresh, as long as the server takes its nonce."""
        self._count = 0
        self._fresh = False
        """The challenge came within this registration: that it is not taken means that the PIN is wrong."""
        self._waiting = False
        """The challenge was not answered yet, for want of a PIN."""
        self._pin = ""
        self._leaving = False
        self._tries = 0
        self._marks = (_NO_ANSWER, b"")
        """What is looked for in the usual answers: the branch of the request under way, and our contact."""
        self.due = inf
        self._head = ""

    def connected(self, local: Address, transport: Transport, host: str) -> None:
        """Take note of the way to the server."""
        here = f"[{local[0]}]" if ":" in local[0] else local[0]
        self._transport = transport
        self._domain = f"[{host}]" if ":" in host else host
        self._parser = StreamParser()
        self._contact = f"sip:{self._user}@{here}:{local[1]};transport={transport.value.lower()}"
        self._via = f"SIP/2.0/{transport.value} {here}:{local[1]}"
        self._challenge = None
        self._waiting = False
        self._head = ""

    def register(self, pin: str, now: float) -> None:
        """Register, or answer the challenge that waits."""
        self._pin = pin
        self._leaving = False
        self._fresh = self._waiting
        self._tries = 0
        self._request(now)

    def unregister(self, now: float) -> None:
        """Take the registration back: the contact with no time."""
        self._leaving = True
        self._fresh = False
        self._tries = 0
        self._request(now)

    def received(self, data: bytes, now: float) -> list[News]:
        """Take a datagram, or octets of a stream."""
        if self._transport is not _UDP:
            return self._stream(data, now)
        self.heard = [data]
        answer = read_usual(data, *self._marks)
        if answer is not None:
            return self._answered(answer, now)
        if not data.strip(b"\r\n\0 "):
            return []
        try:
            return self._message(parse_datagram(data), now)
        except SipError:
            return []

    def framed(self, message: bytes) -> bytes:
        """Return the message as it goes over the way: SIP needs no frame."""
        return message

    def tick(self, now: float) -> News | None:
        """Repeat the request over UDP; give up after 32 seconds (timers E and F)."""
        if now >= self._deadline:
            self._done()
            return NoAnswer()
        self.outgoing.append(self._sent)
        self._interval = min(2 * self._interval, T2)
        self.due = min(now + self._interval, self._deadline)
        return None

    # -- requests ------------------------------------------------------------------------------------------------

    def _compose(self) -> None:
        """Write what is the same in every REGISTER of a logon: all up to the branch, and what follows Via."""
        self._uri = f"sip:{self._domain}"
        self._start = f"REGISTER {self._uri} SIP/2.0\r\nVia: {self._via}"
        aor = f"sip:{self._user}@{self._domain}"
        instance = f';+sip.instance="<{self._instance}>"' if self._instance else ""
        self._contact_mark = f"<{self._contact}>".encode()
        self._head = (
            f"rport\r\nMax-Forwards: 70\r\nFrom: <{aor}>;tag={self._tag}\r\nTo: <{aor}>\r\nCall-ID: {self._call_id}\r\n"
            f"Contact: <{self._contact}>{instance}\r\nUser-Agent: {self._profile.says}\r\nAllow: {ALLOW}\r\n"
            f"Supported: {'path, gruu' if self._instance else 'path'}\r\nCSeq: "
        )

    def _request(self, now: float) -> None:
        if not self._head:
            self._compose()
        self._cseq += 1
        self._tries += 1
        self._branch = branch = f"{MAGIC_COOKIE}{self._token()}"
        mark = f";branch={branch};"
        self._sent = sent = (
            f"{self._start}{mark}{self._head}{self._cseq} REGISTER\r\n"
            f"Expires: {0 if self._leaving else self.expires}\r\n"
            f"{self._credentials()}Content-Length: 0\r\n\r\n"
        ).encode("utf-8", "surrogateescape")
        self._marks = (mark.encode(), self._contact_mark)
        self._waiting = False
        self._interval = T1
        self._deadline = now + TIMER_F
        self.due = now + T1 if self._transport is _UDP else self._deadline
        self.outgoing.append(sent)

    def _credentials(self) -> str:
        challenge = self._challenge
        if challenge is None or not self._pin:
            return ""
        self._count += 1
        known = (challenge.realm, challenge.algorithm, self._pin)
        if known != self._known:
            self._known, self._secret = known, secret(challenge, self._number, self._pin)
        cnonce = self._token()[:16]
        value = authorization(challenge, self._number, self._secret, "REGISTER", self._uri, cnonce, self._count)
        return f"{challenge.header}: {value}\r\n"

    def _done(self) -> None:
        self._branch = _NO_REQUEST
        self._marks = (_NO_ANSWER, b"")
        self.due = inf

    # -- what the server says ------------------------------------------------------------------------------------

    def _stream(self, data: bytes, now: float) -> list[News]:
        news: list[News] = []
        items = self._parser.feed(data)
        self.heard = list(self._parser.octets)
        for item in items:
            if isinstance(item, KeepAlive):
                self.outgoing.append(PONG)
            elif not isinstance(item, SipError):
                news += self._message(item, now)
        return news

    def _message(self, message: Request | Response, now: float) -> list[News]:
        if isinstance(message, Request):
            return self._asked(message)
        if message.via.branch != self._branch or message.method != "REGISTER":
            return []
        if message.status < 200:
            self._interval = T2
            return []
        return self._answered(read(message, self._contact), now)

    def _answered(self, answer: Answer, now: float) -> list[News]:
        if self._branch is _NO_REQUEST:
            return []
        self._done()
        status = answer.status
        if status < 300:
            if self._leaving:
                return [LoggedOff()]
            return [Registered(float(self.expires if answer.expires is None else answer.expires))]
        if status in (401, 407):
            return self._challenged(answer, now)
        if status == 423 and answer.min_expires is not None and self.expires < answer.min_expires <= 86400:
            self.expires = answer.min_expires
            self._request(now)
            return []
        self._fresh = False
        return [Refused(answer.words)]

    def _challenged(self, answer: Answer, now: float) -> list[News]:
        challenge = choose(answer.challenges, self._profile.algorithms)
        if challenge is None:
            return [Refused(f"{answer.words}, with no challenge that this phone can answer")]
        wrong = self._fresh and bool(self._pin) and not challenge.stale
        if self._challenge is None or challenge.nonce != self._challenge.nonce:
            self._count = 0
        self._challenge = challenge
        if self._pin and not wrong:
            if self._tries >= MAX_TRIES:
                return [Refused(f"{answer.words}, again and again")]
            self._fresh = True
            self._request(now)
            return []
        self._waiting = True
        if self._leaving:
            return [LoggedOff()]
        return [PinWanted(wrong, answer.words)]

    def _asked(self, request: Request) -> list[News]:
        """Answer a request; a NOTIFY of ``check-sync`` asks the phone to come back."""
        if request.method == "ACK":
            return []
        news: list[News] = []
        status, phrase = _ANSWERS.get(request.method, (405, "Method Not Allowed"))
        try:
            event = headers.event(request) if request.method == "NOTIFY" else None
        except SipError as error:
            event, status, phrase = None, error.status, error.phrase
        if event is not None and event.package == "check-sync":
            status, phrase = 200, "OK"
            if self._notified != (request.call_id, request.cseq):
                self._notified = (request.call_id, request.cseq)
                reboot = event.params.get("reboot", "").lower() == "true"
                news.append(Summoned(reboot, "The server wants this phone to register anew (check-sync)"))
        self.outgoing.append(reply(request, status, phrase, self._tag, [("Allow", ALLOW)]))
        return news
