"""Retransmissions are answered from memory, and only those."""

import pytest

from registrar.model.flow import Address
from registrar.sip.transactions import transaction_key
from tests.sip.road import REGISTER, request, with_lines

PHONE: Address = ("127.0.0.1", 40000)


def same_transaction(*lines: str, source: Address = PHONE, first: str = REGISTER) -> bool:
    other = request(with_lines(first, *lines))
    return transaction_key(request(first), PHONE) == transaction_key(other, source)


def test_a_copy_belongs_to_the_transaction() -> None:
    assert same_transaction()


@pytest.mark.parametrize(
    "line",
    [
        "Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK2",
        "Via: SIP/2.0/UDP 127.0.0.2:40000;branch=z9hG4bK1",
        "Via: SIP/2.0/UDP 127.0.0.1:40001;branch=z9hG4bK1",
        "Call-ID: call-2",
        "CSeq: 2 REGISTER",
    ],
)
def test_another_request_does_not(line: str) -> None:
    assert not same_transaction(line)


def test_the_same_words_from_another_source_are_another_request() -> None:
    assert not same_transaction(source=("127.0.0.1", 40001))


def test_another_method_is_another_request() -> None:
    options = request(REGISTER.replace("REGISTER", "OPTIONS"))
    assert transaction_key(request(REGISTER), PHONE) != transaction_key(options, PHONE)


@pytest.mark.parametrize("branch", ["", ";branch=1", ";branch=z9hG4bK"])
@pytest.mark.parametrize(
    "line",
    [
        "From: <sip:12345@lab.example>;tag=other",
        "To: <sip:54321@lab.example>",
        "Call-ID: call-2",
        "CSeq: 2 REGISTER",
        "Via: SIP/2.0/UDP 127.0.0.1:40009",
    ],
)
def test_where_the_branch_is_not_unique_the_rest_tells_requests_apart(branch: str, line: str) -> None:
    old = with_lines(REGISTER, f"Via: SIP/2.0/UDP 127.0.0.1:40000{branch}")
    assert same_transaction(first=old)
    assert not same_transaction(line, first=old)
    other_target = request(old.replace("sip:lab.example", "sip:127.0.0.1", 1))
    assert transaction_key(request(old), PHONE) != transaction_key(other_target, PHONE)
