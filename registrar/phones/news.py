"""What a line tells its phone: how a registration came out, or that the server wants it back."""

from typing import NamedTuple


class Registered(NamedTuple):
    """The server took the registration."""

    seconds: float
    """For so long."""


class PinWanted(NamedTuple):
    """The server asks for a PIN and there is none to give, or the one given is wrong."""

    wrong: bool
    words: str
    """What the server said, e.g. ``401 Unauthorized``."""


class Refused(NamedTuple):
    """The server will not have it."""

    words: str
    """What the server said, e.g. ``403 TLS Required`` or ``RRJ transportNotSupported``."""


class NoAnswer(NamedTuple):
    """The server was asked and asked again, and said nothing."""


class LoggedOff(NamedTuple):
    """The registration is gone because the phone took it back."""


class Summoned(NamedTuple):
    """The server wants the phone to register anew: a ``check-sync`` NOTIFY, or a URQ."""

    reboot: bool
    words: str


News = Registered | PinWanted | Refused | NoAnswer | LoggedOff | Summoned
