"""What the SIP room may be set to: the domains it serves and the words of its answers."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, final

from mypy_extensions import mypyc_attr

from registrar.model.reason import Reason
from registrar.model.record import Record
from registrar.sip.uri import host_key

Answer = tuple[int, str]
"""Status code and reason phrase."""

_NONE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


@mypyc_attr(acyclic=True)
@final
class SipSettings(Record):
    """Settings of the registrar's SIP side. Times are seconds."""

    __slots__ = (
        "algorithms",
        "answers",
        "challenged",
        "decision_url",
        "domains",
        "max_subscription",
        "min_subscription",
        "nonce_lifetime",
        "number_algorithms",
        "product",
        "realm",
        "repeated",
        "retry_after",
        "reveal_unknown",
        "revealed",
        "server_name",
        "warnings",
    )

    def __init__(
        self,
        domains: frozenset[str],
        realm: str,
        server_name: str,
        answers: Mapping[Reason, Answer],
        warnings: Mapping[Reason, str],
        challenged: Answer = (401, "Unauthorized"),
        repeated: Answer = (403, "Wrong Number Or PIN"),
        revealed: Answer = (404, "Unknown Number"),
        reveal_unknown: bool = False,
        product: str = "",
        decision_url: str = "",
        algorithms: tuple[str, ...] = ("MD5",),
        number_algorithms: Mapping[str, tuple[str, ...]] = _NONE,
        nonce_lifetime: float = 300.0,
        retry_after: int = 10,
        min_subscription: int = 60,
        max_subscription: int = 86400,
    ) -> None:
        self.domains: Final = domains
        """The names and addresses served, as ``served_domains`` spells them. The listener's own address counts too."""
        self.realm: Final = realm
        """The protection realm of the digest (RFC 3261 section 22.1)."""
        self.server_name: Final = server_name
        """The host name that Warning and the registrar's own URIs carry."""
        self.answers: Final = answers
        """The status line for each reason."""
        self.warnings: Final = warnings
        """The Warning text of each refusal by policy; the row's name is added to it."""
        self.challenged: Final = challenged
        """What asks for a PIN, or for it once more."""
        self.repeated: Final = repeated
        """A wrong PIN again within one burst: another 401 would make some phones try for ever."""
        self.revealed: Final = revealed
        """An unknown number, where ``reveal_unknown`` allows to say so."""
        self.reveal_unknown: Final = reveal_unknown
        self.product: Final = product
        """What the Server header says; no such header when empty."""
        self.decision_url: Final = decision_url
        """The page that Error-Info names for a refusal by policy, with ``{reason}`` and ``{row}``; none when empty."""
        self.algorithms: Final = algorithms
        """The digest algorithms offered, a WWW-Authenticate each (RFC 8760): ``MD5``, ``SHA-256``.

        More than one, or another than MD5, makes some phones fail at once.
        """
        self.number_algorithms: Final = number_algorithms
        """The same for single numbers."""
        self.nonce_lifetime: Final = nonce_lifetime
        self.retry_after: Final = retry_after
        """What a terminal is told to wait when the registrar is overloaded or cannot store."""
        self.min_subscription: Final = min_subscription
        """The shortest subscription to registration state; a briefer one is told 423."""
        self.max_subscription: Final = max_subscription

    def algorithms_of(self, number: str) -> tuple[str, ...]:
        """The digest algorithms offered to a number."""
        return self.number_algorithms.get(number, self.algorithms) if self.number_algorithms else self.algorithms


def served_domains(names: Iterable[str]) -> frozenset[str]:
    """Return the names as hosts of URIs are compared: lower case, IPv6 addresses in brackets and in shortest form."""
    return frozenset(host_key(f"[{name}]" if name.count(":") > 1 and name[0] != "[" else name) for name in names)
