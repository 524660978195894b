"""From octets to requests and responses (RFC 3261 sections 7 and 25.1).

Octets are text in UTF-8; those that are not come through unchanged as lone surrogates (PEP 383).
"""

import re
from typing import Final

from registrar.sip.abnf import TOKEN
from registrar.sip.address import parse_address
from registrar.sip.errors import SipError
from registrar.sip.header_lines import MAX_VALUE, Headers, leave_out_bad_values, read_headers
from registrar.sip.message import NO_VALUES, NOBODY, NOWHERE, UNKNOWN, Known, Message, Request, Response, answerable
from registrar.sip.names import as_written
from registrar.sip.repeated import Remembered, take_apart
from registrar.sip.uri import is_request_uri
from registrar.sip.via import parse_via, salvage_via, sender_of

MAX_MESSAGE: Final = 65535
"""Octets in a message."""
MAX_CALL_ID: Final = 1024
"""Characters in a Call-ID: what remembers calls by it stays small. Phones send fewer than 100."""
MAX_CSEQ: Final = 2**31 - 1
"""RFC 3261 section 8.1.1.5."""

_METHOD: Final = re.compile(TOKEN)
# Status-Line  =  SIP-Version SP Status-Code SP Reason-Phrase CRLF
_STATUS_LINE: Final = re.compile(r"SIP/2\.0 ([1-6][0-9]{2}) (.*)", re.IGNORECASE | re.ASCII | re.DOTALL)
_VERSION: Final = re.compile(r"SIP/[0-9]+\.[0-9]+", re.IGNORECASE | re.ASCII)


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


def content_length(message: Request | Response) -> int | None:
    """Return the Content-Length, ``None`` when there is none. Raises ``SipError`` 400 with ``close``."""
    if isinstance(message, Response):
        return _content_length(message)
    length = message.known.length
    if length == UNKNOWN:
        found = _content_length(message)
        length = message.known.length = -1 if found is None else found
    return length if length >= 0 else None


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
    known = _REMEMBERED.get(repeated)
    again = _said_again(known, via, number, authorization) if known is not None else None
    if again is not None:
        return again
    message = _parse_anew(text)
    if isinstance(message, Request):
        _remember(message, repeated, number, 0 if authorization is None else 1)
    return message


_REMEMBERED: Final[Remembered[Known]] = Remembered()


def _said_again(known: Known, via: str, number: str, authorization: str | None) -> Request | None:
    """Return the request that differs from those before in Via, CSeq and credentials alone, if these are right."""
    sender = known.sender = sender_of(via, known.sender)
    topmost = sender.via(via) if sender is not None else None
    cseq = int(number)
    if topmost is None or cseq > MAX_CSEQ:
        return None
    method = known.method
    given = NO_VALUES if authorization is None else [authorization]
    request = Request(method, known.uri, known, [via], f"{number} {method}", given)
    request.via = topmost
    request.from_ = known.from_
    request.to = known.to
    request.call_id = known.call_id
    request.cseq = cseq
    if cseq > known.counted:
        known.counted = cseq
        request.counted_up = True
    return request


def _remember(request: Request, repeated: str, number: str, credentials: int) -> None:
    """Remember a request, unless it has a second Via or more ``credentials`` than were cut out, or an odd CSeq."""
    if len(request.vias) > 1 or len(request.authorization) != credentials:
        return
    if request.sequence != f"{number} {request.method}":
        return
    known = request.known
    known.text, known.counted = repeated, request.cseq
    known.method, known.uri, known.call_id = request.method, request.uri, request.call_id
    known.from_, known.to = request.from_, request.to
    _REMEMBERED.put(repeated, known)


def _parse_anew(text: str) -> Request | Response:
    lines = text.split("\r\n")
    headers, fault = read_headers(lines)
    unbroken = text.replace("\r\n", "")
    if "\r" in unbroken or "\n" in unbroken or "\0" in unbroken or len(text) > MAX_VALUE:
        fault = leave_out_bad_values(headers) or fault
    start = lines[0].split(" ")
    if len(start) == 3 and start[2] == "SIP/2.0":
        return _request(start[0], start[1], headers, fault)
    match = _STATUS_LINE.fullmatch(lines[0])
    if match is not None:
        return _response(int(match[1]), match[2], headers, fault)
    method, uri, odd = _odd_request_line(lines[0])
    return _request(method, uri, headers, odd or fault)


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
    vias, authorization = headers.get("via", NO_VALUES), headers.get("authorization", NO_VALUES)
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
        understood = request.via is not NOWHERE and _METHOD.fullmatch(method)
        error.request = answerable(request) if understood else None
        raise
    return request


def _response(status: int, phrase: str, headers: Headers, fault: SipError | None) -> Response:
    response = Response(status, phrase, headers)
    if fault is not None:
        raise fault
    response.method = _understand(response)
    return response


def _understand(message: Message) -> str:
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
    if request.via is NOWHERE and "via" in headers:
        request.via = salvage_via(headers["via"][0]) or NOWHERE
    if request.to is NOBODY and "to" in headers:
        try:
            request.to = parse_address(headers["to"][0], "To")
        except SipError:
            return
