"""Phones made from profiles: the line that a protocol takes, and what makes each phone its own."""

import secrets
from collections.abc import Callable
from pathlib import Path

from registrar.model.policy import Protocol
from registrar.phones.configuration import Configuration, read_dialog, read_mitel
from registrar.phones.phone import Line, Phone
from registrar.phones.profiles import Profile
from registrar.phones.ras_line import RasLine
from registrar.phones.sip_line import SipLine
from registrar.provision.mitel import mac_of


def new_token() -> str:
    """Return hexadecimal text that nobody can guess."""
    return secrets.token_hex(8)


def phone(profile: Profile, number: str, configuration: Configuration, token: Callable[[], str] = new_token) -> Phone:
    """Return a phone that is off. ``token`` gives hexadecimal text that nobody can guess."""
    return Phone(profile, number, configuration, _line(profile, number, token))


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
