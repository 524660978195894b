"""What an endpoint says it is: endpointVendor (H.225.0 section 7.6, VendorIdentifier)."""

from functools import lru_cache
from typing import Any, Final, NamedTuple

MANUFACTURERS: Final[dict[tuple[int, int, int], str]] = {
    (4, 0, 0x82): "Siemens",
    (9, 0, 61): "Equivalence (OpenH323)",
    (32, 0, 0x83): "Broadcom",
    (60, 0, 0): "Nokia",
    (130, 0, 2): "Ericsson",
    (130, 1, 256): "Tandberg",
    (138, 0, 2): "GNU Gatekeeper",
    (138, 0, 3): "Teldat",
    (165, 0, 1): "Ericsson",
    (180, 0, 0x0000): "British Telecommunications",
    (180, 0, 0x2000): "Marconi",
    (180, 0, 0x4400): "Data Connection",
    (180, 0, 0x5300): "SpliceCom",
    (180, 0, 0xC000): "Codian",
    (181, 0, 0x0001): "PictureTel (Polycom)",
    (181, 0, 0x0003): "VTEL",
    (181, 0, 0x000B): "3Com",
    (181, 0, 0x0012): "Cisco Systems",
    (181, 0, 0x0015): "RADVision",
    (181, 0, 0x0017): "VocalTec",
    (181, 0, 0x001B): "Philips",
    (181, 0, 0x0028): "AudioCodes",
    (181, 0, 0x0030): "Dialogic",
    (181, 0, 0x0036): "Objective Systems",
    (181, 0, 0x003C): "Samsung",
    (181, 0, 0x2331): "ViaVideo (Polycom)",
    (181, 0, 0x4147): "Agere Systems",
    (181, 0, 0x4156): "Avaya",
    (181, 0, 0x4C54): "Lucent Technologies",
    (181, 0, 0x534C): "Microsoft",
    (255, 0, 4242): "Open Source Organisation",
}
"""Manufacturers by T.35 country code, extension and manufacturer code, as national registers and captures have them."""


class Vendor(NamedTuple):
    """What endpointVendor says, NUL padding stripped."""

    product: str
    """The terminal type is told by it; empty when the endpoint keeps silent."""
    version: str
    manufacturer: str
    """By name where it is known, with the T.35 codes in any case."""


def vendor_of(identifier: Any) -> Vendor:
    """Return what a VendorIdentifier says."""
    code = identifier["vendor"]
    numbers = code["t35CountryCode"], code["t35Extension"], code["manufacturerCode"]
    return _vendor(numbers, identifier.get("productId"), identifier.get("versionId"))


@lru_cache(1024)
def _vendor(code: tuple[int, int, int], product: bytes | None, version: bytes | None) -> Vendor:
    numbers = "T.35 {}/{}/{}".format(*code)
    name = MANUFACTURERS.get(code)
    return Vendor(_text(product), _text(version), f"{name} ({numbers})" if name else numbers)


def _text(octets: bytes | None) -> str:
    return octets.rstrip(b"\0").decode("utf-8", "replace") if octets else ""
