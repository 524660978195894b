"""Values that tests start from: ports, terminals, attempts, PINs."""

from typing import NamedTuple

from registrar.model.attempt import Action, Attempt, Verdict
from registrar.model.binding import Contact
from registrar.model.extension import Rac
from registrar.model.flow import Flow, Listener, TlsSession, Transport
from registrar.model.policy import Protocol

UDP_5060 = Listener(Protocol.SIP, Transport.UDP, "127.0.0.1", 5060)
TCP_5060 = Listener(Protocol.SIP, Transport.TCP, "127.0.0.1", 5060)
TLS_5061 = Listener(Protocol.SIP, Transport.TLS, "127.0.0.1", 5061)
UDP_1719 = Listener(Protocol.H323, Transport.UDP, "127.0.0.1", 1719)
TLS_3727 = Listener(Protocol.H323, Transport.TLS, "127.0.0.1", 3727)

D4 = "DBC 425 02"
MITEL = "Mitel 6930 SIP/5.1.0"
SOFTPHONE = "baresip v1.0.0 (x86_64/linux)"

NOW = 1_800_000_000.0


class Pin(NamedTuple):
    """A proof that simply holds a PIN, and may be stale or speak for another number."""

    pin: str
    stale: bool = False
    owner: str = ""
    shown: bool = True

    def verify(self, rac: Rac, number: str, now: float) -> Verdict:
        if self.owner and self.owner != number:
            return Verdict.NOT_OWNER
        if self.pin != rac.pin:
            return Verdict.WRONG
        return Verdict.STALE if self.stale else Verdict.RIGHT


def flow(listener: Listener = UDP_5060, host: str = "127.0.0.1", port: int = 40000, connection: int = 0) -> Flow:
    tls = TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384") if listener.secure else None
    return Flow(listener, (host, port), connection, tls)


def contact(uri: str = "sip:12345@127.0.0.1:40000", expires: int | None = None, **more: object) -> Contact:
    return Contact(uri, expires, key=uri.lower(), **more)  # type: ignore[arg-type]


def attempt(
    number: str = "12345",
    *contacts: Contact,
    pin: str | Pin | None = None,
    terminal: str = SOFTPHONE,
    on: Flow | Listener = UDP_5060,
    cseq: int = 1,
    call_id: str = "call-1",
    expires: int | None = None,
    action: Action = Action.BIND,
) -> Attempt:
    return Attempt(
        number,
        terminal,
        on if isinstance(on, Flow) else flow(on),
        Pin(pin) if isinstance(pin, str) else pin,
        contacts,
        action,
        call_id,
        cseq,
        expires,
    )
