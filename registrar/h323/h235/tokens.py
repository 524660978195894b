"""The tokens in a request that may prove the PIN, each with its way to be checked."""

from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from typing import Any, Final, NamedTuple

from registrar.h323 import oids
from registrar.h323.aliases import alias_of
from registrar.h323.h235 import checks
from registrar.h323.h235.checks import HASH_OCTETS
from registrar.h323.h235.replays import Pair

MOST: Final = 16
"""Tokens of a request that are looked at: each may cost a hash. H323Plus sends four when nothing was negotiated."""
_LONGEST: Final = 127
"""Characters of a generalID before its U+0000 (H.235.0, Identifier)."""


_WHOLE_MESSAGE: Final = oids.versions(oids.H2351_WHOLE_MESSAGE)
_BASELINE: Final = oids.versions(oids.H2351_BASELINE)
_HMAC: Final = oids.versions(oids.H2351_HMAC_SHA1_96)


class Kind(Enum):
    """The kinds of tokens."""

    PASSWORD_HASH = "cryptoEPPwdHash (MD5)"  # noqa: S105 - a name
    CAT = "CAT"
    SIGNED_MESSAGE = "H.235.1"
    PASSWORD = "password in the clear"  # noqa: S105 - a name
    UNCHECKABLE = "of a kind that cannot be checked"
    """Or one that may not be taken on this port: it never matches."""


class Token(NamedTuple):
    """One token, as it arrived."""

    kind: Kind
    matches: Callable[[str], bool]
    """Tells whether it was made with a PIN."""
    pair: Pair | None = None
    """What tells it from others made with the same PIN; ``None`` where nothing does."""
    sender: str | None = None
    """Whom it says it is from; ``None`` when it does not say."""
    receiver: str | None = None
    """Whom it says it is for; ``None`` when it does not say."""

    def __repr__(self) -> str:
        return f"Token({self.kind.value})"


def tokens_of(request: dict[str, Any], message: bytes, secure: bool) -> list[Token]:
    """Return the tokens of a request that say something about the PIN, ``message`` being its octets as received.

    A password in the clear is taken where the port is ``secure``.
    """
    clear, crypto = request.get("tokens", ()), request.get("cryptoTokens", ())
    if len(clear) + len(crypto) > MOST:
        return [_UNCHECKABLE]
    return [*_clear_tokens(clear, secure), *(_crypto_token(token, message) for token in crypto)]


_UNCHECKABLE: Final = Token(Kind.UNCHECKABLE, lambda _pin: False)


def _clear_tokens(tokens: Iterable[dict[str, Any]], secure: bool) -> Iterable[Token]:
    for token in tokens:
        if token["tokenOID"] == oids.CAT:
            yield _access_token(token)
        elif "password" in token:
            check = partial(checks.password, token["password"].rstrip("\0"))
            yield Token(Kind.PASSWORD, check) if secure else _UNCHECKABLE


def _access_token(token: dict[str, Any]) -> Token:
    random, challenge, stamp = token.get("random"), token.get("challenge"), token.get("timeStamp")
    if random is None or challenge is None or stamp is None or not -128 <= random <= 255:
        return _UNCHECKABLE
    check = partial(checks.access_token, stamp, random, challenge)
    return Token(Kind.CAT, check, (stamp, random), _identifier(token.get("generalID")))


def _crypto_token(token: tuple[str, Any], message: bytes) -> Token:
    kind, value = token
    if kind == "cryptoEPPwdHash":
        return _password_hash(value)
    if kind == "nestedcryptoToken" and value[0] == "cryptoHashedToken":
        return _signed_message(value[1], message)
    return _UNCHECKABLE


def _password_hash(token: dict[str, Any]) -> Token:
    (hashed, bits), stamp, alias = token["token"]["hash"], token["timeStamp"], alias_of(token["alias"])
    if token["token"]["algorithmOID"] != oids.MD5 or bits != 128 or alias is None or len(alias[1]) > _LONGEST:
        return _UNCHECKABLE
    check = partial(checks.password_hash, alias[1], stamp, hashed)
    return Token(Kind.PASSWORD_HASH, check, (stamp, alias[1]), alias[1])


def _signed_message(token: dict[str, Any], message: bytes) -> Token:
    values, hashed = token["hashedVals"], token["token"]["hash"]
    stamp, random = values.get("timeStamp"), values.get("random")
    if (
        token["tokenOID"] not in _WHOLE_MESSAGE
        or values["tokenOID"] not in _BASELINE
        or token["token"]["algorithmOID"] not in _HMAC
        or hashed[1] != HASH_OCTETS * 8
        or stamp is None
        or random is None
    ):
        return _UNCHECKABLE
    check = partial(checks.signed_message, message, hashed[0], hashed.octet)
    sender, receiver = _identifier(values.get("sendersID")), _identifier(values.get("generalID"))
    return Token(Kind.SIGNED_MESSAGE, check, (stamp, random), sender, receiver)


def _identifier(text: str | None) -> str | None:
    return text.rstrip("\0") if text is not None else None
