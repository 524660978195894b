"""The road from octets to octets without sockets, before a core that answers what the test says."""

from collections.abc import Callable
from hashlib import md5, sha256
from textwrap import dedent

from registrar.model.attempt import Attempt
from registrar.model.binding import Binding, Contact
from registrar.model.flow import Flow
from registrar.model.outcome import Outcome
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.model.terminal import Terminal
from registrar.policy import answers
from registrar.policy.decide import decide
from registrar.sip import mediasec, options, registration, responses
from registrar.sip.errors import SipError
from registrar.sip.inspection import inspect
from registrar.sip.message import Request
from registrar.sip.nonces import Nonces
from registrar.sip.parser import parse_datagram
from registrar.sip.settings import SipSettings, served_domains
from tests.lab import NOW, SOFTPHONE, flow

KEY = b"a secret of 24 octets..."
SETTINGS = SipSettings(
    domains=served_domains(["lab.example", "127.0.0.1", "::1"]),
    realm="lab.example",
    server_name="lab.example",
    answers=answers.SIP,
    warnings=answers.WARNING,
    decision_url="http://lab.example:8080/decisions/{reason}/{row}",
)
TERMINAL = Terminal(SOFTPHONE, TerminalClass.INSECURE, "third party", "")
TAG = "efedc1577bac6537"
"""Our To tag for the Call-ID and From tag of ``REGISTER``."""

REGISTER = """\
    REGISTER sip:lab.example SIP/2.0
    Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1
    Max-Forwards: 70
    From: <sip:12345@lab.example>;tag=phone
    To: <sip:12345@lab.example>
    Call-ID: call-1
    CSeq: 1 REGISTER
    Contact: <sip:12345@127.0.0.1:40000>
    Expires: 3600
    Content-Length: 0
    """


def octets(text: str) -> bytes:
    """A message as it is written in a test: indented, lines ending as they do in Python."""
    return (dedent(text).strip("\n").replace("\n", "\r\n") + "\r\n\r\n").encode("utf-8", "surrogateescape")


def with_lines(message: str, *lines: str) -> str:
    """The message with header lines added, or put in the place of those of the same name; ``Name:`` takes one away."""
    kept = [line.strip() for line in message.strip().splitlines()]
    start, *headers = kept
    names = {line.partition(":")[0].lower() for line in lines}
    headers = [line for line in headers if line.partition(":")[0].lower() not in names]
    added = [line for line in lines if line.partition(":")[2].strip()]
    return "\n".join([start, *headers, *added])


def request(text: str) -> Request:
    message = parse_datagram(octets(text))
    assert isinstance(message, Request)
    return message


def decision(
    policy: Policy = Policy.NONE,
    terminal_class: TerminalClass = TerminalClass.INSECURE,
    exception: bool = True,
    rac: bool = True,
    secure_port: bool = False,
) -> Decision:
    return decide(policy, Protocol.SIP, terminal_class, exception, rac, secure_port)


def accepted(*bindings: Binding) -> Outcome:
    return Outcome(True, decision(), TERMINAL, bindings=bindings)


def refused(reason: Reason, by: Decision | None = None, **more: object) -> Outcome:
    return Outcome(False, by or decision(), TERMINAL, reason, **more)  # type: ignore[arg-type]


def binding(uri: str = "sip:12345@127.0.0.1:40000", seconds: float = 3600, **more: object) -> Binding:
    """A current binding; what belongs to its contact is given by the contact's names."""
    contact = {name: more.pop(name) for name in ("q", "instance", "reg_id", "params") if name in more}
    values: dict[str, object] = {
        "number": "12345",
        "contact": Contact(uri, key=uri, **contact),  # type: ignore[arg-type]
        "call_id": "call-1",
        "cseq": 1,
        "flow": flow(),
        "terminal": TERMINAL,
        "decision": decision(),
        "registered_at": NOW,
        "refreshed_at": NOW,
        "expires_at": NOW + seconds,
    }
    return Binding(**(values | more))  # type: ignore[arg-type]


class Road:
    """Requests in, answers out."""

    def __init__(
        self,
        register: Callable[[Attempt], Outcome] | Outcome | None = None,
        settings: SipSettings = SETTINGS,
        nonce_key: bytes = b"another secret 16",
        srtp: bool = False,
    ) -> None:
        self.attempts: list[Attempt] = []
        self.settings = settings
        self.srtp = srtp
        self.nonces = Nonces(nonce_key)
        self._register = register

    def core(self, attempt: Attempt) -> Outcome:
        self.attempts.append(attempt)
        if isinstance(self._register, Outcome):
            return self._register
        return self._register(attempt) if self._register is not None else accepted()

    def answer(self, text: str, over: Flow | None = None, now: float = NOW) -> str:
        """The answer to the request, its lines ending as they do in Python; empty when there is none."""
        return self.exchange(octets(text), over, now).decode().replace("\r\n", "\n")

    def exchange(self, data: bytes, over: Flow | None = None, now: float = NOW) -> bytes:
        over = over or flow()
        try:
            message = parse_datagram(data)
            assert isinstance(message, Request)
            inspect(message, over, self.settings, self.srtp)
            if message.method == "OPTIONS":
                return options.answer(message, over, self.settings, KEY)
            srtp = mediasec.agreement(message, self.srtp)
            attempt = registration.attempt(message, over, self.settings, self.nonces, KEY)
            outcome = self.core(attempt)
            return responses.answer(message, attempt, outcome, self.settings, self.nonces, KEY, now, srtp)
        except SipError as error:
            return responses.error(error, over, self.settings, KEY) or b""


def status(answer: str) -> str:
    """The status line without the version."""
    return answer.partition("\n")[0].removeprefix("SIP/2.0 ")


def header(answer: str, name: str) -> str | None:
    """The header's one value; ``None`` when there is no such header."""
    values = headers(answer, name)
    assert len(values) <= 1, values
    return values[0] if values else None


def headers(answer: str, name: str) -> list[str]:
    head = answer.partition("\n\n")[0].splitlines()[1:]
    return [line.partition(": ")[2] for line in head if line.partition(":")[0] == name]


def digest(
    username: str,
    pin: str,
    method: str,
    uri: str,
    nonce: str,
    *,
    realm: str = "lab.example",
    nc: str = "00000001",
    cnonce: str = "0a4f113b",
    qop: str = "auth",
    algorithm: str = "MD5",
) -> str:
    """An Authorization line by RFC 7616 section 3.4, or RFC 2069's when there is no ``qop``."""
    hashed = {"MD5": md5, "SHA-256": sha256}[algorithm]

    def h(text: str) -> str:
        return hashed(text.encode()).hexdigest()

    middle = f"{nonce}:{nc}:{cnonce}:{qop}" if qop else nonce
    response = h(f"{h(f'{username}:{realm}:{pin}')}:{middle}:{h(f'{method}:{uri}')}")
    tail = f', qop={qop}, nc={nc}, cnonce="{cnonce}"' if qop else ""
    return (
        f'Authorization: Digest username="{username}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm={algorithm}{tail}'
    )
