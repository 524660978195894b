"""What a new system holds: the lab licence, and a few demonstration extensions."""

from typing import NamedTuple

from registrar.core.state import State
from registrar.model.changes import Change, SetExtension, SetLicence, SetRac
from registrar.model.extension import Extension, Rac
from registrar.model.licence import VOIP_SECURITY, Licence

LAB_LICENCE = SetLicence(Licence("LAB", (VOIP_SECURITY,)))


class Demonstration(NamedTuple):
    """A demonstration extension."""

    number: str
    pin: str
    """Empty when no RAC is configured."""
    exception: bool

    def changes(self) -> list[Change]:
        """Return what initiates it."""
        extension = SetExtension(self.number, Extension(self.number, 1, 1, security_exception=self.exception))
        return [*([SetRac(self.number, Rac(self.number, self.pin))] if self.pin else []), extension]

    def stands(self, state: State) -> bool:
        """Return whether it is there as it was made, so that the PIN shown is the PIN that counts."""
        extension, rac = state.extensions.get(self.number), state.racs.get(self.number)
        if extension is None or extension.security_exception != self.exception:
            return False
        return (rac.pin if rac is not None else "") == self.pin


EXTENSIONS = (
    Demonstration("12345", "4711", exception=False),
    Demonstration("12346", "4712", exception=True),
    Demonstration("12347", "", exception=True),
)
