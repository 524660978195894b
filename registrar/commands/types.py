"""The types of arguments."""

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeVar

from registrar.commands.grammar import Type
from registrar.commands.numbers import MAX_DIGITS, MAX_NUMBERS, ArgumentError, Numbers
from registrar.commands.numbers import read as read_numbers
from registrar.model.flow import Transport
from registrar.model.licence import VOIP_SECURITY
from registrar.model.media import Media
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.policy.patterns import MAX_PATTERN

T = TypeVar("T")


def _integer(low: int, high: int) -> Type[int]:
    words = f"an integer in the range {low} to {high}"

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high):
            raise ArgumentError(words)
        return int(text)

    return Type(f"{low}..{high}", words, read)


def _choice(meanings: Mapping[str, T]) -> Type[T]:
    *others, last = meanings
    words = f"{', '.join(others)} or {last}" if others else last

    spelled = {spelling.lower(): meaning for spelling, meaning in meanings.items()}

    def read(text: str) -> T:
        if text.lower() not in spelled:
            raise ArgumentError(words)
        return spelled[text.lower()]

    return Type("|".join(meanings), words, read, tuple(meanings))


def _text(form: str, words: str, longest: int, valid: Callable[[str], bool]) -> Type[str]:
    def read(text: str) -> str:
        if not 1 <= len(text) <= longest or not valid(text):
            raise ArgumentError(words)
        return text

    return Type(form, words, read)


_HOST: Final = re.compile(r"(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")


def _host_names(text: str) -> tuple[str, ...]:
    offset = 0
    for name in text.split(","):
        if not _HOST.fullmatch(name) or len(name) > 253:
            raise ArgumentError("host names and addresses, separated by commas, without spaces", offset)
        offset += len(name) + 1
    return tuple(dict.fromkeys(text.split(",")))


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not _HOST.fullmatch(bare) or (":" in bare) != (bare != host):
        raise ArgumentError(_HOST_AND_PORT)
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise ArgumentError(_HOST_AND_PORT, len(host) + 1)
    return bare, int(port)


_HOST_AND_PORT: Final = "a host name or an address, a colon, and a port in the range 1 to 65535; [::1]:1720 for IPv6"


def _numbers_or_all(text: str) -> Numbers | Literal["all"]:
    return "all" if text.lower() == "all" else read_numbers(text)


NUMBERS: Final = Type(
    "N",
    f"directory numbers of 1 to {MAX_DIGITS} digits: one, a list 100,105, a range 100..110, or a mix without spaces; "
    f"at most {MAX_NUMBERS:,}",
    read_numbers,
)
NUMBERS_OR_ALL: Final = Type("N|all", f"{NUMBERS.words}; or all", _numbers_or_all)
CSP_NUMBER: Final = _integer(0, 500)
LIM_NUMBER: Final = _integer(1, 124)
CUSTOMER_NUMBER: Final = _integer(0, 50000)
PORT_NUMBER: Final = _integer(1, 65535)
YES_NO: Final = _choice({"yes": True, "no": False})
POLICY: Final = _choice({"1": Policy.ALL_SECURE, "2": Policy.EXC_EXT, "3": Policy.EXC_TYPE})
ANY_POLICY: Final = _choice({"1": Policy.ALL_SECURE, "2": Policy.EXC_EXT, "3": Policy.EXC_TYPE, "0": Policy.NONE})
CLASS: Final = _choice({"secure": TerminalClass.SECURE, "insecure": TerminalClass.INSECURE})
PROTOCOL: Final = _choice({"sip": Protocol.SIP, "h323": Protocol.H323})
MEDIA: Final = _choice({media.value: media for media in Media})
STATE: Final = _choice({"registered": "registered", "refused": "refused", "locked": "locked"})
PIN: Final = _text(
    "PIN",
    "1 to 64 printable ASCII characters, by custom digits; in quotes if it holds spaces",
    64,
    lambda text: text.isascii() and text.isprintable(),
)
NAME: Final = _text(
    "TEXT",
    "1 to 20 letters a-z A-Z, digits and spaces; in quotes if it holds spaces",
    20,
    lambda text: text.isascii() and text.replace(" ", "").isalnum(),
)
FAMILY_NAME: Final = _text(
    "TEXT", "1 to 40 printable characters; in quotes if it holds spaces", 40, lambda text: text.isprintable()
)
REGEX: Final = _text(
    "REGEX",
    f"a regular expression of at most {MAX_PATTERN} characters, searched without regard to case; in quotes if it "
    "holds spaces",
    MAX_PATTERN,
    lambda text: text.isprintable(),
)
HOST_NAME: Final = _text(
    "NAME", "a host name or an address, at most 64 characters", 64, lambda text: _HOST.fullmatch(text) is not None
)
FILE: Final = _text("FILE", "the path of a file on the service node", 1024, lambda text: text.isprintable())
FEATURE: Final = _choice({VOIP_SECURITY: VOIP_SECURITY})
HOST_NAMES: Final = Type("NAME,...", "host names and addresses, separated by commas, without spaces", _host_names)
HOST_AND_PORT: Final = Type("HOST:PORT", _HOST_AND_PORT, _host_and_port)
ROUTE_NUMBER: Final = _integer(1, 999)
TRANSPORT: Final = _choice({"udp": Transport.UDP, "tcp": Transport.TCP, "tls": Transport.TLS})
