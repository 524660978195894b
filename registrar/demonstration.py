"""What a first start puts into an empty system, in the system's own commands; and the lab licence."""

from typing import NamedTuple

from registrar.model.licence import VOIP_SECURITY, Licence

LAB_LICENCE = Licence("LAB", (VOIP_SECURITY,))


class Demonstration(NamedTuple):
    """A demonstration extension."""

    number: str
    pin: str
    """Empty when no RAC is configured."""
    exception: bool

    def commands(self) -> list[str]:
        """Return the commands that make it."""
        exception = "yes" if self.exception else "no"
        initiate = f"extension -i -d {self.number} --csp 1 --lim 1 --security-exception {exception}"
        return [*([f"auth_code -i -d {self.number} --auth-code {self.pin}"] if self.pin else []), initiate]


EXTENSIONS = (
    Demonstration("12345", "4711", exception=False),
    Demonstration("12346", "4712", exception=True),
    Demonstration("12347", "", exception=True),
)
