"""What the SIP room may be set to: the domains it serves and the words of its answers."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from registrar.model.reason import Reason
from registrar.sip.uri import host_key

Answer = tuple[int, str]
"""Status code and reason phrase."""

_NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class SipSettings(NamedTuple):
    """Settings of the registrar's SIP side. Times are seconds."""

    domains: frozenset[str]
    """The names and addresses served, as ``served_domains`` spells them. The listener's own address counts too."""
    realm: str
    """The protection realm of the digest (RFC 3261 section 22.1)."""
    server_name: str
    """The host name that Warning and the registrar's own URIs carry."""
    answers: Mapping[Reason, Answer]
    """The status line for each reason."""
    warnings: Mapping[Reason, str]
    """The Warning text of each refusal by policy; the row's name is added to it."""
    repeated: Answer = (403, "Wrong Number Or PIN")
    """A wrong PIN again within one burst: another 401 would make some phones try for ever."""
    revealed: Answer = (404, "Unknown Number")
    """An unknown number, where ``reveal_unknown`` allows to say so."""
    reveal_unknown: bool = False
    product: str = ""
    """What the Server header says; no such header when empty."""
    decision_url: str = ""
    """The page that Error-Info names for a refusal by policy, with ``{reason}`` and ``{row}``; none when empty."""
    algorithms: tuple[str, ...] = ("MD5",)
    """The digest algorithms offered, a WWW-Authenticate each (RFC 8760): ``MD5``, ``SHA-256``.

    More than one, or another than MD5, makes some phones fail at once.
    """
    number_algorithms: Mapping[str, tuple[str, ...]] = _NONE
    """The same for single numbers."""
    nonce_lifetime: float = 300.0
    retry_after: int = 10
    """What a terminal is told to wait when the registrar is overloaded or cannot store."""
    min_subscription: int = 60
    """The shortest subscription to registration state; a briefer one is told 423."""
    max_subscription: int = 86400

    def algorithms_of(self, number: str) -> tuple[str, ...]:
        """The digest algorithms offered to a number."""
        return self.number_algorithms.get(number, self.algorithms) if self.number_algorithms else self.algorithms


def served_domains(names: Iterable[str]) -> frozenset[str]:
    """Return the names as hosts of URIs are compared: lower case, IPv6 addresses in brackets and in shortest form."""
    return frozenset(host_key(f"[{name}]" if name.count(":") > 1 and name[0] != "[" else name) for name in names)
