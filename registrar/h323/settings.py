"""What the H.323 room may be set to."""

from collections.abc import Mapping
from typing import NamedTuple

from registrar.model.reason import Reason


class RasSettings(NamedTuple):
    """Settings of the gatekeeper. Times are seconds."""

    gatekeeper: str
    """The gatekeeperIdentifier."""
    answers: Mapping[Reason, str]
    """The reject reason of each refusal: ``RRJ``, the reason, and with ``securityError`` which."""
    revealed: str = "RRJ invalidAlias"
    """The answer to an unknown number where ``reveal_unknown`` allows to say so."""
    reveal_unknown: bool = False
    warnings: Mapping[Reason, str] = {}
    """What a refusal by policy says in its non-standard text; the row's name is added."""
    preferred: str = "MD5"
    """The method of authentication that discovery chooses when it is offered: a name in ``registrar.h323.h235``."""
    window: float = 300.0
    """How far the time stamp of an H.235 token may be from our clock."""
    time_to_live: int = 300
    """Granted to an endpoint that asks for none."""
    min_time_to_live: int = 60
    max_time_to_live: int = 86400
    framed: bool = True
    """Over TLS, messages come in TPKT frames (RFC 1006); else each TLS record is a message."""
    grace: int = 30
    """Beyond its time to live an endpoint is asked whether it is there before it is taken for gone."""
