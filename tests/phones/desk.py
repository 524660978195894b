"""A phone without wires: what its user and its server do goes in, what it does comes out."""

from itertools import count
from textwrap import dedent

from registrar.phones.configuration import Configuration, Server
from registrar.phones.phone import Action, Open, Phone, Reread, State
from registrar.phones.profiles import Profile, profile
from registrar.phones.sip_line import SipLine
from registrar.sip.message import Request
from registrar.sip.parser import parse_datagram
from tests.lab import NOW

LAB = Configuration(Server("127.0.0.1"), security=True)
PLAIN = LAB._replace(security=False)
HERE = ("127.0.0.1", 40000)


def sip_line(kind: str | Profile = "mitel-6900", number: str = "12345") -> SipLine:
    tokens = count(1)
    used = profile(kind) if isinstance(kind, str) else kind
    return SipLine(used, number, lambda: f"token{next(tokens)}")


class Desk:
    """A phone on a desk. Every way it wants is opened at once."""

    def __init__(self, kind: str | Profile = "mitel-6900", configuration: Configuration = LAB) -> None:
        self.now = NOW
        used = profile(kind) if isinstance(kind, str) else kind
        self.phone = Phone(used, "12345", configuration, sip_line(used))
        self.done: list[Action] = []
        """Everything it did."""
        self.sent: list[str] = []
        self.reachable = True

    def log_on(self, pin: str = "") -> "Desk":
        self.phone.log_on(pin, self.now)
        return self._work()

    def enter_pin(self, pin: str) -> "Desk":
        self.phone.enter_pin(pin, self.now)
        return self._work()

    def log_off(self) -> "Desk":
        self.phone.log_off(self.now)
        return self._work()

    def reboot(self, configuration: Configuration) -> "Desk":
        self.configuration = configuration
        self.phone.reboot()
        return self._work()

    def closed(self, words: str = "the server closed the connection") -> "Desk":
        self.phone.closed(words, self.now)
        return self._work()

    def after(self, seconds: float) -> "Desk":
        """Let time pass, timer by timer."""
        end = self.now + seconds
        while self.phone.due <= end:
            self.now = max(self.now, self.phone.due)
            self.phone.tick(self.now)
            self._work()
        self.now = end
        return self

    def hears(self, status: str, *headers: str) -> "Desk":
        """The server answers the last request."""
        return self.receives(answer(self.sent[-1], status, *headers))

    def receives(self, data: bytes) -> "Desk":
        self.phone.received(data, self.now)
        return self._work()

    @property
    def state(self) -> State:
        return self.phone.state

    @property
    def over(self) -> str:
        """The way that is open."""
        return self.phone.transport.value if self.phone.transport else ""

    def take_sent(self) -> list[str]:
        sent, self.sent = self.sent, []
        return sent

    def _work(self) -> "Desk":
        while True:
            actions, outgoing = self.phone.take()
            self.sent += [data.decode() for data in outgoing]
            if not actions:
                return self
            for action in actions:
                self.done.append(action)
                if isinstance(action, Open):
                    if self.reachable:
                        self.phone.connected(HERE, self.now)
                    else:
                        self.phone.failed("connection refused", self.now)
                elif isinstance(action, Reread):
                    self.phone.booted(getattr(self, "configuration", self.phone.configuration), self.now)


def answer(request: str, status: str, *headers: str) -> bytes:
    """An answer to the request with these headers besides."""
    asked = parse_datagram(request.encode())
    assert isinstance(asked, Request)
    kept = [f"{name}: {asked.headers[name.lower()][0]}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
    kept[2] += ";tag=server"
    kept[0] = kept[0].replace(";rport", ";received=127.0.0.1;rport=40000")
    return "\r\n".join([f"SIP/2.0 {status}", *kept, *headers, "Content-Length: 0", "", ""]).encode()


def challenge(nonce: str = "n1", more: str = "") -> str:
    return f'WWW-Authenticate: Digest realm="lab", nonce="{nonce}", qop="auth", algorithm=MD5{more}'


def header(request: str, name: str) -> str | None:
    """The header's value in what was sent."""
    found = [line.partition(": ")[2] for line in request.split("\r\n") if line.startswith(f"{name}: ")]
    return found[0] if found else None


def contact(request: str, expires: int) -> str:
    return f"Contact: {header(request, 'Contact')};expires={expires}"


def check_sync(reboot: bool = False, cseq: int = 1) -> bytes:
    return (
        dedent(f"""\
        NOTIFY sip:12345@127.0.0.1:40000 SIP/2.0
        Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKserver{cseq};rport
        From: <sip:lab>;tag=server
        To: <sip:12345@lab>
        Call-ID: of the server
        CSeq: {cseq} NOTIFY
        Event: check-sync;reboot={str(reboot).lower()}
        Subscription-State: terminated
        Content-Length: 0

        """)
        .replace("of the server", "server")
        .replace("\n", "\r\n")
        .encode()
    )
