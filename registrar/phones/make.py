"""Phones made from profiles: the line that a protocol takes, and what makes each phone its own."""

import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from registrar.model.policy import Protocol
from registrar.phones.configuration import Configuration, ConfigurationError, read_dialog, read_mitel
from registrar.phones.phone import Line, Phone
from registrar.phones.profiles import Profile
from registrar.phones.ras_line import RasLine
from registrar.phones.sip_line import SipLine
from registrar.provision.mitel import mac_of

MAX_PIN: Final = 64
_DIALLED: Final = re.compile(r"[0-9*#,]{1,128}")


def new_token() -> str:
    """Return hexadecimal text that nobody can guess."""
    return secrets.token_hex(8)


def phone(profile: Profile, number: str, configuration: Configuration, token: Callable[[], str] = new_token) -> Phone:
    """Return a phone that is off. ``token`` gives hexadecimal text that nobody can guess.

    Raises ``ConfigurationError`` for a number or a product string that cannot be sent.
    """
    if not number or not number.isprintable():
        raise ConfigurationError(f"{number!r} is no number to log on with")
    if profile.protocol is Protocol.H323 and not _DIALLED.fullmatch(number):
        raise ConfigurationError(f"an H.323 terminal dials 0 to 9, * and #, not {number}")
    if not profile.says.isprintable():
        raise ConfigurationError(f"a terminal cannot say that it is {profile.says!r}")
    if configuration.pin:
        check_pin(configuration.pin)
    return Phone(profile, number, configuration, _line(profile, number, token))


def check_pin(pin: str) -> None:
    """Raise ``ConfigurationError`` unless the PIN is one: 1 to 64 printable ASCII characters, or none at all."""
    if len(pin) > MAX_PIN or not (pin.isascii() and (pin.isprintable() or not pin)):
        raise ConfigurationError(f"a PIN has at most {MAX_PIN} printable ASCII characters")


def configured(text: str, profile: Profile, base: Configuration, folder: Path) -> Configuration:
    """Return ``base`` as a configuration file's text changes it. Raises ``ConfigurationError``."""
    file = folder / (profile.configuration or "configuration.txt")
    return (read_mitel if file.suffix == ".cfg" else read_dialog)(text, file, base)


def _line(profile: Profile, number: str, token: Callable[[], str]) -> Line:
    if profile.protocol is Protocol.H323:
        return RasLine(profile, number, lambda: int(token(), 16) & 0x7FFFFFFF)
    # the last part of the instance is the MAC address, as the 6867i has it
    instance = f"urn:uuid:00000000-0000-1000-8000-{mac_of(number)}" if profile.instance else ""
    return SipLine(profile, number, token, instance)
