"""Messages on a stream: where one ends and the next begins, whatever pieces they come in."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.sip.errors import SipError
from registrar.sip.framing import KeepAlive, StreamParser
from registrar.sip.message import Request, Response
from tests.sip.road import REGISTER, octets, with_lines

Item = Request | Response | KeepAlive | SipError


def message(call_id: str = "call-1", body: bytes = b"", *lines: str) -> bytes:
    return octets(with_lines(REGISTER, f"Call-ID: {call_id}", f"Content-Length: {len(body)}", *lines)) + body


def seen(item: Item) -> object:
    """What an item is, to compare by."""
    if isinstance(item, SipError):
        return str(item)
    return "keep-alive" if isinstance(item, KeepAlive) else (item.call_id, item.body)


def all_of(*pieces: bytes, parser: StreamParser | None = None) -> list[object]:
    parser = parser or StreamParser()
    return [seen(item) for piece in pieces for item in parser.feed(piece)]


STREAM = [
    (message("first"), ("first", b"")),
    (message("second", b"a body\r\n\r\nwith line ends"), ("second", b"a body\r\n\r\nwith line ends")),
    (b"\r\n\r\n", "keep-alive"),
    (message("third", b"x", "From: <sip:a"), "400 Bad From"),
    (b"\r\n", None),
    (octets(with_lines(REGISTER, "l: 4", "Content-Length:", "Call-ID: compact")) + b"four", ("compact", b"four")),
    (message("last", b"\r\n"), ("last", b"\r\n")),
]
EXPECTED = [item for _, item in STREAM if item is not None]
OCTETS = b"".join(data for data, _ in STREAM)


def test_a_stream_in_one_piece() -> None:
    assert all_of(OCTETS) == EXPECTED


def test_a_stream_octet_by_octet() -> None:
    assert all_of(*(bytes([octet]) for octet in OCTETS)) == EXPECTED


@given(st.lists(st.integers(0, len(OCTETS)), max_size=12))
def test_a_stream_cut_anywhere(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(OCTETS)]
    assert all_of(*(OCTETS[start:end] for start, end in pairwise(places))) == EXPECTED


@pytest.mark.parametrize(
    ("pieces", "items"),
    [
        ([b"\r\n\r\n"], ["keep-alive"]),
        ([b"\r\n", b"\r\n"], ["keep-alive"]),
        ([b"\r", b"\n\r", b"\n"], ["keep-alive"]),
        ([b"\r\n\r\n\r\n\r\n"], ["keep-alive", "keep-alive"]),
        ([b"\r\n"], []),
        ([b"\r\n", message()], [("call-1", b"")]),
        ([b"\r\n\r\n\r\n", message()], ["keep-alive", ("call-1", b"")]),
        ([b"\r\n\r", b"x"], ["400 Bad Start Line"]),
        ([b"\rx"], ["400 Bad Start Line"]),
    ],
)
def test_a_double_line_end_between_messages_is_a_keep_alive(pieces: list[bytes], items: list[object]) -> None:
    assert all_of(*pieces) == items


@pytest.mark.parametrize(
    ("data", "waits"),
    [
        (b"", False),
        (b"\r", False),
        (b"\r\n", False),
        (b"R", True),
        (b"\r\nR", True),
        (message(body=b"body")[:-1], True),
        (message(body=b"body"), False),
        (message() + b"REG", True),
    ],
)
def test_a_message_that_began_is_waited_for(data: bytes, waits: bool) -> None:
    parser = StreamParser()
    parser.feed(data)
    assert parser.waiting is waits


# -- lengths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("Content-Length:",), "400 Missing Content-Length"),
        (("Content-Length: x",), "400 Bad Content-Length"),
        (("Content-Length: -1",), "400 Bad Content-Length"),
        (("Content-Length: 4, 4",), "400 Bad Content-Length"),
        (("Content-Length: 65536",), "513 Message Too Large"),
        ((f"Content-Length: {10**100}",), "513 Message Too Large"),
        (("From: x", "Content-Length:"), "400 Missing Content-Length"),
        (("From: x", "Content-Length: 99999999999"), "400 Missing Content-Length"),
        (("Subject: CR",), "400 Bad Subject"),
    ],
)
def test_where_the_framing_is_lost_nothing_further_is_read(lines: tuple[str, ...], words: str) -> None:
    parser = StreamParser()
    data = octets(with_lines(REGISTER, *lines)).replace(b"CR", b"a\rb") + message("next")
    (error,) = parser.feed(data)
    assert isinstance(error, SipError)
    assert (str(error), error.close, error.request is not None) == (words, True, True)
    assert parser.closed
    assert parser.feed(message("next")) == []
    assert not parser.waiting


def test_several_content_lengths_lose_the_framing() -> None:
    (error,) = StreamParser().feed(octets(with_lines(REGISTER) + "\nl: 0"))
    assert isinstance(error, SipError)
    assert (str(error), error.close) == ("400 Several Content-Length", True)


def test_a_message_may_be_as_large_as_the_limit_and_no_larger() -> None:
    whole = message(body=bytes(100))
    assert all_of(whole, parser=StreamParser(len(whole))) == [("call-1", bytes(100))]
    assert all_of(whole, parser=StreamParser(len(whole) - 1)) == ["513 Message Too Large"]


def test_a_head_that_does_not_end_is_buffered_no_further_than_the_limit() -> None:
    parser = StreamParser(1000)
    assert all_of(b"REGISTER " + b"x" * 991, parser=parser) == []
    assert all_of(b"x", parser=parser) == ["513 Message Too Large"]
    assert len(parser._buffer) == 0


def test_a_large_head_in_small_pieces_is_searched_once() -> None:
    """Some milliseconds; hours if every piece had the whole buffer searched or copied again."""
    parser = StreamParser()
    data = message("large", bytes(60_000), *[f"X{n}: {'y' * 400}" for n in range(9)])
    found = [item for octet in data for item in parser.feed(bytes([octet]))]
    assert len(found) == 1


# -- noise ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"\x16\x03\x01", b"\0", b" REGISTER", b"\n", b"<xml>", b"\xff", b"{}"])
def test_what_cannot_become_sip_is_known_by_its_first_octet(data: bytes) -> None:
    assert all_of(data) == ["400 Bad Start Line"]


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"hello\r\n\r\n"])
def test_what_has_another_start_line_ends_the_stream_unanswered(data: bytes) -> None:
    (error,) = StreamParser().feed(data)
    assert isinstance(error, SipError)
    assert (error.request, error.close) == (None, True)


def test_an_answer_is_framed_like_a_request() -> None:
    data = message("answer", b"ok").replace(b"REGISTER sip:lab.example SIP/2.0", b"SIP/2.0 200 OK")
    (response,) = StreamParser().feed(data)
    assert isinstance(response, Response)
    assert (response.status, response.body) == (200, b"ok")


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_any_octets_are_messages_or_faults(pieces: list[bytes]) -> None:
    parser = StreamParser(max_message=60)
    for piece in pieces:
        for item in parser.feed(piece):
            assert isinstance(item, Request | Response | KeepAlive | SipError)
        assert len(parser._buffer) <= 60 + 40
