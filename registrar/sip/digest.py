"""Digest authentication: challenges, credentials, and the proof the core checks (RFC 7616, RFC 3261 section 22)."""

import re
from collections.abc import Callable, Container
from functools import lru_cache
from hmac import compare_digest
from operator import itemgetter
from typing import Final, final

from mypy_extensions import mypyc_attr

from registrar.model.attempt import Verdict
from registrar.model.extension import Rac
from registrar.model.record import Record
from registrar.sip.abnf import SWS, TOKEN
from registrar.sip.credentials import hashed
from registrar.sip.errors import SipError
from registrar.sip.message import Known, Request
from registrar.sip.nonces import ONE_USE, Nonces
from registrar.sip.uri import same_resource

ALGORITHMS: Final = ("MD5", "SHA-256")
"""What a challenge may name; SHA-256 only where it is asked for, since many phones fail on it."""

_KEPT_HA1: Final = 8
"""Names one number's terminals may use (``1001``, ``1001@domain``) before the cache starts anew."""
_CACHED_LENGTH: Final = 256


def challenge(realm: str, nonce: str, algorithm: str = "MD5", stale: bool = False) -> str:
    """Return the value of ``WWW-Authenticate``. ``stale`` tells that the PIN was right and only the nonce was not."""
    if '"' in realm or "\\" in realm:
        raise ValueError("a realm holds no quote and no backslash")
    ending = ", stale=true" if stale else ""
    return f'Digest realm="{realm}", nonce="{nonce}", qop="auth", algorithm={algorithm}{ending}'


@mypyc_attr(acyclic=True)
@final
class DigestCredentials(Record):
    """A digest response as it arrived, quotes removed."""

    __slots__ = ("algorithm", "cnonce", "nc", "nonce", "qop", "realm", "response", "uri", "username")

    def __init__(
        self,
        username: str,
        realm: str,
        nonce: str,
        uri: str,
        response: str,
        algorithm: str = "MD5",
        qop: str = "",
        nc: str = "",
        cnonce: str = "",
    ) -> None:
        self.username: Final = username
        self.realm: Final = realm
        self.nonce: Final = nonce
        self.uri: Final = uri
        self.response: Final = response
        self.algorithm: Final = algorithm
        """In upper case; it may be one we do not know."""
        self.qop: Final = qop
        """``auth``, or empty for a client of RFC 2069's kind."""
        self.nc: Final = nc
        self.cnonce: Final = cnonce

    def __repr__(self) -> str:
        return f"DigestCredentials(username={self.username!r}, realm={self.realm!r})"


# credentials     =  ("Digest" LWS digest-response) / other-response
# digest-response =  dig-resp *(COMMA dig-resp)
# dig-resp        =  username / realm / nonce / digest-uri / dresponse / algorithm / cnonce / opaque
#                     / message-qop / nonce-count / auth-param
# auth-param      =  auth-param-name EQUAL ( token / quoted-string )
_SCHEME: Final = re.compile(r"Digest[ \t]+", re.IGNORECASE | re.ASCII)
_PARAM: Final = re.compile(
    rf'{SWS}({TOKEN}){SWS}={SWS}(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([^\s",]++)){SWS}(?:,|$)|(.++)',
    re.DOTALL,
)
# dresponse    =  "response" EQUAL request-digest ;  request-digest = LDQUOT 32LHEX RDQUOT   (SHA-256: 64)
# nonce-count  =  "nc" EQUAL nc-value ;  nc-value = 8LHEX                                    (any case is widened)
_DIGEST_DIGITS: Final = frozenset((32, 64))
_NC_DIGITS: Final = 8
_FIELDS: Final = ("username", "realm", "nonce", "uri", "response", "algorithm", "qop", "nc", "cnonce")
_DEFAULTS: Final = dict.fromkeys(_FIELDS, "") | {"algorithm": "MD5"}
_NEEDED: Final = frozenset(("username", "realm", "nonce", "uri", "response"))
MAX_USUAL: Final = 1024
"""Characters of credentials whose shape is remembered; phones send 300."""


def is_digest(value: str) -> bool:
    """Return whether an ``Authorization`` value is of the Digest scheme; others count as no credentials at all."""
    return value.startswith("Digest ") or _SCHEME.match(value) is not None


def parse_authorization(value: str, known: Known | None = None) -> DigestCredentials:
    """Return the credentials in an ``Authorization`` value of the Digest scheme. Raises ``SipError`` 400.

    ``known`` is what is known of the terminal.
    """
    pieces = value.split('"')
    outside = pieces[::2]
    if len(value) > MAX_USUAL or "\\" in value or "\0" in value or len(outside) * 2 != len(pieces) + 1:
        fields = _fields(value)
    else:
        shape: _Shape | None = known.shape if known is not None else None
        if shape is None or shape.outside != outside:
            shape = _shape(tuple(outside))
            if known is not None:
                known.shape = shape
        fields = shape.get(pieces[1::2] + shape.plain) if shape is not None else None
    if fields is None:
        raise SipError(400, "Bad Authorization")
    username, realm, nonce, uri, response, algorithm, qop, nc, cnonce = fields
    if len(response) not in _DIGEST_DIGITS or not _is_hex(response):
        raise SipError(400, "Bad Authorization")
    if qop and (qop.lower() != "auth" or not cnonce or len(nc) != _NC_DIGITS or not _is_hex(nc)):
        raise SipError(400, "Bad Authorization")
    return DigestCredentials(username, realm, nonce, uri, response.lower(), algorithm.upper(), qop, nc, cnonce)


def _is_hex(text: str) -> bool:
    try:
        return 2 * len(bytes.fromhex(text)) == len(text)
    except ValueError:
        return False


def _fields(value: str) -> tuple[str, ...] | None:
    """The values in the order of ``DigestCredentials``, empty ones for what is left out; ``None`` when malformed."""
    scheme = _SCHEME.match(value)
    if scheme is None:
        return None
    params: dict[str, str] = {}
    for sent, quoted, plain, rest in _PARAM.findall(value, scheme.end()):
        name = sent.lower()
        if rest or name in params:
            return None
        params[name] = quoted or plain
    if not params.keys() >= _NEEDED:
        return None
    return tuple([params.get(name, default) for name, default in _DEFAULTS.items()])


class _Shape:
    """Where the values stand in credentials that differ from others in what is between quotes alone."""

    __slots__ = ("get", "outside", "plain")

    def __init__(self, outside: list[str], get: Callable[[list[str]], tuple[str, ...]], plain: list[str]) -> None:
        self.outside = outside
        """What stands outside of quotes."""
        self.get = get
        """Takes the values out of those between quotes, followed by the ``plain`` ones."""
        self.plain = plain


@lru_cache(256)
def _shape(outside: tuple[str, ...]) -> _Shape | None:
    """The shape of credentials by what stands outside of their quotes: a phone's are alike but for a count."""
    numbered = outside[0] + "".join([f'"\0{at}"{text}' for at, text in enumerate(outside[1:])])
    fields = _fields(numbered)
    if fields is None:
        return None
    quoted = len(outside) - 1
    plain: list[str] = []
    places: list[int] = []
    for field in fields:
        if field[:1] == "\0":
            places.append(int(field[1:]))
        else:
            places.append(quoted + len(plain))
            plain.append(field)
    return _Shape(list(outside), itemgetter(*places), plain)


@mypyc_attr(acyclic=True)
class DigestProof:
    """The digest response in a request; a ``Proof`` for the core."""

    __slots__ = ("_method", "_nonces", "_source", "_uri", "credentials")

    shown: Final = True
    """Else it is ``FOREIGN``."""

    def __init__(self, credentials: DigestCredentials, method: str, uri: str, nonces: Nonces, source: str) -> None:
        """``source`` is the IP address that the request came from."""
        self.credentials = credentials
        self._method = method
        self._uri = uri
        self._nonces = nonces
        self._source = source

    def __repr__(self) -> str:
        return f"DigestProof({self.credentials!r})"

    def verify(self, rac: Rac, number: str, now: float) -> Verdict:
        """Check the response against the number's RAC at POSIX time ``now``; see ``Proof``.

        A right digest uses its nonce up to its count. It counts for one number, one method and one Request-URI. Where
        the nonce was not given to the sender's address, nothing else is looked at: over UDP anybody may write that
        address, and who cannot see what is sent there is to learn nothing and to lock nobody out.
        """
        given = self.credentials
        nonce, uri, algorithm = given.nonce, given.uri, given.algorithm
        issued_at = self._nonces.issued_at(nonce, self._source)
        if not issued_at:
            return Verdict.FOREIGN
        owner = given.username.partition("@")[0] == number
        named = given.username if owner and rac.number == number else ""
        kept = rac.ha1.get((algorithm, named, given.realm))
        ha1 = kept or _ha1(rac, named, given.realm, algorithm)
        ha2 = _ha2(self._method, uri, algorithm)
        counted = f"{given.nc}:{given.cnonce}:{given.qop}:" if given.qop else ""
        right = compare_digest(hashed(f"{ha1}:{nonce}:{counted}{ha2}", algorithm), given.response)
        here = uri == self._uri or same_resource(uri, self._uri)
        if right:
            if kept is None:
                _keep(rac, named, given.realm, algorithm, ha1)
        elif kept is not None:
            _ha1(rac, named, given.realm, algorithm)  # a wrong PIN is the same work whatever is remembered
        if not owner:
            return Verdict.NOT_OWNER
        if not (right and here):
            return Verdict.WRONG
        count = int(given.nc, 16) if given.qop else ONE_USE
        return Verdict.RIGHT if self._nonces.use(number, issued_at, count, now) else Verdict.STALE


def proof_of(
    request: Request, source: str, realm: str, nonces: Nonces, algorithms: Container[str] = ALGORITHMS
) -> DigestProof | None:
    """Return the proof for our realm that the request carries, if any, made with one of the algorithms offered.

    ``source`` is the IP address that the request came from. Raises ``SipError`` 400 when Digest credentials are
    malformed.
    """
    for value in request.authorization:
        if not is_digest(value):
            continue
        try:
            credentials = parse_authorization(value, request.known)
        except SipError as error:
            error.request = request
            raise
        if credentials.realm == realm and credentials.algorithm in algorithms:
            return DigestProof(credentials, request.method, request.uri, nonces, source)
    return None


def _ha1(rac: Rac, username: str, realm: str, algorithm: str) -> str:
    """H(user name : realm : PIN)."""
    return hashed(f"{username}:{realm}:{rac.pin}", algorithm)


def _keep(rac: Rac, username: str, realm: str, algorithm: str, ha1: str) -> None:
    """Remember with the RAC what made a right digest."""
    if len(rac.ha1) >= _KEPT_HA1:
        rac.ha1.clear()
    if len(username) <= _CACHED_LENGTH:
        rac.ha1[algorithm, username, realm] = ha1


def _ha2_anew(method: str, uri: str, algorithm: str) -> str:
    return hashed(f"{method}:{uri}", algorithm)


_ha2_cached = lru_cache(1024)(_ha2_anew)


def _ha2(method: str, uri: str, algorithm: str) -> str:
    """H(method : digest-uri); the same for all phones of one domain."""
    return (_ha2_cached if len(method) + len(uri) <= _CACHED_LENGTH else _ha2_anew)(method, uri, algorithm)
