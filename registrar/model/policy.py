"""The words of the security policy (the requirement, sections 2 and 6.2)."""

from enum import Enum, IntEnum
from typing import Final


class Policy(IntEnum):
    """The one security policy of the system, numbered as ``sec_policy -set`` numbers it; 0 is "not set"."""

    NONE = 0
    ALL_SECURE = 1
    EXC_EXT = 2
    EXC_TYPE = 3

    @property
    def title(self) -> str:
        """The policy as the requirement spells it, e.g. ``ALL_SECURE + EXC_EXT``."""
        return _TITLES[self]


_TITLES: Final = {
    Policy.NONE: "NONE",
    Policy.ALL_SECURE: "ALL_SECURE",
    Policy.EXC_EXT: "ALL_SECURE + EXC_EXT",
    Policy.EXC_TYPE: "ALL_SECURE + EXC_TYPE",
}


class TerminalClass(Enum):
    """SECURE supports both TLS and SRTP; decided by the terminal's type, never by the port it used."""

    SECURE = "SECURE"
    INSECURE = "INSECURE"


class Signalling(Enum):
    """What a registration ends with."""

    ENCRYPTED = "ENCRYPTED"
    NOT_ENCRYPTED = "NOT_ENCRYPTED"


class Protocol(Enum):
    """The two protocols under the one policy."""

    SIP = "sip"
    H323 = "h323"


class PortCheck(Enum):
    """STRICT also refuses an encrypted row on an insecure port where STANDARD accepts it as downgraded."""

    STANDARD = "standard"
    STRICT = "strict"
