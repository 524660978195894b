"""Messages: from octets to requests and responses, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.sip.compose import build_request, reply
from registrar.sip.errors import SipError
from registrar.sip.header_lines import MAX_HEADERS, MAX_VALUE
from registrar.sip.message import Request, Response
from registrar.sip.parser import MAX_CALL_ID, parse_datagram
from tests.sip.road import REGISTER, octets, with_lines


def parsed(data: bytes) -> Request:
    message = parse_datagram(data)
    assert isinstance(message, Request)
    return message


def read(*lines: str) -> Request:
    return parsed(octets(with_lines(REGISTER, *lines)))


def fault(data: bytes) -> SipError:
    with pytest.raises(SipError) as raised:
        parse_datagram(data)
    return raised.value


def fault_with(*lines: str) -> str:
    return str(fault(octets(with_lines(REGISTER, *lines))))


# -- what is understood ---------------------------------------------------------------------------------------------


def test_a_request_in_its_parts() -> None:
    request = read("Content-Length: 0")
    assert (request.method, request.uri, request.call_id, request.cseq) == ("REGISTER", "sip:lab.example", "call-1", 1)
    assert (request.via.branch, request.from_.tag, request.to.uri) == ("z9hG4bK1", "phone", "sip:12345@lab.example")
    assert request.get("expires") == "3600"
    assert request.get("subject") is None
    assert request.all("subject") == []


def test_a_response_in_its_parts() -> None:
    text = REGISTER.replace("REGISTER sip:lab.example SIP/2.0", "sip/2.0 200 Très bien").replace(
        "1 REGISTER", "7 NOTIFY"
    )
    response = parse_datagram(octets(text))
    assert isinstance(response, Response)
    assert (response.status, response.phrase, response.method, response.cseq) == (200, "Très bien", "NOTIFY", 7)


def test_compact_names_and_names_in_any_case_are_the_same_headers() -> None:
    compact = REGISTER
    for long, short in (("Via", "v"), ("From", "F"), ("To", "t"), ("Call-ID", "i"), ("CSeq", "cseq"), ("Contact", "m")):
        compact = compact.replace(f"{long}:", f"{short}:")
    one, other = read(), parsed(octets(compact.replace("Content-Length:", "L :")))
    assert one.headers == other.headers


def test_folded_headers_are_unfolded() -> None:
    text = with_lines(REGISTER, "Subject: one", "From:").replace(
        "Subject: one", "From:\n\t<sip:12345@lab.example>\n ;tag\n  = phone\nSubject:   one\n \t two\n three  "
    )
    request = parsed(octets(text))
    assert request.from_.tag == "phone"
    assert [part for part in (request.get("subject") or "").split() if part] == ["one", "two", "three"]


def test_repeated_headers_keep_their_order() -> None:
    request = parsed(octets(with_lines(REGISTER) + "\nRoute: <sip:a>, <sip:b>\nY: 1\nroute:<sip:c>\ny:2"))
    assert request.all("route") == ["<sip:a>, <sip:b>", "<sip:c>"]
    assert request.all("y") == ["1", "2"]


@pytest.mark.parametrize("space", ["", " ", "\t", "   ", " \t "])
def test_white_space_around_the_colon_and_the_value_does_not_count(space: str) -> None:
    request = parsed(octets(REGISTER).replace(b"Call-ID: call-1", f"Call-ID{space}:{space}call-1{space}".encode()))
    assert request.call_id == "call-1"


def test_values_may_be_empty_or_hold_colons() -> None:
    request = parsed(octets(with_lines(REGISTER) + "\nSupported:\nY: a:b: c"))
    assert (request.get("supported"), request.get("y")) == ("", "a:b: c")


def test_octets_that_are_no_text_come_through_unchanged() -> None:
    data = octets(REGISTER).replace(b"Max-Forwards: 70", b"Subject: \xff\xfe \xc3\xa5")
    request = parsed(data)
    assert (request.get("subject") or "").encode("utf-8", "surrogateescape") == b"\xff\xfe \xc3\xa5"


def test_line_ends_before_the_message_are_skipped() -> None:
    assert parsed(b"\r\n\r\n" + octets(REGISTER)).call_id == "call-1"


@pytest.mark.parametrize(("length", "body"), [("0", b""), ("4", b"body"), ("2", b"bo")])
def test_octets_beyond_the_content_length_are_ignored(length: str, body: bytes) -> None:
    data = octets(with_lines(REGISTER, f"Content-Length: {length}")) + b"body"
    assert parsed(data).body == body


def test_without_content_length_a_datagram_is_all_body() -> None:
    assert parsed(octets(with_lines(REGISTER, "Content-Length:")) + b"body").body == b"body"


@pytest.mark.parametrize("sequence", ["7 REGISTER", "007  REGISTER", "7 \t REGISTER", "2147483647 REGISTER"])
def test_cseq_is_a_number_and_the_method(sequence: str) -> None:
    assert read(f"CSeq: {sequence}").cseq == int(sequence.split()[0])


def test_a_start_line_may_name_the_version_in_any_case() -> None:
    assert parsed(octets(REGISTER.replace("SIP/2.0\n", "sip/2.0\n", 1))).method == "REGISTER"


# -- what is not ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("Via:",), "400 Missing Via"),
        (("From:",), "400 Missing From"),
        (("To:",), "400 Missing To"),
        (("Call-ID:",), "400 Missing Call-ID"),
        (("CSeq:",), "400 Missing CSeq"),
        (("Via: x",), "400 Bad Via"),
        (("From: x",), "400 Bad From"),
        (("To: <sip:a@h",), "400 Bad To"),
        (("Call-ID: a b",), "400 Bad Call-ID"),
        ((f"Call-ID: {'x' * (MAX_CALL_ID + 1)}",), "400 Bad Call-ID"),
        (("CSeq: REGISTER",), "400 Bad CSeq"),
        (("CSeq: -1 REGISTER",), "400 Bad CSeq"),
        (("CSeq: 1.0 REGISTER",), "400 Bad CSeq"),
        (("CSeq: \u0667 REGISTER",), "400 Bad CSeq"),
        ((f"CSeq: {10**25} REGISTER",), "400 Bad CSeq"),
        (("CSeq: 2147483648 REGISTER",), "400 CSeq Too Large"),
        (("CSeq: 1",), "400 CSeq Method Differs"),
        (("CSeq: 1 register",), "400 CSeq Method Differs"),
        (("Content-Length: -1",), "400 Bad Content-Length"),
        (("Content-Length: +1",), "400 Bad Content-Length"),
        (("Content-Length: 1",), "400 Content-Length Beyond Datagram"),
        ((f"Content-Length: {10**90}",), "400 Content-Length Beyond Datagram"),
        ((f"X-Long: {'x' * (MAX_VALUE + 1)}",), "400 Oversized x-long"),
    ],
)
def test_a_malformed_header_is_named(lines: tuple[str, ...], words: str) -> None:
    assert fault_with(*lines) == words


@pytest.mark.parametrize(
    "name", ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Expires", "Content-Length", "Event"]
)
def test_a_field_with_one_value_is_there_once(name: str) -> None:
    text = with_lines(REGISTER, "Event: reg").strip()
    line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
    error = fault(octets(f"{text}\n{line}"))
    assert str(error) == f"400 Several {name}"
    assert error.close is (name == "Content-Length")


@pytest.mark.parametrize(
    "line", ["no colon", ": no name", "Bad Name: x", "Bäd: x", "(x): y", " folded before any header"]
)
def test_a_line_that_is_no_header_is_refused(line: str) -> None:
    start, rest = octets(REGISTER).split(b"\r\n", 1)
    error = fault(b"\r\n".join([start, line.encode(), rest]))
    assert str(error) == "400 Bad Header Line"
    assert error.request is not None
    assert error.request.call_id == ""


def test_headers_are_limited_in_number() -> None:
    text = with_lines(REGISTER) + "\nY: z" * (MAX_HEADERS - 9)
    assert parsed(octets(text)).all("y")
    assert str(fault(octets(text + "\nY: z"))) == "400 Too Many Headers"


def test_a_message_is_limited_in_size() -> None:
    with pytest.raises(SipError, match=r"^513 Message Too Large$"):
        parse_datagram(octets(REGISTER) + bytes(600), max_message=800)


def test_a_message_without_its_empty_line_is_answered_all_the_same() -> None:
    error = fault(octets(REGISTER).removesuffix(b"\r\n"))
    assert str(error) == "400 Missing Empty Line"
    assert error.request is not None
    assert error.request.call_id == "call-1"


@pytest.mark.parametrize(
    ("start", "words", "answered"),
    [
        ("REGISTER sip:lab.example SIP/3.0", "505 Version Not Supported", True),
        ("REGISTER sip:lab.example SIP/2.00", "505 Version Not Supported", True),
        ("REGISTER  sip:lab.example SIP/2.0", "400 Bad Request-Line", True),
        ("REGISTER sip:lab.example  SIP/2.0", "400 Bad Request-Line", True),
        (" REGISTER sip:lab.example SIP/2.0", "400 Bad Request-Line", True),
        ("REGISTER sip:lab.example SIP/2.0 ", "400 Bad Request-Line", True),
        ("REGISTER\tsip:lab.example SIP/2.0", "400 Bad Request-Line", True),
        ("REGISTER sip:lab.example; lr SIP/2.0", "400 Bad Request-Line", True),
        ("REGISTER <sip:lab.example> SIP/2.0", "400 Bad Request-URI", True),
        ("REGISTER sip:lab.example?a=b SIP/2.0", "400 Bad Request-URI", True),
        ("REGISTER x SIP/2.0", "400 Bad Request-URI", True),
        ("REGISTER sip:lab.example", "400 Bad Start Line", False),
        ("REGISTER SIP/2.0", "400 Bad Start Line", False),
        ("REGISTER sip:lab.example HTTP/1.1", "400 Bad Start Line", False),
        ("SIP/2.0 700 Beyond", "400 Bad Start Line", False),
        ("SIP/2.0 20 Too Short", "400 Bad Start Line", False),
        ("SIP/2.0 2000 Too Long", "400 Bad Start Line", False),
        ("SIP/2.0", "400 Bad Start Line", False),
        ("RE(GISTER sip:lab.example SIP/2.0", "400 Bad Method", False),
        ("RÉGISTER sip:lab.example SIP/2.0", "400 Bad Method", False),
    ],
)
def test_a_start_line_that_is_none(start: str, words: str, answered: bool) -> None:
    text = REGISTER.strip().partition("\n")[2].replace("1 REGISTER", f"1 {start.split()[0]}")
    error = fault(octets(f"{start}\n" + "\n".join(line.strip() for line in text.splitlines())))
    assert str(error) == words
    assert (error.request is not None) is answered


def test_nobody_answers_an_ack_or_a_request_without_a_way_back() -> None:
    ack = REGISTER.replace("REGISTER", "ACK")
    assert fault(octets(with_lines(ack, "From: x"))).request is None
    assert fault(octets(with_lines(REGISTER, "Via: nonsense"))).request is None
    assert fault(octets(with_lines(REGISTER, "From: x"))).request is not None


def test_a_response_that_is_malformed_is_nobodys_request() -> None:
    text = REGISTER.replace("REGISTER sip:lab.example SIP/2.0", "SIP/2.0 200 OK")
    assert fault(octets(with_lines(text, "CSeq: x"))).request is None


# -- nothing breaks out of its place --------------------------------------------------------------------------------


@pytest.mark.parametrize("octet", [b"\r", b"\n", b"\0"])
@pytest.mark.parametrize("name", [b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Contact", b"X-Own"])
def test_a_header_with_cr_lf_or_nul_is_refused_and_never_repeated(octet: bytes, name: bytes) -> None:
    start, rest = octets(with_lines(REGISTER, "X-Own: x")).split(b"\r\n", 1)
    data = start + b"\r\n" + rest.replace(name + b": ", name + b": a" + octet + b"Evil: yes ", 1)
    error = fault(data)
    assert str(error) == f"400 Bad {'x-own' if name == b'X-Own' else name.decode()}"
    if error.request is not None:
        assert b"Evil" not in reply(error.request, 400, "Bad", "tag")


@pytest.mark.parametrize("display", [b'"a\\\0b"', b'"\\"\\\0" ', b'"a\\\\\\\0" x'])
def test_a_nul_may_stand_in_a_quoted_pair(display: bytes) -> None:
    data = octets(REGISTER).replace(b"To: <", b"To: " + display.rstrip(b" x") + b" <")
    assert b"\0" in reply(parsed(data), 200, "OK", "tag")


@pytest.mark.parametrize("call_id", [b"a\\\0b", b'"a\0b"', b'"\\\0', b'a"\\"\\\0'])
def test_a_nul_outside_a_quoted_string_is_refused(call_id: bytes) -> None:
    error = fault(octets(REGISTER).replace(b"Call-ID: call-1", b"Call-ID: " + call_id))
    assert str(error) == "400 Bad Call-ID"


# -- what is written ------------------------------------------------------------------------------------------------


def test_an_answer_repeats_what_it_must() -> None:
    request = parsed(octets(with_lines(REGISTER) + "\nVia: SIP/2.0/UDP p1;branch=x, SIP/2.0/UDP p2\nv: SIP/2.0/TCP p3"))
    assert (
        reply(request, 404, "Not Found", "ours", [("Retry-After", "5")], b"body", ("10.0.0.9", 7))
        == octets(
            """\
        SIP/2.0 404 Not Found
        Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1;received=10.0.0.9
        Via: SIP/2.0/UDP p1;branch=x, SIP/2.0/UDP p2
        Via: SIP/2.0/TCP p3
        From: <sip:12345@lab.example>;tag=phone
        To: <sip:12345@lab.example>;tag=ours
        Call-ID: call-1
        CSeq: 1 REGISTER
        Retry-After: 5
        Content-Length: 4
        """
        )
        + b"body"
    )


def test_a_tag_that_is_there_stays() -> None:
    data = reply(read("To: <sip:12345@lab.example>;x=y;tag=theirs"), 200, "OK", "ours")
    assert b"To: <sip:12345@lab.example>;x=y;tag=theirs\r\n" in data


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\rb"])
def test_nothing_with_a_line_end_is_written(text: str) -> None:
    with pytest.raises(ValueError, match="CR or LF"):
        reply(read(), 200, "OK", "ours", [("Subject", text)])
    with pytest.raises(ValueError, match="CR or LF"):
        reply(read(), 200, text, "ours")
    with pytest.raises(ValueError, match="CR or LF"):
        build_request("NOTIFY", "sip:a", [(text, "x")])
    with pytest.raises(ValueError, match="spaces"):
        build_request("NOTIFY", "sip:a b", [])


values = (
    st.text(st.characters(exclude_categories=["Cc"], codec="utf-8"), min_size=1, max_size=30)
    .map(str.strip)
    .filter(bool)
)


@given(subject=values, body=st.binary(max_size=40), call_id=st.text("abc019.-@+*", min_size=1, max_size=40))
def test_a_request_that_was_written_reads_the_same(subject: str, body: bytes, call_id: str) -> None:
    headers = [
        ("Via", "SIP/2.0/UDP h;branch=x"),
        ("From", "<sip:a@h>"),
        ("To", "<sip:b@h>"),
        ("Call-ID", call_id),
        ("CSeq", "1 NOTIFY"),
        ("Subject", subject),
    ]
    request = parsed(build_request("NOTIFY", "sip:b@h", headers, body))
    assert (request.method, request.uri, request.call_id, request.body) == ("NOTIFY", "sip:b@h", call_id, body)
    assert request.get("subject") == subject.strip(" \t")
