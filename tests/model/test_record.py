"""A record is what it says."""

import pytest

from registrar.model.flow import Flow, Listener, Transport
from registrar.model.policy import Protocol

LISTENER = Listener(Protocol.SIP, Transport.UDP, "127.0.0.1", 5060)
FLOW = Flow(LISTENER, ("192.0.2.1", 5060))


def test_records_that_say_the_same_are_equal_and_found_as_one() -> None:
    again = Flow(Listener(Protocol.SIP, Transport.UDP, "127.0.0.1", 5060), ("192.0.2.1", 5060), connection=0)
    assert again == FLOW
    assert len({again, FLOW}) == 1


@pytest.mark.parametrize(
    "other",
    [Flow(LISTENER, ("192.0.2.1", 5061)), Flow(LISTENER, ("192.0.2.1", 5060), 1), LISTENER, ("192.0.2.1", 5060), None],
)
def test_what_says_something_else_is_not_equal(other: object) -> None:
    assert other != FLOW


def test_a_changed_record_is_another_one() -> None:
    changed = FLOW._replace(connection=7)
    assert (changed.listener, changed.address, changed.connection) == (LISTENER, ("192.0.2.1", 5060), 7)
    assert FLOW.connection == 0


def test_nothing_is_changed_that_a_record_does_not_have() -> None:
    with pytest.raises(TypeError):
        FLOW._replace(port=1)


def test_a_record_is_written_with_its_names() -> None:
    assert repr(FLOW).startswith("Flow(")
    for part in (f"listener={LISTENER!r}", "address=('192.0.2.1', 5060)", "connection=0", "tls=None"):
        assert part in repr(FLOW)
