"""What was decoded is encoded to the same octets."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from registrar.h323 import ras
from tests.h323 import values
from tests.h323.values import ALTERNATIVES, messages
from tests.h323.vectors import CANONICAL, CAPTURED, Captured


@pytest.mark.parametrize("captured", CAPTURED, ids=str)
def test_every_captured_message_round_trips_byte_for_byte(captured: Captured) -> None:
    message = ras.decode(captured.octets)
    assert message.name == captured.message
    assert ras.encode(message) == captured.octets


@pytest.mark.parametrize("octets", CANONICAL, ids=range(len(CANONICAL)))
def test_every_random_message_in_canonical_form_round_trips_byte_for_byte(octets: bytes) -> None:
    assert ras.encode(ras.decode(octets)) == octets


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_whatever_a_message_of_the_kind_may_say_comes_back(alternative: str) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(messages(alternative))
    def comes_back(message: tuple[str, Any]) -> None:
        octets = ras.encode(message)
        decoded = ras.decode(octets)
        assert decoded == message
        assert ras.encode(decoded) == octets

    comes_back()


def test_values_made_at_random_come_back() -> None:
    for seed in range(40):
        for alternative in ALTERNATIVES:
            message = values.message(alternative, values.picker(seed))
            assert ras.decode(ras.encode(message)) == message, seed
