"""SIP messages: from octets to requests and responses (RFC 3261 sections 7 and 25.1).

Octets are text in UTF-8; those that are not come through unchanged as lone surrogates (PEP 383).
"""

import re
from typing import Any

from mypy_extensions import mypyc_attr

from registrar.sip.abnf import TOKEN
from registrar.sip.address import Address, parse_address
from registrar.sip.errors import SipError
from registrar.sip.names import LONG_NAMES, SINGLE, as_written
from registrar.sip.repeated import Remembered, take_apart
from registrar.sip.uri import SipUri, is_request_uri, parse_uri
from registrar.sip.via import Sender, Via, parse_via, salvage_via, sender_of

MAX_MESSAGE = 65535
"""Octets in a message."""
MAX_HEADERS = 256
"""Header lines in a message, 20 times what phones send."""
MAX_VALUE = 8192
"""Characters in a header value: a certificate chain in an Identity header still fits."""
MAX_CALL_ID = 1024
"""Characters in a Call-ID: what remembers calls by it stays small. Phones send fewer than 100."""
MAX_CSEQ = 2**31 - 1
"""RFC 3261 section 8.1.1.5."""

Headers = dict[str, list[str]]
"""Values by long lower-case name, in order of arrival, unfolded and stripped."""

_NOBODY = Address("", "", "", [], "")
_NOWHERE = Via("", "", None, "", False, "", "", "")
_NO_VALUES: list[str] = []
_NOT_REPEATED = frozenset(("via", "cseq", "authorization"))

_METHOD = re.compile(TOKEN)
# Status-Line  =  SIP-Version SP Status-Code SP Reason-Phrase CRLF
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2}) (.*)", re.IGNORECASE | re.ASCII | re.DOTALL)
_VERSION = re.compile(r"SIP/[0-9]+\.[0-9]+", re.IGNORECASE | re.ASCII)
_BREAKING = re.compile("[\0\r\n]")
# quoted-pair  =  "\" (%x00-09 / %x0B-0C / %x0E-7F)
# In a quoted-string this is the one place for a NUL; CR and LF have none.
_REPEATABLE = re.compile(r'(?:[^"\0\r\n]++|"(?:[^"\\\0\r\n]++|\\[^\r\n])*+")*+', re.DOTALL)


@mypyc_attr(acyclic=True)
class _Message:
    __slots__ = ("_headers", "body", "call_id", "cseq", "from_", "method", "to", "via")

    def __init__(self, method: str, headers: Headers | None) -> None:
        self.method = method
        """The method; a response's is the one in its CSeq."""
        self._headers = headers
        self.body = b""
        self.via = _NOWHERE
        """The topmost Via."""
        self.from_ = _NOBODY
        self.to = _NOBODY
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
        return self.headers.get(name, _NO_VALUES)


@mypyc_attr(acyclic=True)
class Known:
    """What was found out from the part of a head that a terminal repeats (``registrar.sip.repeated``) alone.

    All requests that share the part share it. Nothing of a topmost Via, a CSeq number, credentials or a body gets in,
    but how the last Via and the last credentials were written.
    """

    __slots__ = ("asked", "echo", "headers", "length", "passed", "sender", "shape", "tag", "text")

    def __init__(self) -> None:
        self.text = ""
        """The part itself, once it is remembered."""
        self.headers: Headers | None = None
        """Its header fields, once somebody has asked for them of a request that said them again."""
        self.passed: object = None
        """Where the request passed ``inspect``."""
        self.asked: Any = None
        """What ``registration`` found that it asks for."""
        self.tag: tuple[bytes, str] | None = None
        """A secret and the To tag made with it."""
        self.echo: tuple[str, str] | None = None
        """A To tag, and the lines of an answer that repeat the request's with it."""
        self.length: tuple[int | None] | None = None
        """What ``content_length`` found."""
        self.sender: Sender | None = None
        """Who the last topmost Via named."""
        self.shape: Any = None
        """How ``digest`` found the last credentials written."""


@mypyc_attr(acyclic=True)
class Request(_Message):
    """A request whose Via, From, To, Call-ID and CSeq are well-formed (RFC 3261 section 8.1.1).

    One that a ``SipError`` carries may lack any of them but Via.
    """

    __slots__ = ("authorization", "known", "octets", "sequence", "uri", "vias")

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
        self.vias = vias
        """The values of Via."""
        self.sequence = sequence
        """The value of CSeq."""
        self.authorization = authorization
        """The values of Authorization."""
        self._headers = headers
        self.body = b""
        self.via = _NOWHERE
        self.from_ = _NOBODY
        self.to = _NOBODY
        self.call_id = ""
        self.cseq = 0

    def _gathered(self) -> Headers:
        known = self.known
        if known.headers is None:
            known.headers, _ = _read_headers(known.text.split("\r\n"))
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
class Response(_Message):
    """A response; Via, From, To, Call-ID and CSeq are well-formed."""

    __slots__ = ("phrase", "status")

    def __init__(self, status: int, phrase: str, headers: Headers) -> None:
        super().__init__("", headers)
        self.status = status
        self.phrase = phrase

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.phrase} to {self.method} cseq={self.cseq} call_id={self.call_id!r}>"


def parse_datagram(data: bytes, max_message: int = MAX_MESSAGE) -> Request | Response:
    """Return the message in a datagram; octets beyond its Content-Length are ignored (RFC 3261 section 18.3).

    Raises ``SipError``: 400 malformed, 505 for another version of SIP, 513 too large.
    """
    if data[:2] == b"\r\n":
        data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    message = parse_head(data[:end] if end >= 0 else data.removesuffix(b"\r\n"))
    if end < 0:
        raise SipError(400, "Missing Empty Line", answerable(message))
    if len(data) > max_message:
        raise SipError(513, "Message Too Large", answerable(message))
    body = data[end + 4 :]
    length = content_length(message)
    if length is not None:
        if length > len(body):
            raise SipError(400, "Content-Length Beyond Datagram", answerable(message))
        body = body[:length]
    message.body = body
    return message


def answerable(message: Request | Response) -> Request | None:
    """Return the message if it can be answered: a request that is no ACK (RFC 3261 section 17.1.1.3)."""
    return message if isinstance(message, Request) and message.method != "ACK" else None


def content_length(message: Request | Response) -> int | None:
    """Return the Content-Length, ``None`` when there is none. Raises ``SipError`` 400 with ``close``."""
    if isinstance(message, Response):
        return _content_length(message)
    length = message.known.length
    if length is None:
        length = message.known.length = (_content_length(message),)
    return length[0]


def _content_length(message: Request | Response) -> int | None:
    values = message.headers.get("content-length")
    if values is None:
        return None
    # Content-Length  =  ( "Content-Length" / "l" ) HCOLON 1*DIGIT
    value = values[0]
    if not (value.isdigit() and value.isascii()):
        raise SipError(400, "Bad Content-Length", answerable(message), close=True)
    return int(value[:100])


def parse_head(head: bytes) -> Request | Response:
    """Return the message with this start line and these header fields; ``head`` lacks the empty line that ends them.

    Raises ``SipError``, with the request wherever the start line and Via are enough for an answer.
    """
    text = head.decode("utf-8", "surrogateescape")
    apart = take_apart(text)
    if apart is None:
        return _parse_anew(text)
    repeated, via, number, authorization = apart
    before = _REMEMBERED.get(repeated)
    again = _said_again(before, via, number, authorization) if before is not None else None
    if again is not None:
        return again
    message = _parse_anew(text)
    if isinstance(message, Request):
        _remember(message, repeated, number, 0 if authorization is None else 1)
    return message


_REMEMBERED: Remembered[Request] = Remembered()


def _said_again(before: Request, via: str, number: str, authorization: str | None) -> Request | None:
    """Return the request that differs from the one before in Via, CSeq and credentials alone, if these are right."""
    known = before.known
    sender = known.sender = sender_of(via, known.sender)
    topmost = sender.via(via) if sender is not None else None
    cseq = int(number)
    if topmost is None or cseq > MAX_CSEQ:
        return None
    method = before.method
    given = _NO_VALUES if authorization is None else [authorization]
    request = Request(method, before.uri, known, [via], f"{number} {method}", given)
    request.via = topmost
    request.from_ = before.from_
    request.to = before.to
    request.call_id = before.call_id
    request.cseq = cseq
    return request


def _remember(request: Request, repeated: str, number: str, credentials: int) -> None:
    """Remember a request, unless it has a second Via or more ``credentials`` than were cut out, or an odd CSeq."""
    if len(request.vias) > 1 or len(request.authorization) != credentials:
        return
    if request.sequence != f"{number} {request.method}":
        return
    request.known.text = repeated
    before = Request(request.method, request.uri, request.known, _NO_VALUES, None, _NO_VALUES)
    before.from_, before.to, before.call_id = request.from_, request.to, request.call_id
    _REMEMBERED.put(repeated, before)


def _parse_anew(text: str) -> Request | Response:
    lines = text.split("\r\n")
    headers, fault = _read_headers(lines)
    unbroken = text.replace("\r\n", "")
    if "\r" in unbroken or "\n" in unbroken or "\0" in unbroken or len(text) > MAX_VALUE:
        fault = _leave_out_bad_values(headers) or fault
    start = lines[0].split(" ")
    if len(start) == 3 and start[2] == "SIP/2.0":
        return _request(start[0], start[1], headers, fault)
    match = _STATUS_LINE.fullmatch(lines[0])
    if match is not None:
        return _response(int(match[1]), match[2], headers, fault)
    method, uri, odd = _odd_request_line(lines[0])
    return _request(method, uri, headers, odd or fault)


def _read_headers(lines: list[str]) -> tuple[Headers, SipError | None]:
    """Return the headers of all lines but the first, and the first thing that is wrong with them."""
    # message-header  =  field-name HCOLON field-value CRLF
    headers: Headers = {}
    names = LONG_NAMES
    try:
        for line in lines[1 : MAX_HEADERS + 1]:
            sent, value = line.split(": ", 1)
            headers[names[sent]] = [value.strip(" \t")]
    except ValueError:
        return _read_unusual_headers(lines)
    return (headers, None) if len(headers) == len(lines) - 1 else _read_unusual_headers(lines)


def _read_unusual_headers(lines: list[str]) -> tuple[Headers, SipError | None]:
    """The same where fields are repeated, folded, wrong, or have no space after the colon."""
    headers: Headers = {}
    fault = None
    last: list[str] | None = None
    for line in lines[1 : MAX_HEADERS + 1]:
        if line[:1] in (" ", "\t") and last is not None:  # a fold (RFC 3261 section 7.3.1)
            last[-1] = f"{last[-1]} {line}".strip(" \t")
            continue
        sent, colon, value = line.partition(":")
        try:
            name = LONG_NAMES[sent if colon else ""]
        except ValueError:
            fault = fault or SipError(400, "Bad Header Line")
            continue
        if name in SINGLE and name in headers and fault is None:
            fault = SipError(400, f"Several {as_written(name)}", close=name == "content-length")
        last = headers.setdefault(name, [])
        last.append(value.strip(" \t"))
    if len(lines) > MAX_HEADERS + 1:
        fault = SipError(400, "Too Many Headers", close=True)
    return headers, fault


def _leave_out_bad_values(headers: Headers) -> SipError | None:
    """Drop headers that no answer may repeat: with CR or LF, with NUL outside a quoted-pair, or oversized."""
    fault = None
    for name, values in list(headers.items()):
        for value in values:
            oversized = len(value) > MAX_VALUE
            if oversized or (_BREAKING.search(value) and not _REPEATABLE.fullmatch(value)):
                fault = fault or SipError(400, f"{'Oversized' if oversized else 'Bad'} {as_written(name)}", close=True)
                headers.pop(name, None)
    return fault


def _odd_request_line(line: str) -> tuple[str, str, SipError | None]:
    """Make sense of a start line that is not the usual one; ``SipError`` without a request when it has none."""
    # Request-Line  =  Method SP Request-URI SP SIP-Version CRLF
    parts = line.split()
    if len(parts) < 3 or _VERSION.fullmatch(parts[-1]) is None:
        raise SipError(400, "Bad Start Line", close=True)
    method, uri, version = parts[0], " ".join(parts[1:-1]), parts[-1].upper()
    if version != "SIP/2.0":
        return method, uri, SipError(505, "Version Not Supported")
    if line != f"{method} {uri} {parts[-1]}" or len(parts) > 3:
        return method, uri, SipError(400, "Bad Request-Line")
    return method, uri, None


def _request(method: str, uri: str, headers: Headers, fault: SipError | None) -> Request:
    vias, authorization = headers.get("via", _NO_VALUES), headers.get("authorization", _NO_VALUES)
    sequence = headers["cseq"][0] if "cseq" in headers else None
    request = Request(method, uri, Known(), vias, sequence, authorization, headers)
    try:
        if fault is not None:
            raise fault
        if _METHOD.fullmatch(method) is None:
            raise SipError(400, "Bad Method")
        if not is_request_uri(uri):
            raise SipError(400, "Bad Request-URI")
        if _understand(request) != method:
            raise SipError(400, "CSeq Method Differs")
    except SipError as error:
        _salvage(request)
        understood = request.via is not _NOWHERE and _METHOD.fullmatch(method)
        error.request = answerable(request) if understood else None
        raise
    return request


def _response(status: int, phrase: str, headers: Headers, fault: SipError | None) -> Response:
    response = Response(status, phrase, headers)
    if fault is not None:
        raise fault
    response.method = _understand(response)
    return response


def _understand(message: _Message) -> str:
    """Parse what every message must have (RFC 3261 section 8.1.1); return the method in the CSeq."""
    headers = message.headers
    try:
        via, from_, to = headers["via"], headers["from"][0], headers["to"][0]
        call_id, sequence = headers["call-id"][0], headers["cseq"][0]
    except KeyError as missing:
        raise SipError(400, f"Missing {as_written(missing.args[0])}") from None
    message.via = parse_via(via)
    message.from_ = parse_address(from_, "From")
    message.to = parse_address(to, "To")
    # callid  =  word [ "@" word ]       (any visible character is widened)
    if not call_id or " " in call_id or "\t" in call_id or len(call_id) > MAX_CALL_ID:
        raise SipError(400, "Bad Call-ID")
    message.call_id = call_id
    # CSeq  =  "CSeq" HCOLON 1*DIGIT LWS Method
    number, _, method = sequence.partition(" ")
    if not (number.isdigit() and number.isascii()) or len(number) > 20:
        raise SipError(400, "Bad CSeq")
    message.cseq = cseq = int(number)
    if cseq > MAX_CSEQ:
        raise SipError(400, "CSeq Too Large")
    return method.strip(" \t")


def _salvage(request: Request) -> None:
    """Understand of a faulty request what an answer needs: the way back, and whether To has a tag."""
    headers = request.headers
    if request.via is _NOWHERE and "via" in headers:
        request.via = salvage_via(headers["via"][0]) or _NOWHERE
    if request.to is _NOBODY and "to" in headers:
        try:
            request.to = parse_address(headers["to"][0], "To")
        except SipError:
            return
