"""Directory numbers: the extension, its profile, its Regional Authorization Code."""

from typing import NamedTuple


class Extension(NamedTuple):
    """A directory number as the ``extension`` command initiates it."""

    number: str
    csp: int
    """Common service profile, 0 to 500."""
    lim: int
    """The server (line interface module) it belongs to, 1 to 124."""
    customer: int = 0
    security_exception: bool = True


class ExtensionProfile(NamedTuple):
    """A common service profile (CSP)."""

    csp: int
    name: str = ""


class Rac:
    """The PIN of a directory number. Never shown: its text and representation hide the code.

    ``ha1`` keeps what the digest needs (RFC 7616 section 3.4.2) by (algorithm, user name, realm), in memory only.
    """

    __slots__ = ("customer", "ha1", "number", "pin")

    def __init__(self, number: str, pin: str, customer: int = 0) -> None:
        self.number = number
        self.pin = pin
        self.customer = customer
        self.ha1: dict[tuple[str, str, str], str] = {}

    def __repr__(self) -> str:
        return f"Rac({self.number!r}, configured)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rac):
            return NotImplemented
        return (self.number, self.pin, self.customer) == (other.number, other.pin, other.customer)
