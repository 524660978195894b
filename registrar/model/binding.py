"""A binding: one contact of one number, and the decision under which it was accepted."""

from typing import Final, NamedTuple, final

from mypy_extensions import mypyc_attr

from registrar.model.flow import Address, Flow
from registrar.model.record import Record
from registrar.model.row import Decision
from registrar.model.terminal import Terminal

Alias = tuple[str, str]
"""An H.323 alias: the name of its choice in H.225.0 AliasAddress, e.g. ``dialledDigits``, and its text."""

_DIALLED: Final = frozenset("0123456789*#,")
"""The characters of ``dialledDigits`` (H.225.0 section 7.5)."""


def is_number(alias: Alias) -> bool:
    """Return whether the alias is a number, whatever its kind."""
    return _DIALLED.issuperset(alias[1])


class Endpoint(NamedTuple):
    """What only an H.323 endpoint has (H.225.0 section 7.9.1)."""

    aliases: tuple[Alias, ...]
    """The aliases accepted for the number, in the order the endpoint gave them."""
    signal_address: Address
    """Where it takes calls, as it says."""
    ras_address: Address
    """Where it takes RAS messages, as it says; ours go to the flow's address."""
    vendor: str = ""
    """The manufacturer by its T.35 code."""
    version: str = ""
    signed: bool = False
    """Its messages carry H.235.1 tokens, and so must those it is sent."""
    gatekeeper: str = ""
    """The gatekeeperIdentifier that it was given and goes by, empty where that is the gatekeeper's own."""
    shown: bool = False
    """It brought back, from where it registered, what only that address was sent: so it can be reached there."""


class Contact(NamedTuple):
    """One contact that a registration asks to bind, refresh or remove."""

    uri: str
    """The contact's URI as received, without angle brackets."""
    expires: int | None = None
    """Seconds asked for; 0 removes; ``None`` means the protocol's default."""
    q: float | None = None
    instance: str = ""
    """``+sip.instance`` (RFC 5626), or the H.323 endpointIdentifier; empty when not given."""
    reg_id: int = 0
    """RFC 5626 ``reg-id``; 0 when not given."""
    params: str = ""
    """The other contact parameters as received, each with its leading ``;``."""
    key: str = ""
    """What makes it the same contact: the URI in comparable form (RFC 3261 section 19.1.4), the endpointIdentifier."""
    endpoint: Endpoint | None = None
    """Of an H.323 endpoint."""


BindingKey = tuple[str, str, str]
"""Protocol, number, contact identity."""


@mypyc_attr(acyclic=True)
@final
class Binding(Record):
    """A stored registration (RFC 3261 section 10.3)."""

    __slots__ = (
        "call_id",
        "contact",
        "cseq",
        "decision",
        "expires_at",
        "flow",
        "number",
        "path",
        "refreshed_at",
        "registered_at",
        "temporary_gruu",
        "terminal",
    )

    def __init__(
        self,
        number: str,
        contact: Contact,
        call_id: str,
        cseq: int,
        flow: Flow,
        terminal: Terminal,
        decision: Decision,
        registered_at: float,
        refreshed_at: float,
        expires_at: float,
        path: tuple[str, ...] = (),
        temporary_gruu: str = "",
    ) -> None:
        self.number: Final = number
        self.contact: Final = contact
        self.call_id: Final = call_id
        self.cseq: Final = cseq
        self.flow: Final = flow
        self.terminal: Final = terminal
        self.decision: Final = decision
        """The policy, row and port rule under which it was last accepted."""
        self.registered_at: Final = registered_at
        """POSIX seconds of the first registration."""
        self.refreshed_at: Final = refreshed_at
        self.expires_at: Final = expires_at
        self.path: Final = path
        """RFC 3327 Path values, first hop first."""
        self.temporary_gruu: Final = temporary_gruu
        """The opaque part of the temporary GRUU (RFC 5627), empty when none was asked for."""

    @property
    def key(self) -> BindingKey:
        """What tells this binding from every other."""
        return (self.decision.protocol._value_, self.number, binding_identity(self.contact))


Bindings = dict[str, Binding]
"""The bindings of one number in one protocol, by contact identity, oldest first."""


def binding_identity(contact: Contact) -> str:
    """Return what identifies a contact: instance and reg-id under outbound (RFC 5626 section 6), else its URI."""
    if contact.reg_id and contact.instance:
        return f"{contact.instance};reg-id={contact.reg_id}"
    return contact.key or contact.uri
