"""What was decoded is encoded to the same octets."""

import pytest

from registrar.h323 import ras
from tests.h323.vectors import CANONICAL, CAPTURED, Captured


@pytest.mark.parametrize("captured", CAPTURED, ids=str)
def test_every_captured_message_round_trips_byte_for_byte(captured: Captured) -> None:
    message = ras.decode(captured.octets)
    assert message.name == captured.message
    assert ras.encode(message) == captured.octets


@pytest.mark.parametrize("octets", CANONICAL, ids=range(len(CANONICAL)))
def test_every_random_message_in_canonical_form_round_trips_byte_for_byte(octets: bytes) -> None:
    assert ras.encode(ras.decode(octets)) == octets
