"""Sources take turns: one that floods delays itself, and memory is bounded."""

import asyncio
import socket

import pytest

from registrar.servers import turns, udp
from registrar.servers.turns import Turns
from tests.servers.sockets.test_udp import SECONDS, Port


def test_each_source_has_its_turn_and_keeps_its_own_order() -> None:
    waiting = Turns()
    for number in range(3):
        waiting.put(b"a%d" % number, ("10.0.0.1", number))
    waiting.put(b"b0", ("10.0.0.2", 1))
    waiting.put(b"b1", ("10.0.0.2", 2))
    taken = []
    while waiting:
        taken.append(waiting.take()[0])
    assert taken == [b"a0", b"b0", b"a1", b"b1", b"a2"]


def test_ports_of_one_address_are_one_source() -> None:
    waiting = Turns()
    for port in range(100):
        waiting.put(b"flood", ("10.0.0.1", port))
    waiting.put(b"phone", ("10.0.0.2", 5060))
    assert b"phone" in [waiting.take()[0] for _ in range(2)]


@pytest.mark.parametrize(("limit", "size"), [("SOURCE_DATAGRAMS", 1), ("SOURCE_OCTETS", 10), ("OCTETS", 10)])
def test_what_does_not_fit_is_dropped_and_there_is_room_again(
    monkeypatch: pytest.MonkeyPatch, limit: str, size: int
) -> None:
    monkeypatch.setattr(turns, limit, 50)
    drops: list[None] = []
    waiting = Turns(dropped=lambda: drops.append(None))
    for _ in range(100):
        waiting.put(b"x" * size, ("10.0.0.1", 1))
    kept = 50 // size
    assert len(drops) == 100 - kept
    for _ in range(kept):
        waiting.take()
    assert not waiting
    assert (waiting._of_strangers.octets, waiting._of_strangers.queues) == (0, {})


def test_sources_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SOURCES", 10)
    drops: list[None] = []
    waiting = Turns(dropped=lambda: drops.append(None))
    for source in range(100):
        waiting.put(b"x", (f"10.0.0.{source}", 1))
    assert (len(waiting._of_strangers.queues), len(drops)) == (10, 90)
    assert waiting.take()[1][0] == "10.0.0.90", "what has waited longest makes room"


def test_whoever_is_known_has_half_of_the_turns_however_many_strangers_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "SOURCES", 10)
    waiting = Turns(known={"10.0.0.1", "10.0.0.2"})
    for source in range(1000):
        waiting.put(b"flood", (f"10.1.{source // 250}.{source % 250}", 1))
    waiting.put(b"phone", ("10.0.0.1", 1))
    for number in range(4):
        waiting.put(b"phone %d" % number, ("10.0.0.2", 1))
    taken = [waiting.take()[0] for _ in range(10)]
    assert taken[1::2] == [b"phone", b"phone 0", b"phone 1", b"phone 2", b"phone 3"]
    assert taken[::2] == [b"flood"] * 5


def test_a_liar_in_the_name_of_somebody_known_delays_nobody_else_who_is_known() -> None:
    waiting = Turns(known={"10.0.0.1", "10.0.0.2"})
    for _ in range(1000):
        waiting.put(b"flood", ("10.0.0.1", 1))
    waiting.put(b"phone", ("10.0.0.2", 1))
    assert b"phone" in [waiting.take()[0] for _ in range(2)]


async def test_a_phone_is_heard_after_one_batch_of_a_flood_from_another_address() -> None:
    """Its one datagram comes in last."""
    port = Port()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone,
    ):
        flood.bind(("127.0.0.2", 0))
        phone.bind(("127.0.0.1", 0))
        for _ in range(10 * udp.BATCH):
            flood.sendto(b"flood", port.address)
        phone.sendto(b"phone", port.address)
        await asyncio.wait_for(port.receiver.until(10 * udp.BATCH + 1), SECONDS)
    place = [data for data, _ in port.receiver.datagrams].index(b"phone")
    assert place < 2 * udp.BATCH, "it had its turn before the flood was served"
    await port.udp.close()


async def test_a_fault_in_serving_one_leaves_the_others_their_turn() -> None:
    port = Port()
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context["exception"]))

    def answer(data: bytes, _address: object) -> None:
        if data == b"fault":
            raise ValueError

    port.receiver.answer = answer
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        for number in range(4 * udp.BATCH):
            flood.sendto(b"fault" if number == 2 * udp.BATCH else b"flood", port.address)
        await port.receiver.until(4 * udp.BATCH)
    assert [type(fault) for fault in faults] == [ValueError]
    await port.udp.close()
