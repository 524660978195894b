"""The codec and Erlang's, which is made from the ITU's text, take the same value for the same octets."""

from collections.abc import Iterator

import pytest

from registrar.h323 import ras
from tests.h323 import values
from tests.h323.oracle import Oracle
from tests.h323.values import ALTERNATIVES, fresh
from tests.h323.vectors import CANONICAL, CAPTURED, Captured

pytestmark = pytest.mark.interop("erl", "tests/h323/oracle/itu/H323-MESSAGES.asn")


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    oracle = Oracle()
    yield oracle
    oracle.close()


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_random_values_are_encoded_alike_and_decoded_alike(oracle: Oracle, alternative: str) -> None:
    for seed in range(60):
        message = values.message(alternative, values.picker(seed), without=["certProtectedKey"])
        octets = ras.encode(message)
        assert oracle.ask("RasMessage", octets, message) == (octets.hex(), "same"), (seed, message)


def test_what_erlang_made_at_random_means_the_same_to_both(oracle: Oracle) -> None:
    # Some of its random signed tokens hold octets that are no token, which Erlang itself does not decode.
    messages = {octets: ras.decode(octets) for octets in CANONICAL}
    known = {octets: message for octets, message in messages.items() if "toBeSigned" not in repr(message)}
    assert len(known) > 20
    for octets, message in known.items():
        assert oracle.ask("RasMessage", octets, message) == (octets.hex(), "same")


@pytest.mark.parametrize("captured", CAPTURED, ids=str)
def test_a_captured_message_means_the_same_to_both(oracle: Oracle, captured: Captured) -> None:
    message = ras.decode(captured.octets)
    canonical = ras.encode(fresh(message))
    assert oracle.ask("RasMessage", captured.octets, message) == (canonical.hex(), "same")
