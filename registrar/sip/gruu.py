"""Globally routable user agent URIs (RFC 5627): one URI for one instance of a number.

A public GRUU is the address of record with the instance in ``gr``. A temporary one is the number and a trace of its
instance and Call-ID, sealed with AES-GCM (after the idea of appendix A): nothing is stored, and each one handed out
holds until the instance registers under another Call-ID or not at all (section 3.3).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registrar.model.binding import Binding
from registrar.sip.uri import SipUri, unescape

_PREFIX: Final = "tgruu."
_NONCE_OCTETS: Final = 12
_TRACE_OCTETS: Final = 8
# param-unreserved, unreserved (RFC 3261 section 25.1)
_UNESCAPED_IN_PARAM: Final = "[]/:&+$-_.!~*'()"


def instance_of(binding: Binding) -> str:
    """Return the instance's URN without the quotes and brackets of ``+sip.instance``."""
    return binding.contact.instance.strip('"<>')


def public_gruu(aor: str, instance: str) -> str:
    """Return the public GRUU of the instance (section 3.1.1), given the address of record and the instance's URN."""
    return f"{aor};gr={_escaped(instance)}"


def temporary_gruu(binding: Binding, aor: str, key: bytes) -> str:
    """Return a temporary GRUU (section 3.1.2), another one for each refresh of the binding.

    ``key`` is secret; it must outlive the bindings for the GRUUs to do so.
    """
    scheme, _, rest = aor.partition(":")
    domain = rest.rpartition("@")[2]
    opened = _trace(binding) + _octets(binding.number)
    nonce = blake2b(opened + binding.temporary_gruu.encode(), digest_size=_NONCE_OCTETS, key=_subkey(key)).digest()
    sealed = _cipher(key).encrypt(nonce, opened, None)
    return f"{scheme}:{_PREFIX}{urlsafe_b64encode(nonce + sealed).decode().rstrip('=')}@{domain};gr"


def number_of_temporary(uri: SipUri, key: bytes) -> tuple[str, bytes] | None:
    """Return the number that a temporary GRUU stands for and the trace its binding must have; ``None`` for no GRUU."""
    if "gr" not in uri.params or not uri.user.startswith(_PREFIX):
        return None
    text = unescape(uri.user)[len(_PREFIX) :]
    try:
        octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        opened = _cipher(key).decrypt(octets[:_NONCE_OCTETS], octets[_NONCE_OCTETS:], None)
    except (ValueError, InvalidTag):
        return None
    return opened[_TRACE_OCTETS:].decode("utf-8", "surrogateescape"), opened[:_TRACE_OCTETS]


def holds(binding: Binding, trace: bytes) -> bool:
    """Return whether a temporary GRUU with this trace is one of the binding's."""
    return bool(binding.contact.instance) and _trace(binding) == trace


def _trace(binding: Binding) -> bytes:
    return blake2b(_octets(f"{binding.contact.instance}\0{binding.call_id}"), digest_size=_TRACE_OCTETS).digest()


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@lru_cache(1024)
def _escaped(instance: str) -> str:
    return quote(instance, safe=_UNESCAPED_IN_PARAM, errors="surrogateescape")


@lru_cache(4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(_subkey(key))


@lru_cache(4)
def _subkey(key: bytes) -> bytes:
    return blake2b(key, digest_size=32, person=b"temporary gruu").digest()
