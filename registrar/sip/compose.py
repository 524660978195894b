"""SIP messages written: responses from requests, and requests (RFC 3261 sections 7, 8.1.1 and 8.2.6)."""

from collections.abc import Iterable

from registrar.model.flow import Address
from registrar.sip.message import Request
from registrar.sip.via import answered


def reply(
    request: Request,
    status: int,
    phrase: str,
    to_tag: str,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    received: Address | None = None,
) -> bytes:
    """Return a response (RFC 3261 section 8.2.6.2): the request's Via, From, To, Call-ID and CSeq, then ``headers``.

    ``to_tag`` is added to To when that has no tag yet. ``received`` is where the request came from: the topmost Via
    tells it as RFC 3581 says. Raises ``ValueError`` when ``phrase`` or one of the headers' values holds CR or LF; the
    request's hold none.
    """
    vias, sequence = request.vias, request.sequence
    known = request.known
    if known.echoed != to_tag:
        known.echo, known.echoed = _echo(request, to_tag), to_tag
    via = vias[0] if received is None else answered(request.via, received)
    if len(vias) > 1:
        via += "".join([f"\r\nVia: {value}" for value in vias[1:]])
    added = f"CSeq: {sequence}\r\n" if sequence is not None else ""
    for name, value in headers:
        if "\n" in value or "\r" in value:
            raise ValueError(f"CR or LF in {name}")
        added += f"{name}: {value}\r\n"
    if "\n" in phrase or "\r" in phrase:
        raise ValueError("CR or LF in the phrase")
    text = f"SIP/2.0 {status} {phrase}\r\nVia: {via}\r\n{known.echo}{added}Content-Length: {len(body)}\r\n\r\n"
    return text.encode("utf-8", "surrogateescape") + body if body else text.encode("utf-8", "surrogateescape")


def _echo(request: Request, to_tag: str) -> str:
    sent = request.headers
    lines = []
    if "from" in sent:
        lines.append(f"From: {sent['from'][0]}\r\n")
    if "to" in sent:
        lines.append(f"To: {sent['to'][0]}\r\n" if request.to.tag else f"To: {sent['to'][0]};tag={to_tag}\r\n")
    if "call-id" in sent:
        lines.append(f"Call-ID: {sent['call-id'][0]}\r\n")
    return "".join(lines)


def build_request(method: str, uri: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> bytes:
    """Return a request's octets; Content-Length is added. Raises ``ValueError`` for CR, LF, or a space in the URI."""
    if " " in uri or " " in method:
        raise ValueError("a request line holds no further spaces")
    lines = [f"{method} {uri} SIP/2.0", *[f"{name}: {value}" for name, value in headers]]
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    return _octets("\r\n".join(lines), len(lines) + 1, body)


def _octets(text: str, breaks: int, body: bytes) -> bytes:
    """The octets of a message. Raises ``ValueError`` when its head has other line ends than the ``breaks`` it needs."""
    if text.count("\n") != breaks or text.count("\r") != breaks:
        raise ValueError("CR or LF inside a header")
    return text.encode("utf-8", "surrogateescape") + body
