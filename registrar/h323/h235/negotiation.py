"""Which way of proving the PIN discovery agrees on (H.225.0 section 7.8.2, authenticationMode and algorithmOID)."""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from registrar.h323 import oids


class Method(NamedTuple):
    """A way of proving the PIN."""

    name: str
    """As settings and documents name it."""
    mechanism: str
    """Its AuthenticationMechanism."""
    algorithms: Collection[str]


METHODS: Final = (
    Method("MD5", "pwdHash", (oids.MD5,)),
    Method("CAT", "authenticationBES", (oids.CAT,)),
    Method("H.235.1", "pwdHash", oids.versions(oids.H2351_HMAC_SHA1_96)),
)
"""In the order they are chosen, after the preferred one.

MD5 first: every endpoint that sends passwords has it right, whereas some sign messages wrongly.
"""


class Choice(NamedTuple):
    """What the confirmation says: one mechanism and one algorithm of those offered."""

    mechanism: tuple[str, Any]
    algorithm: str


def choose(request: dict[str, Any], preferred: str) -> Choice | None:
    """Return the method for an endpoint that offers what its GRQ says; ``None`` when none is known here."""
    mechanisms, algorithms = request.get("authenticationCapability", ()), request.get("algorithmOIDs", ())
    for method in sorted(METHODS, key=lambda method: method.name != preferred):
        algorithm = next((offered for offered in algorithms if offered in method.algorithms), None)
        mechanism = next((offered for offered in mechanisms if offered[0] == method.mechanism), None)
        if algorithm is not None and mechanism is not None:
            return Choice(mechanism, algorithm)
    return None
