"""A binding: one contact of one number, and the decision under which it was accepted."""

from typing import NamedTuple

from registrar.model.flow import Address, Flow
from registrar.model.row import Decision
from registrar.model.terminal import Terminal

Alias = tuple[str, str]
"""An H.323 alias: the name of its choice in H.225.0 AliasAddress, e.g. ``dialledDigits``, and its text."""

_DIALLED = frozenset("0123456789*#,")
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


class Binding(NamedTuple):
    """A stored registration (RFC 3261 section 10.3)."""

    number: str
    contact: Contact
    call_id: str
    cseq: int
    flow: Flow
    terminal: Terminal
    decision: Decision
    """The policy, row and port rule under which it was last accepted."""
    registered_at: float
    """POSIX seconds of the first registration."""
    refreshed_at: float
    expires_at: float
    path: tuple[str, ...] = ()
    """RFC 3327 Path values, first hop first."""
    temporary_gruu: str = ""
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
