"""What a new system holds: the lab licence, and a few demonstration extensions."""

from typing import NamedTuple

from registrar.core.state import State
from registrar.model.changes import Change, SetExtension, SetLicence, SetRac
from registrar.model.extension import Extension, Rac
from registrar.model.licence import VOIP_SECURITY, Licence


def lab_licence(system: str) -> SetLicence:
    """Return the licence that a new system holds."""
    return SetLicence(Licence(system, (VOIP_SECURITY,)))


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


EXTENSIONS = (
    Demonstration("12345", "4711", exception=False),
    Demonstration("12346", "4712", exception=True),
    Demonstration("12347", "", exception=True),
)


def present(state: State) -> list[Demonstration]:
    """Return the demonstration extensions that still have their PINs, as they now are."""
    found = []
    for each in EXTENSIONS:
        extension, rac = state.extensions.get(each.number), state.racs.get(each.number)
        if extension is not None and each.pin == (rac.pin if rac is not None else ""):
            found.append(each._replace(exception=extension.security_exception))
    return found
