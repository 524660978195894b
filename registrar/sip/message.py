"""SIP messages: what a request and a response are made of (RFC 3261 section 7)."""

from typing import Any, Final

from mypy_extensions import mypyc_attr

from registrar.sip.address import Address
from registrar.sip.errors import SipError
from registrar.sip.header_lines import Headers, read_headers
from registrar.sip.uri import SipUri, parse_uri
from registrar.sip.via import Sender, Via

NOBODY: Final = Address("", "", "", [], "")
"""From and To until they are understood."""
NOWHERE: Final = Via("", "", None, "", False, "", "", "")
"""The topmost Via until it is understood."""
NO_VALUES: Final[list[str]] = []
"""Of a header field that is not there."""
UNKNOWN: Final = -2
"""A length that nobody has looked at."""
_NOT_REPEATED: Final = frozenset(("via", "cseq", "authorization"))


@mypyc_attr(acyclic=True)
class Message:
    """What requests and responses have both; well-formed but for what its subclass says."""

    __slots__ = ("_headers", "body", "call_id", "cseq", "from_", "method", "to", "via")

    def __init__(self, method: str, headers: Headers | None) -> None:
        self.method = method
        """The method; a response's is the one in its CSeq."""
        self._headers = headers
        self.body = b""
        self.via = NOWHERE
        """The topmost Via."""
        self.from_ = NOBODY
        self.to = NOBODY
        self.call_id = ""
        self.cseq = 0

    @property
    def headers(self) -> Headers:
        """All header fields."""
        found = self._headers
        if found is None:
            found = self._headers = self._gathered()
        return found

    def _gathered(self) -> Headers:
        return {}

    def get(self, name: str) -> str | None:
        """Return the first value of the header field, by its long name in lower case."""
        values = self.headers.get(name)
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """Return the field's values, a line each, comma lists not taken apart. Do not change the list."""
        return self.headers.get(name, NO_VALUES)


@mypyc_attr(acyclic=True)
class Known:
    """What was found out from the part of a head that a terminal repeats (``registrar.sip.repeated``) alone.

    All requests that share the part share it. Nothing of a topmost Via, a CSeq number, credentials or a body gets in,
    but how the last Via and the last credentials were written.
    """

    __slots__ = (
        "asked",
        "call_id",
        "counted",
        "echo",
        "echoed",
        "from_",
        "headers",
        "length",
        "mediasec",
        "method",
        "port",
        "sender",
        "settings",
        "shape",
        "tag",
        "tagged",
        "text",
        "to",
        "uri",
    )

    def __init__(self) -> None:
        self.text = ""
        """The part itself, once it is remembered; what is said in it follows."""
        self.method = ""
        self.uri = ""
        self.from_ = NOBODY
        self.to = NOBODY
        self.call_id = ""
        self.headers: Headers | None = None
        """Its header fields, once somebody has asked for them of a request that said them again."""
        self.counted = 0
        """The highest number in a CSeq that it came with, once it is remembered."""
        self.settings: object = None
        """What the request passed ``inspect`` with: these, on this port, and whether media security may be required."""
        self.port: object = None
        self.mediasec = False
        self.asked: Any = None
        """What ``registration`` found that it asks for."""
        self.tagged: bytes | None = None
        """The secret that the To tag was made with."""
        self.tag = ""
        self.echoed: str | None = None
        """The To tag in the lines of an answer that repeat the request's."""
        self.echo = ""
        self.length = UNKNOWN
        """What ``content_length`` found, negative for none."""
        self.sender: Sender | None = None
        """Who the last topmost Via named."""
        self.shape: Any = None
        """How ``digest`` found the last credentials written."""


@mypyc_attr(acyclic=True)
class Request(Message):
    """A request whose Via, From, To, Call-ID and CSeq are well-formed (RFC 3261 section 8.1.1).

    One that a ``SipError`` carries may lack any of them but Via.
    """

    __slots__ = ("authorization", "counted_up", "known", "octets", "sequence", "uri", "vias")

    def __init__(
        self,
        method: str,
        uri: str,
        known: Known,
        vias: list[str],
        sequence: str | None,
        authorization: list[str],
        headers: Headers | None = None,
    ) -> None:
        """All header fields are in ``headers``; or in what is ``known``, but for those that have names here."""
        self.method = method
        self.uri = uri
        """The Request-URI as received."""
        self.octets = 0
        """Of the datagram that it came in."""
        self.known = known
        self.counted_up = False
        """True when all that came before with the same head, but for its Via and credentials, had a lower CSeq."""
        self.vias = vias
        """The values of Via."""
        self.sequence = sequence
        """The value of CSeq."""
        self.authorization = authorization
        """The values of Authorization."""
        self._headers = headers
        self.body = b""
        self.via = NOWHERE
        self.from_ = NOBODY
        self.to = NOBODY
        self.call_id = ""
        self.cseq = 0

    def _gathered(self) -> Headers:
        known = self.known
        if known.headers is None:
            known.headers, _ = read_headers(known.text.split("\r\n"))
        headers = known.headers.copy()
        for name in _NOT_REPEATED:
            headers.pop(name, None)
        if self.vias:
            headers["via"] = self.vias
        if self.sequence is not None:
            headers["cseq"] = [self.sequence]
        if self.authorization:
            headers["authorization"] = self.authorization
        return headers

    @property
    def target(self) -> SipUri:
        """The Request-URI in its parts. Raises ``SipError`` 416 unless it is a SIP or SIPS URI."""
        try:
            return parse_uri(self.uri)
        except SipError as error:
            error.request = self
            raise

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri} cseq={self.cseq} call_id={self.call_id!r}>"


@mypyc_attr(acyclic=True)
class Response(Message):
    """A response; Via, From, To, Call-ID and CSeq are well-formed."""

    __slots__ = ("phrase", "status")

    def __init__(self, status: int, phrase: str, headers: Headers) -> None:
        super().__init__("", headers)
        self.status = status
        self.phrase = phrase

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.phrase} to {self.method} cseq={self.cseq} call_id={self.call_id!r}>"


def answerable(message: Request | Response) -> Request | None:
    """Return the message if it can be answered: a request that is no ACK (RFC 3261 section 17.1.1.3)."""
    return message if isinstance(message, Request) and message.method != "ACK" else None
