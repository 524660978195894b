"""RIP to what nobody looked at: it says the request's own number, and is smaller than any."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.h323.overload import DELAY, come_again
from registrar.h323.ras import decode, encode
from tests.h323.values import messages
from tests.h323.vectors import CAPTURED, Captured

ASKED = ("gatekeeperRequest", "registrationRequest")


def told(octets: bytes) -> Any:
    name, value = decode(octets)
    assert name == "requestInProgress"
    assert value["delay"] == DELAY < 1000
    return value["requestSeqNum"]


@pytest.mark.parametrize("captured", [each for each in CAPTURED if each.message in ASKED], ids=str)
def test_what_real_endpoints_ask_is_in_progress(captured: Captured) -> None:
    assert told(come_again(captured.octets)) == decode(captured.octets).value["requestSeqNum"]


@given(st.one_of(*map(messages, ASKED)))
def test_whatever_is_in_a_request_its_number_is_found(message: tuple[str, Any]) -> None:
    octets = encode(message)
    assert told(come_again(octets)) == message[1]["requestSeqNum"]
    assert len(come_again(octets)) < len(octets)


@pytest.mark.parametrize("captured", [each for each in CAPTURED if each.message not in ASKED], ids=str)
def test_nothing_else_is_told_to_come_again(captured: Captured) -> None:
    assert come_again(captured.octets) == b""


@given(st.binary(max_size=64))
def test_junk_is_told_little_and_never_an_error(junk: bytes) -> None:
    assert len(come_again(junk)) <= len(junk)
