"""The four policies in words (the requirement, section 6.2)."""

from typing import Final, NamedTuple

from registrar.model.policy import Policy


class Meaning(NamedTuple):
    """What a policy means to people."""

    short: str
    text: str
    section: str


MEANING: Final[dict[Policy, Meaning]] = {
    Policy.NONE: Meaning(
        "Open for everybody",
        "Every terminal may register, secure or not. A PIN is still asked for wherever one is configured.",
        "6.2.1",
    ),
    Policy.ALL_SECURE: Meaning(
        "Secure terminals on secure ports",
        "Only secure terminals, only encrypted, only with a PIN. No number may have a security exception.",
        "6.2.2",
    ),
    Policy.EXC_EXT: Meaning(
        "Secure, but for numbers with an exception",
        "As All Secure, except that numbers with a security exception may register in the clear and from any terminal.",
        "6.2.3",
    ),
    Policy.EXC_TYPE: Meaning(
        "Secure, but for terminals that cannot be",
        "Secure terminals must register encrypted; insecure H.323 terminals may register in the clear, with a PIN."
        " No number may have a security exception. For SIP it is as All Secure.",
        "6.2.4",
    ),
}
