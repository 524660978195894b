"""Which operator's commands each policy admits (the requirement, sections 2, 6.2.1 to 6.2.4 and 6.4.1.2).

What ``sec_policy -set`` and ``-remove`` ask for beyond this (licence, certificate, no exceptions left) is computed by
the command; the texts are here.
"""

from enum import Enum
from typing import Final, NamedTuple

from registrar.model.policy import Policy


class Admission(NamedTuple):
    """Whether a policy admits a command, and what the operator is told."""

    allowed: bool
    refusal: str = ""
    """Why not, in capitals, as the printout shows it."""
    text: str = ""
    """With a refusal the requirement's words; without one a warning."""


class Request(Enum):
    """What a command asks for, as far as a policy cares."""

    EXCEPTION = "extension -i or -c with --security-exception yes"
    NO_EXCEPTION = "extension -i or -c with --security-exception no, RAC configured"
    NO_EXCEPTION_NO_RAC = "extension -i or -c with --security-exception no, no RAC"
    INITIATE_UNSTATED = "extension -i without --security-exception"
    CHANGE_UNSTATED = "extension -c without --security-exception"
    ERASE_NEEDED_RAC = "auth_code -e on a number whose exception is NO"
    ERASE_OPTIONAL_RAC = "auth_code -e on a number whose exception is YES"
    DISABLE_EXTENSION_MEDIA = "media_encryption_disable -type extension"
    DISABLE_OTHER_MEDIA = "media_encryption_disable -type route or intermgw"
    SET_WITH_EXCEPTIONS = "sec_policy -set to this policy while an extension has an exception"


_YES: Final = Admission(True)
_NO_EXCEPTIONS: Final = Admission(False, "SECURITY EXCEPTION NOT ALLOWED", "Security exception is not allowed.")
_BLANK_PIN: Final = Admission(False, "PIN CODE BLANK", "The PIN code may not be blank.")
_MANDATORY: Final = Admission(False, "RAC MANDATORY", "RAC is mandatory if security-exception = no.")
_WILL_FAIL: Final = Admission(
    True, "", "Warning: without a RAC the logon fails under this policy (rows T3.6 and T3.7)."
)
_UNSTATED: Final = Admission(
    False, "SECURITY EXCEPTION NOT STATED", "The security exception must be given explicitly with NO."
)
_MEDIA: Final = Admission(
    False,
    "MEDIA ENCRYPTION OF EXTENSIONS IS DEMANDED BY THE SECURITY POLICY",
    "The command succeeds only when there is no security policy.",
)
_EXCEPTIONS_EXIST: Final = Admission(False, "DIRECTORY NUMBERS WITH SECURITY EXCEPTION EXIST")


def _columns(
    none: Admission, all_secure: Admission, exc_ext: Admission, exc_type: Admission
) -> dict[Policy, Admission]:
    return {Policy.NONE: none, Policy.ALL_SECURE: all_secure, Policy.EXC_EXT: exc_ext, Policy.EXC_TYPE: exc_type}


ADMISSIONS: Final[dict[Request, dict[Policy, Admission]]] = {
    Request.EXCEPTION: _columns(_YES, _NO_EXCEPTIONS, _YES, _NO_EXCEPTIONS),
    Request.NO_EXCEPTION: _columns(_YES, _YES, _YES, _YES),
    Request.NO_EXCEPTION_NO_RAC: _columns(_YES, _BLANK_PIN, _WILL_FAIL, _MANDATORY),
    Request.INITIATE_UNSTATED: _columns(_YES, _UNSTATED, _YES, _UNSTATED),
    Request.CHANGE_UNSTATED: _columns(_YES, _YES, _YES, _YES),
    Request.ERASE_NEEDED_RAC: _columns(_YES, _MANDATORY, _WILL_FAIL, _MANDATORY),
    Request.ERASE_OPTIONAL_RAC: _columns(_YES, _YES, _YES, _YES),
    Request.DISABLE_EXTENSION_MEDIA: _columns(_YES, _MEDIA, _MEDIA, _MEDIA),
    Request.DISABLE_OTHER_MEDIA: _columns(_YES, _YES, _YES, _YES),
    Request.SET_WITH_EXCEPTIONS: _columns(_YES, _EXCEPTIONS_EXIST, _YES, _EXCEPTIONS_EXIST),
}
"""Each request under each policy."""


def admit_exception(policy: Policy, exception: bool | None, rac: bool, initiating: bool) -> Admission:
    """Judge ``extension -i`` (initiating) or ``-c`` for a number; ``exception`` is ``None`` when not stated."""
    if exception is None:
        request = Request.INITIATE_UNSTATED if initiating else Request.CHANGE_UNSTATED
    elif exception:
        request = Request.EXCEPTION
    else:
        request = Request.NO_EXCEPTION if rac else Request.NO_EXCEPTION_NO_RAC
    return ADMISSIONS[request][policy]


def admit_rac_erase(policy: Policy, exception: bool) -> Admission:
    """Judge ``auth_code -e`` for an extension with or without a security exception."""
    return ADMISSIONS[Request.ERASE_OPTIONAL_RAC if exception else Request.ERASE_NEEDED_RAC][policy]


def admit_media_disable(policy: Policy, extension: bool) -> Admission:
    """Judge ``media_encryption_disable`` for extensions, or for routes and inter media gateway connections."""
    return ADMISSIONS[Request.DISABLE_EXTENSION_MEDIA if extension else Request.DISABLE_OTHER_MEDIA][policy]


def admit_policy(policy: Policy, exceptions: bool) -> Admission:
    """Judge setting ``policy`` while extensions with a security exception exist, or do not."""
    return ADMISSIONS[Request.SET_WITH_EXCEPTIONS][policy] if exceptions else _YES
