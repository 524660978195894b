"""What ends with a connection, and that nothing is left of what was removed."""

from typing import Any

import pytest

from registrar.core.flows import Flows
from registrar.model.binding import Binding
from tests.lab import TCP_5060, flow
from tests.sip.road import binding


def over(connection: int, **more: Any) -> Binding:
    known: dict[str, Any] = {"instance": "<urn:uuid:1>", "reg_id": 1, "flow": flow(TCP_5060, connection=connection)}
    return binding(**(known | more))


def test_bindings_are_found_by_their_connection_once() -> None:
    flows = Flows()
    for one in (over(1), over(1, reg_id=2), over(2, reg_id=3)):
        flows.add(one)
    assert flows.take(1) == {over(1).key, over(1, reg_id=2).key}
    assert flows.take(1) == set()
    assert flows.take(2) == {over(2, reg_id=3).key}


@pytest.mark.parametrize(
    "more", [{"reg_id": 0}, {"instance": ""}, {"path": ("<sip:edge.example;ob>",)}, {"flow": flow()}]
)
def test_other_bindings_end_with_no_connection(more: dict[str, Any]) -> None:
    flows = Flows()
    flows.add(over(1, **more))
    assert len(flows) == 0


def test_what_was_removed_leaves_nothing_behind() -> None:
    flows = Flows()
    for reg_id in range(1, 100):
        flows.add(over(1, reg_id=reg_id))
        flows.remove(over(1, reg_id=reg_id))
        flows.remove(over(1, reg_id=reg_id))
    assert len(flows) == 0
    assert flows._connections == {}


def test_a_binding_that_moved_is_with_its_new_connection_only() -> None:
    flows = Flows()
    flows.add(over(1))
    flows.remove(over(1))
    flows.add(over(2))
    assert (flows.take(1), flows.take(2)) == (set(), {over(2).key})
