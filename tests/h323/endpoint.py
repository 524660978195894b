"""An H.323 endpoint for tests: it makes requests, with tokens of its own making, and takes answers. No sockets here.

The codec is the server's; the tokens are made after H.235 without any of the server's code.
"""

import hmac
from collections.abc import Callable, Iterable
from hashlib import md5, sha1
from itertools import count
from typing import Any

from registrar.h323.ras import RasMessage, decode, encode

Token = Callable[["Endpoint", str, dict[str, Any]], bytes]
"""Puts a token into a request and encodes it."""

EQUIVALENCE = {"t35CountryCode": 9, "t35Extension": 0, "manufacturerCode": 61}
ERICSSON = {"t35CountryCode": 165, "t35Extension": 0, "manufacturerCode": 1}
OFFERED = {
    "MD5": ("pwdHash", "1.2.840.113549.2.5"),
    "CAT": ("authenticationBES", "1.2.840.113548.10.1.2.1"),
    "H.235.1": ("pwdHash", "0.0.8.235.0.2.6"),
}
_HASH = bytes(range(12))
_starts = count(100, 100)
"""Endpoints that share a port in a test number their requests apart, as two programs' would not collide."""


def number_anew() -> None:
    """Begin again: numbers have 16 bits, and one that starts over is a copy of what was said before."""
    global _starts
    _starts = count(100, 100)


class Endpoint:
    """One endpoint: a number, a PIN if it knows one, and how it proves it."""

    def __init__(
        self,
        number: str = "12345",
        pin: str = "",
        *,
        token: str = "MD5",
        product: str = "DBC 425 02",
        names: Iterable[str] = (),
        signal: tuple[str, int] = ("127.0.0.1", 1720),
        clock: Callable[[], float],
    ) -> None:
        self.number = number
        self.pin = pin
        self.token = token
        self.product = product
        self.names = tuple(names)
        self.signal = signal
        self.clock = clock
        self.gatekeeper = "registrar"
        self.identifier = ""
        """The endpointIdentifier, once it was confirmed."""
        start = next(_starts)
        self.sequence = count(start % 60_000 + 1)
        self.random = count(start)

    # -- requests -----------------------------------------------------------------------------------------------

    def discover(self, offered: Iterable[str] = ("MD5", "CAT", "H.235.1"), **more: Any) -> bytes:
        mechanisms = dict.fromkeys(OFFERED[name][0] for name in offered)
        value = {
            "requestSeqNum": next(self.sequence),
            "protocolIdentifier": "0.0.8.2250.0.7",
            "rasAddress": transport(("127.0.0.1", 40000)),
            "endpointType": {"vendor": self.vendor, "terminal": {}, "mc": False, "undefinedNode": False},
            "endpointAlias": self.aliases,
            "authenticationCapability": [
                (name, ("radius", None) if name == "authenticationBES" else None) for name in mechanisms
            ],
            "algorithmOIDs": [OFFERED[name][1] for name in offered],
            "supportsAssignedGK": False,
        }
        return encode(("gatekeeperRequest", without_nothing(value | more)))

    def register(self, **more: Any) -> bytes:
        """A full RRQ; components that are ``None`` in ``more`` are left out."""
        return self.sign("registrationRequest", self.registration() | {"terminalAlias": self.aliases} | more)

    def keep_alive(self, **more: Any) -> bytes:
        known = {"keepAlive": True, "endpointIdentifier": self.identifier or "none", "discoveryComplete": False}
        return self.sign("registrationRequest", self.registration() | known | more)

    def add(self, *aliases: tuple[str, str], **more: Any) -> bytes:
        """An additive RRQ."""
        known = {"keepAlive": True, "endpointIdentifier": self.identifier or "none", "additiveRegistration": EMPTY}
        return self.sign("registrationRequest", self.registration() | known | {"terminalAlias": list(aliases)} | more)

    def unregister(self, **more: Any) -> bytes:
        value = {
            "requestSeqNum": next(self.sequence),
            "callSignalAddress": [transport(self.signal)],
            "endpointIdentifier": self.identifier or None,
            "gatekeeperIdentifier": self.gatekeeper,
        }
        return self.sign("unregistrationRequest", value | more)

    def registration(self) -> dict[str, Any]:
        return {
            "requestSeqNum": next(self.sequence),
            "protocolIdentifier": "0.0.8.2250.0.7",
            "discoveryComplete": True,
            "callSignalAddress": [transport(self.signal)],
            "rasAddress": [transport(("127.0.0.1", 40000))],
            "terminalType": {"terminal": {}, "mc": False, "undefinedNode": False},
            "gatekeeperIdentifier": self.gatekeeper,
            "endpointVendor": self.vendor,
            "timeToLive": 120,
            "keepAlive": False,
            "willSupplyUUIEs": False,
            "maintainConnection": False,
            "supportsAssignedGK": False,
        }

    @property
    def vendor(self) -> dict[str, Any]:
        return {"vendor": EQUIVALENCE, "productId": self.product.encode() + b"\0", "versionId": b"1.28.0\0"}

    @property
    def aliases(self) -> list[tuple[str, str]]:
        return [*(("h323-ID", name) for name in self.names), ("dialledDigits", self.number)]

    @property
    def sender(self) -> str:
        """What it calls itself to begin with: its first alias."""
        return self.aliases[0][1]

    def sign(self, name: str, value: dict[str, Any]) -> bytes:
        """The request's octets, with a token where a PIN is known."""
        value = without_nothing(value)
        return TOKENS[self.token](self, name, value) if self.pin else encode((name, value))

    # -- answers ------------------------------------------------------------------------------------------------

    def take(self, octets: bytes) -> RasMessage:
        """The answer; what a confirmation says is remembered."""
        message = decode(octets)
        if message.name == "gatekeeperConfirm":
            self.gatekeeper = message.value["gatekeeperIdentifier"]
        if message.name == "registrationConfirm":
            self.identifier = message.value["endpointIdentifier"]
        return message


class _Empty:
    """NULL, to tell it from what is to be left out."""


EMPTY = _Empty()


def without_nothing(value: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if part is EMPTY else part for name, part in value.items() if part is not None and part != []
    } | {name: [] for name in ("callSignalAddress", "rasAddress") if value.get(name) == []}


def transport(address: tuple[str, int]) -> tuple[str, Any]:
    host, port = address
    return "ipAddress", {"ip": bytes(map(int, host.split("."))), "port": port}


# -- tokens -------------------------------------------------------------------------------------------------------


def password_hash(pin: str, alias: str, stamp: int) -> bytes:
    """MD5 over the aligned PER of ClearToken{tokenOID 0.0, timeStamp, password, generalID}, put together by hand."""
    octets = b"\x61\x00\x01\x00\xc0" + (stamp - 1).to_bytes(4, "big")
    for text in (pin, alias):
        octets += bytes([len(text) * 2]) + f"{text}\0".encode("utf-16-be")
    return md5(octets).digest()


def challenge(pin: str, stamp: int, random: int) -> bytes:
    return md5(bytes([random % 256]) + pin.encode() + stamp.to_bytes(4, "big")).digest()


def with_md5(endpoint: Endpoint, name: str, value: dict[str, Any]) -> bytes:
    return encode((name, value | {"cryptoTokens": [md5_token(endpoint)]}))


def md5_token(endpoint: Endpoint, *, alias: str = "", stamp: int = 0) -> tuple[str, Any]:
    stamp = stamp or int(endpoint.clock())
    alias = alias or endpoint.sender
    hashed = password_hash(endpoint.pin, alias, stamp), 128
    digits = "dialledDigits" if alias.isdecimal() else "h323-ID"
    token = {"algorithmOID": "1.2.840.113549.2.5", "paramS": {}, "hash": hashed}
    return "cryptoEPPwdHash", {"alias": (digits, alias), "timeStamp": stamp, "token": token}


def with_cat(endpoint: Endpoint, name: str, value: dict[str, Any]) -> bytes:
    return encode((name, value | {"tokens": [cat_token(endpoint)]}))


def cat_token(endpoint: Endpoint, *, random: int | None = None, stamp: int = 0) -> dict[str, Any]:
    stamp = stamp or int(endpoint.clock())
    random = next(endpoint.random) % 128 if random is None else random
    return {
        "tokenOID": "1.2.840.113548.10.1.2.1",
        "timeStamp": stamp,
        "challenge": challenge(endpoint.pin, stamp, random),
        "random": random,
        "generalID": f"{endpoint.sender}\0",
    }


def with_h2351(endpoint: Endpoint, name: str, value: dict[str, Any]) -> bytes:
    return signed(endpoint, name, value, h2351_token(endpoint))


def h2351_token(
    endpoint: Endpoint,
    *,
    sender: str = "",
    receiver: str | None = "",
    random: int | None = None,
    stamp: int = 0,
    version: int = 2,
) -> tuple[str, Any]:
    values = {
        "tokenOID": f"0.0.8.235.0.{version}.5",
        "timeStamp": stamp or int(endpoint.clock()),
        "random": next(endpoint.random) if random is None else random,
        "sendersID": sender or endpoint.identifier or endpoint.sender,
    }
    if receiver is not None:
        values["generalID"] = receiver or endpoint.gatekeeper
    hashed = {"algorithmOID": f"0.0.8.235.0.{version}.6", "paramS": {}, "hash": (_HASH, 96)}
    token = {"tokenOID": f"0.0.8.235.0.{version}.1", "hashedVals": values, "token": hashed}
    return "nestedcryptoToken", ("cryptoHashedToken", token)


def signed(endpoint: Endpoint, name: str, value: dict[str, Any], *tokens: tuple[str, Any]) -> bytes:
    """The request with its tokens, the H.235.1 hash made over all of it."""
    octets = encode((name, value | {"cryptoTokens": list(tokens)}))
    return finalised(octets, octets.index(_HASH), endpoint.pin)


def finalised(octets: bytes, place: int, pin: str) -> bytes:
    """The octets with the H.235.1 hash made over all of them put at its place."""
    zeroed = octets[:place] + bytes(12) + octets[place + 12 :]
    return octets[:place] + hmac.digest(sha1(pin.encode()).digest(), zeroed, "sha1")[:12] + octets[place + 12 :]


def is_signed(octets: bytes, pin: str, *, sender: str, receiver: str) -> bool:
    """Whether an answer carries a right H.235.1 token from the gatekeeper to the endpoint."""
    for _, (_, token) in decode(octets).value.get("cryptoTokens", ()):
        values, hashed = token["hashedVals"], token["token"]["hash"][0]
        if (values["sendersID"], values["generalID"]) == (sender, receiver):
            return finalised(octets, octets.index(hashed), pin) == octets
    return False


def with_password(endpoint: Endpoint, name: str, value: dict[str, Any]) -> bytes:
    return encode((name, value | {"tokens": [{"tokenOID": "0.0", "password": f"{endpoint.pin}\0"}]}))


TOKENS: dict[str, Token] = {"MD5": with_md5, "CAT": with_cat, "H.235.1": with_h2351, "password": with_password}
