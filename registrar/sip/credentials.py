"""The client's side of digest authentication: challenges read, credentials made (RFC 7616, RFC 3261 section 22)."""

import re
from collections.abc import Container, Iterable
from functools import lru_cache
from hashlib import md5, sha256
from typing import Final, NamedTuple

from registrar.sip.abnf import SWS, TOKEN
from registrar.sip.message import Response


class Challenge(NamedTuple):
    """What a server asks to be answered with; quotes removed."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    """In upper case."""
    qop: bool = True
    """Whether ``auth`` is among the qualities of protection offered; without it the answer is of RFC 2069's kind."""
    stale: bool = False
    """The PIN was right, the nonce was not."""
    opaque: str = ""
    proxy: bool = False
    """Asked by a proxy (407): answered in ``Proxy-Authorization``."""

    @property
    def header(self) -> str:
        """The header field that the answer goes into."""
        return "Proxy-Authorization" if self.proxy else "Authorization"


# challenge        =  ("Digest" LWS digest-cln *(COMMA digest-cln)) / other-challenge
# digest-cln       =  realm / domain / nonce / opaque / stale / algorithm / qop-options / auth-param
_SCHEME: Final = re.compile(r"Digest[ \t]+", re.IGNORECASE | re.ASCII)
_PARAM: Final = re.compile(
    rf'{SWS}({TOKEN}){SWS}={SWS}(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([^\s",]++)){SWS}(?:,|$)', re.DOTALL
)
_USUAL: Final = re.compile(r'Digest realm="([^"\\]*+)", nonce="([^"\\]*+)", qop="auth"(?:, algorithm=(MD5|SHA-256))?')


def parse_challenge(value: str, proxy: bool = False) -> Challenge | None:
    """Return the challenge in a ``WWW-Authenticate`` or ``Proxy-Authenticate`` value; ``None`` for another scheme."""
    usual = _USUAL.fullmatch(value)
    if usual is not None:
        return Challenge(usual[1], usual[2], usual[3] or "MD5", proxy=proxy)
    scheme = _SCHEME.match(value)
    if scheme is None:
        return None
    params = {name.lower(): quoted or plain for name, quoted, plain in _PARAM.findall(value, scheme.end())}
    if "realm" not in params or "nonce" not in params:
        return None
    return Challenge(
        params["realm"],
        params["nonce"],
        params.get("algorithm", "MD5").upper(),
        "auth" in [each.strip().lower() for each in params.get("qop", "").split(",")],
        params.get("stale", "").lower() == "true",
        params.get("opaque", ""),
        proxy,
    )


def challenges(response: Response) -> list[Challenge]:
    """Return the Digest challenges of a 401 or 407, in the server's order of preference."""
    proxy = response.status == 407
    values = response.all("proxy-authenticate" if proxy else "www-authenticate")
    return [challenge for value in values if (challenge := parse_challenge(value, proxy)) is not None]


def choose(offered: Iterable[Challenge], algorithms: Container[str]) -> Challenge | None:
    """Return the first challenge made with an algorithm the client has (RFC 8760 section 2.4)."""
    for challenge in offered:
        if challenge.algorithm in algorithms:
            return challenge
    return None


def secret(challenge: Challenge, username: str, pin: str) -> str:
    """Return H(user name : realm : PIN), which answers every challenge of the realm and algorithm."""
    return hashed(f"{username}:{challenge.realm}:{pin}", challenge.algorithm)


def authorization(
    challenge: Challenge, username: str, ha1: str, method: str, uri: str, cnonce: str, count: int = 1
) -> str:
    """Return the credentials that answer the challenge, ``ha1`` being the ``secret``.

    ``cnonce`` is the client's own chance; ``count`` says how often the nonce was answered, this time included.
    """
    realm, nonce, algorithm, qop, _, opaque, _ = challenge
    ha2 = _ha2(method, uri, algorithm)
    if qop:
        nc = f"{count:08x}"
        response = hashed(f"{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}", algorithm)
        ending = f', qop=auth, nc={nc}, cnonce="{cnonce}"'
    else:
        response, ending = hashed(f"{ha1}:{nonce}:{ha2}", algorithm), ""
    if opaque:
        ending += f', opaque="{opaque}"'
    return (
        f'Digest username="{username}", realm="{realm}", nonce="{nonce}", uri="{uri}",'
        f' response="{response}", algorithm={algorithm}{ending}'
    )


def hashed(text: str, algorithm: str) -> str:
    """Return H(text) of the algorithm, hexadecimal."""
    octets = text.encode("utf-8", "surrogateescape")
    if algorithm == "MD5":
        return md5(octets).hexdigest()  # noqa: S324 - RFC 3261's digest; what SIP phones can
    return sha256(octets).hexdigest()


@lru_cache(512)
def _ha2(method: str, uri: str, algorithm: str) -> str:
    return hashed(f"{method}:{uri}", algorithm)
