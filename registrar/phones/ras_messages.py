"""The messages that an endpoint sends (H.225.0 sections 7.8 to 7.20), and how it proves its PIN (H.235)."""

from typing import Any, Final, NamedTuple

from registrar.h323 import oids
from registrar.h323.addresses import transport_of
from registrar.h323.h235.checks import hash_of_password
from registrar.h323.h235.signing import Signer
from registrar.h323.ras import encode
from registrar.model.flow import Address
from registrar.phones.profiles import Profile

Value = dict[str, Any]

ALGORITHMS: Final = {"md5": oids.MD5, "hmac": oids.H2351_HMAC_SHA1_96}
"""What discovery offers, by the profile's ``pin_as``."""


class Endpoint(NamedTuple):
    """What an endpoint says of itself."""

    profile: Profile
    number: str
    address: Address
    """Where it takes RAS."""
    signal_port: int
    """Where it says that it takes calls, always the same."""

    @property
    def signal_address(self) -> tuple[str, Any]:
        """Where it says that it takes calls, as a TransportAddress."""
        return transport_of((self.address[0], self.signal_port))

    @property
    def alias(self) -> tuple[str, Any]:
        """The number as an AliasAddress."""
        return "dialledDigits", self.number

    @property
    def vendor(self) -> Value:
        """Its VendorIdentifier."""
        country, extension, manufacturer = self.profile.vendor
        return {
            "vendor": {"t35CountryCode": country, "t35Extension": extension, "manufacturerCode": manufacturer},
            "productId": self.profile.says.encode(),
            "versionId": self.profile.version.encode(),
        }

    @property
    def type_(self) -> Value:
        """Its EndpointType: a terminal."""
        return {"vendor": self.vendor, "terminal": {}, "mc": False, "undefinedNode": False}

    def gatekeeper_request(self, sequence: int) -> Value:
        """GRQ: which gatekeeper, and how is the PIN to be proved."""
        value = {
            "requestSeqNum": sequence,
            "protocolIdentifier": oids.PROTOCOL_IDENTIFIER,
            "rasAddress": transport_of(self.address),
            "endpointType": self.type_,
            "endpointAlias": [self.alias],
        }
        algorithm = ALGORITHMS.get(self.profile.pin_as)
        if algorithm is not None:
            value |= {"authenticationCapability": [("pwdHash", None)], "algorithmOIDs": [algorithm]}
        return value

    def registration_request(self, sequence: int, gatekeeper: str, time_to_live: int, *, discovered: bool) -> Value:
        """RRQ, a full one."""
        value = {
            "requestSeqNum": sequence,
            "protocolIdentifier": oids.PROTOCOL_IDENTIFIER,
            "discoveryComplete": discovered,
            "callSignalAddress": [self.signal_address],
            "rasAddress": [transport_of(self.address)],
            "terminalType": self.type_,
            "terminalAlias": [self.alias],
            "endpointVendor": self.vendor,
            "timeToLive": time_to_live,
            "keepAlive": False,
            "willSupplyUUIEs": False,
            "maintainConnection": False,
        }
        return value | {"gatekeeperIdentifier": gatekeeper} if gatekeeper else value

    def keep_alive(self, sequence: int, gatekeeper: str, identifier: str, time_to_live: int) -> Value:
        """RRQ, a lightweight one: it refreshes what is registered."""
        value = self.registration_request(sequence, gatekeeper, time_to_live, discovered=True)
        del value["terminalAlias"]
        return value | {"endpointIdentifier": identifier, "keepAlive": True}

    def unregistration_request(self, sequence: int, gatekeeper: str, identifier: str) -> Value:
        """URQ."""
        return {
            "requestSeqNum": sequence,
            "callSignalAddress": [self.signal_address],
            "endpointIdentifier": identifier,
            "gatekeeperIdentifier": gatekeeper,
        }

    def info_response(self, sequence: int, identifier: str) -> Value:
        """IRR: it is there, and has no call."""
        return {
            "requestSeqNum": sequence,
            "endpointType": self.type_,
            "endpointIdentifier": identifier,
            "rasAddress": transport_of(self.address),
            "callSignalAddress": [self.signal_address],
            "endpointAlias": [self.alias],
            "needResponse": False,
            "unsolicited": False,
        }


class Pin(NamedTuple):
    """How a PIN goes into a message. ``sender`` and ``receiver`` are identifiers; ``chance`` differs each time."""

    pin: str
    number: str
    way: str
    """``password``, ``md5`` or ``hmac``, as in a profile."""

    def __repr__(self) -> str:
        return f"Pin({self.way})"

    def prove(self, name: str, value: Value, sender: str, receiver: str, chance: int, now: float) -> bytes:
        """Return the message's octets with the proof in it."""
        if not self.pin:
            return encode((name, value))
        if self.way == "hmac":
            return Signer(self.pin, sender, receiver).sign(name, value, chance, now)
        if self.way == "password":
            token = {"tokenOID": oids.NONE, "password": f"{self.pin}\0", "generalID": f"{self.number}\0"}
            return encode((name, value | {"tokens": [token]}))
        stamp = int(now)
        hashed = {
            "algorithmOID": oids.MD5,
            "paramS": {},
            "hash": (hash_of_password(self.number, stamp, self.pin), 128),
        }
        crypto = ("cryptoEPPwdHash", {"alias": ("dialledDigits", self.number), "timeStamp": stamp, "token": hashed})
        return encode((name, value | {"cryptoTokens": [crypto]}))
