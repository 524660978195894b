"""A head that repeats another means what it means alone, whatever was heard before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.sip import parser
from registrar.sip.errors import SipError
from registrar.sip.message import Request
from registrar.sip.parser import parse_head
from registrar.sip.repeated import KEPT, MAX_HEAD, Remembered, take_apart

HEAD = """REGISTER sip:lab.example SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport
From: <sip:12345@lab.example>;tag=1
To: <sip:12345@lab.example>
Call-ID: call
CSeq: 1 REGISTER
Contact: <sip:12345@192.0.2.1>
Authorization: Digest username="12345"
Content-Length: 0"""


def understood(parse: Any, head: str) -> object:
    """All that a parsed head says, or what is wrong with it."""
    try:
        found = parse(head)
    except SipError as error:
        return error.status, error.phrase, error.close, error.request is not None
    return [getattr(found, name) for name in ("method", "uri", "headers", "via", "from_", "to", "call_id", "cseq")]


def with_memory(head: str) -> object:
    return understood(lambda text: parse_head(text.encode("utf-8", "surrogateescape")), head)


def anew(head: str) -> object:
    return understood(parser._parse_anew, head)


@pytest.fixture(autouse=True)
def _nothing_heard_before() -> None:
    parser._REMEMBERED.forget()


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def test_what_changes_from_request_to_request_is_cut_out() -> None:
    first = take_apart(crlf(HEAD))
    assert first is not None
    repeated, *cut_out = first
    assert cut_out == ["SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport", "1", 'Digest username="12345"']
    challenged = crlf(HEAD).replace('Authorization: Digest username="12345"\r\n', "").replace("CSeq: 1 ", "CSeq: 77 ")
    other = take_apart(challenged)
    assert other is not None
    assert other[0] == repeated
    assert other[3] is None


def test_credentials_and_branch_are_not_remembered() -> None:
    parse_head(crlf(HEAD).encode())
    repeated = take_apart(crlf(HEAD))
    assert repeated is not None
    known = parser._REMEMBERED.get(repeated[0])
    assert known is not None
    said = " ".join([str(getattr(known, name)) for name in dir(known) if not name.startswith("_")])
    assert "sip:12345@192.0.2.1" in said
    assert not [secret for secret in ("z9hG4bK1", "1 REGISTER", "Digest") if secret in said]


def test_what_is_known_of_the_repeated_part_is_shared_and_the_rest_is_not() -> None:
    first = parse_head(crlf(HEAD).encode())
    again = parse_head(crlf(HEAD).replace("z9hG4bK1", "z9hG4bK2").replace("CSeq: 1 ", "CSeq: 2 ").encode())
    assert isinstance(first, Request)
    assert isinstance(again, Request)
    assert again.known is first.known
    assert (again.via.branch, again.cseq, again.headers["cseq"]) == ("z9hG4bK2", 2, ["2 REGISTER"])
    assert (first.via.branch, first.cseq) == ("z9hG4bK1", 1)


def test_a_terminal_that_speaks_from_elsewhere_is_understood_by_what_it_said_before() -> None:
    first = parse_head(crlf(HEAD).encode())
    moved = crlf(HEAD).replace("192.0.2.1:5060", "192.0.2.9:40001").replace("z9hG4bK1", "z9hG4bK2")
    again = parse_head(moved.encode())
    assert isinstance(first, Request)
    assert isinstance(again, Request)
    assert again.known is first.known
    assert (again.via.host, again.via.port, again.via.branch) == ("192.0.2.9", 40001, "z9hG4bK2")
    assert (first.via.host, first.via.port) == ("192.0.2.1", 5060)
    assert understood(lambda _: again, "") == anew(moved)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=12))
def test_a_copy_never_counts_up_whatever_came_between(numbers: list[int]) -> None:
    parser._REMEMBERED.forget()
    for place, number in enumerate(numbers):
        request = parse_head(crlf(HEAD).replace("CSeq: 1 ", f"CSeq: {number} ").encode())
        assert isinstance(request, Request)
        heard = numbers[:place]
        assert request.counted_up == (bool(heard) and number > max(heard))


CHANGES = [
    ("192.0.2.1:5060", "192.0.2.9"),
    ("192.0.2.1:5060", "192.0.2.9 :40001"),
    ("192.0.2.1:5060", "[2001:db8::1]:40001"),
    ("192.0.2.1:5060", "192.0.2.9\0"),
    ("192.0.2.1:5060", "192.0.2.9:40001;received=192.0.2.8"),
    ("UDP 192.0.2.1:5060", "TLS  192.0.2.9:40001"),
    ("UDP 192.0.2.1:5060", "TLS ;;"),
    ("Via: SIP", "Via:  SIP"),
    ("rport\r\n", "rport \r\n"),
    ("rport\r\n", "rport\r\n \r\n"),
    ("rport\r\n", "rport, SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK7\r\n"),
    ("z9hG4bK1;rport", "z9hG4bK2"),
    ("branch=z9hG4bK1;rport", "rport;branch=z9hG4bK3"),
    ("branch=z9hG4bK1;rport", "rport;branch=z9hG4bK3;rport"),
    (":5060;branch", ":99999;branch"),
    (":5060;branch", ":40404;branch"),
    (";rport", ";"),
    ("z9hG4bK1;rport", "z9hG4bK 1;rport"),
    ("z9hG4bK1;rport", "z9hG4bK1\0;rport"),
    ("z9hG4bK1;rport", "z9hG4bKä;rport"),
    ("z9hG4bK1;rport", ";rport"),
    ("z9hG4bK1;rport", "z9hG4bK1, SIP/2.0/UDP h;branch=z9hG4bK2"),
    ("z9hG4bK1;rport", "z9hG4bK-.!%*_+`'~1;rport"),
    (";branch=z9hG4bK1", ';x=";branch=z9hG4bK1"'),
    (";branch=z9hG4bK1", ';x=";branch=y";branch=z9hG4bK1'),
    (";branch=z9hG4bK1", ";branch=z9hG4bK1;received=192.0.2.7"),
    (";branch=z9hG4bK1", ";BRANCH=z9hG4bK1"),
    ("CSeq: 1 ", "CSeq: \u0661 "),
    ("CSeq: 1 ", "CSeq: +1 "),
    ("CSeq: 1 ", "CSeq: 1_0 "),
    ("CSeq: 1 ", "CSeq: 007 "),
    ("CSeq: 1 ", "CSeq: 1  "),
    ("CSeq: 1 REGISTER", "CSeq: 1 register"),
    ("z9hG4bK1;rport", "z9hG4bK1;rport\r\n ;x=y"),
    ("CSeq: 1 ", "CSeq: 2147483648 "),
    ("CSeq: 1 ", "CSeq: 2147483647 "),
    ("CSeq: 1 REGISTER", "CSeq: 3 REGISTER\r\n \t"),
    ("CSeq: 1 REGISTER", "CSeq: 3 OPTIONS"),
    ("CSeq: 1 REGISTER", "CSeq: 3\r\n REGISTER"),
    ("CSeq: 1 ", "CSeq: x "),
    ('Authorization: Digest username="12345"\r\n', ""),
    ('username="12345"', 'username="54321"'),
    ('username="12345"', 'username="1\0"'),
    ('username="12345"', 'username="1\r2"'),
    ('username="12345"', 'username="1\n2"'),
    ('username="12345"', 'username="1"\r\n , realm="x"'),
    ("Content-Length: 0", "Content-Length: 0\r\nauthorization: Digest x"),
    ("Content-Length: 0", "Content-Length: 0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK9"),
    ("Content-Length: 0", "Content-Length: 0\r\nCSeq: 9 REGISTER"),
    ("From: <sip:12345@lab.example>;tag=1", "From: <sip:12345@lab.example>;tag=2"),
    ("Call-ID: call", "Call-ID: other"),
    ("REGISTER sip:lab.example", "REGISTER sip:other.example"),
    ("Contact:", "m:"),
    ("Via:", "v:"),
    ("\r\nVia:", "\r\nSubject: x\r\nVia:"),
]


@given(st.lists(st.sets(st.sampled_from(range(len(CHANGES))), max_size=3), min_size=1, max_size=6))
def test_a_head_means_the_same_whatever_was_heard_before(changes: list[set[int]]) -> None:
    parser._REMEMBERED.forget()
    for chosen in changes:
        head = crlf(HEAD)
        for number in sorted(chosen):
            head = head.replace(*CHANGES[number])
        assert with_memory(head) == anew(head)
        assert with_memory(head) == anew(head)


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_each_change_means_the_same_after_the_usual_head_and_again(number: int) -> None:
    with_memory(crlf(HEAD))
    head = crlf(HEAD).replace(*CHANGES[number])
    assert with_memory(head) == anew(head)
    assert with_memory(head) == anew(head)


def test_long_heads_are_not_remembered() -> None:
    assert take_apart(crlf(HEAD) + "\r\nSubject: " + "x" * MAX_HEAD) is None


def test_what_is_remembered_is_bounded_in_number_and_in_characters() -> None:
    few: Remembered[int] = Remembered(kept=10)
    for number in range(100):
        few.put(str(number), number)
    assert len(few) <= 10
    assert few.get("99") == 99
    assert few.get("0") is None
    short: Remembered[int] = Remembered(characters=1000)
    for number in range(100):
        short.put(f"{number:0100}", number)
    assert len(short) <= 12


def test_a_fleet_of_half_of_what_is_kept_comes_round_without_one_being_forgotten() -> None:
    memory: Remembered[int] = Remembered()
    fleet = [f"phone {number}" for number in range(KEPT // 2)]
    for number, phone in enumerate(fleet):
        memory.put(phone, number)
    for _ in range(3):
        assert [memory.get(phone) for phone in fleet] == list(range(KEPT // 2))


def test_what_is_met_again_stays() -> None:
    memory: Remembered[str] = Remembered(kept=10)
    memory.put("phone", "known")
    for number in range(100):
        memory.put(str(number), "")
        assert memory.get("phone") == "known"
