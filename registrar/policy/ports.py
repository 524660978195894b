"""What a row means on the port where the registration arrived: the row promises, the port is what happened.

A terminal whose user enters a PIN opens TLS first and sends its request inside; without a PIN it sends it in the clear.
"""

from typing import Final, NamedTuple

from registrar.model.policy import Policy, PortCheck, Protocol, Signalling
from registrar.model.reason import Reason
from registrar.model.row import Row


class StandardPort(NamedTuple):
    """A port number that by itself says which protocol speaks there and whether it is secure (6.5)."""

    protocol: Protocol
    secure: bool
    words: str


STANDARD_PORTS: Final[dict[int, StandardPort]] = {
    5060: StandardPort(Protocol.SIP, False, "SIP over UDP or TCP"),
    5061: StandardPort(Protocol.SIP, True, "SIP over TLS"),
    1719: StandardPort(Protocol.H323, False, "RAS over UDP"),
    3727: StandardPort(Protocol.H323, True, "RAS over TLS"),
}


class PortRule(NamedTuple):
    """One line of the port table; ``None`` in a condition means "any"."""

    id: str
    promise: Signalling | None
    """What the row promises; ``None`` when the row refuses."""
    bound: bool | None
    """The exception is NO and a policy is set: such a number may not log on insecurely (6.2.3, 6.2.4)."""
    secure_port: bool | None
    allowed: bool
    reason: Reason | None
    """Why not; ``None`` with a refusal means the row's own reason."""
    signalling: Signalling | None
    downgraded: bool
    words: str


_ENCRYPTED, _CLEAR = Signalling.ENCRYPTED, Signalling.NOT_ENCRYPTED

_DOWNGRADE: Final = PortRule(
    "P4",
    _ENCRYPTED,
    False,
    False,
    True,
    None,
    _CLEAR,
    True,
    "the row promises encryption, the port gives none, nothing forbids it: downgraded",
)

PORT_RULES: Final[tuple[PortRule, ...]] = (
    PortRule("P1", None, None, None, False, None, None, False, "the row refuses on any port"),
    PortRule("P2", _ENCRYPTED, None, True, True, None, _ENCRYPTED, False, "encryption promised and given"),
    PortRule(
        "P3",
        _ENCRYPTED,
        True,
        False,
        False,
        Reason.TLS_REQUIRED,
        None,
        False,
        "a number without exception that logs on insecurely fails",
    ),
    _DOWNGRADE,
    PortRule("P5", _CLEAR, None, False, True, None, _CLEAR, False, "no encryption promised, none given"),
    PortRule(
        "P6",
        _CLEAR,
        None,
        True,
        True,
        None,
        _ENCRYPTED,
        False,
        "no encryption promised, given all the same: the table is a floor, not a ceiling",
    ),
)

STRICT_DOWNGRADE: Final = _DOWNGRADE._replace(
    allowed=False,
    reason=Reason.TLS_REQUIRED,
    signalling=None,
    downgraded=False,
    words="the row promises encryption, the port gives none: refused, as port_check is strict",
)
"""Takes the place of P4 when ``port_check`` is ``strict``."""


def port_rule(row: Row, policy: Policy, exception: bool, secure_port: bool, port_check: PortCheck) -> PortRule:
    """Return the one line of the port table that the row meets on this port."""
    bound = policy is not Policy.NONE and not exception
    for rule in PORT_RULES:
        if rule.promise is row.signalling and rule.bound in (None, bound) and rule.secure_port in (None, secure_port):
            return STRICT_DOWNGRADE if rule is _DOWNGRADE and port_check is PortCheck.STRICT else rule
    raise LookupError(row.id)
