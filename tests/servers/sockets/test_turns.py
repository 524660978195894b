"""Sources take turns: one that floods delays itself, and memory is bounded."""

import asyncio
import contextlib
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.flow import Address
from registrar.servers import udp
from registrar.servers.rota import Bounds
from registrar.servers.turns import FEW, LONG, Heard, Turns
from tests.servers.sockets.test_udp import SECONDS, Port


def forged(number: int) -> Address:
    """One of as many addresses as a liar cares to write."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 5060


def taken(waiting: Turns, most: int = 1 << 30) -> list[bytes]:
    found: list[bytes] = []
    while waiting and len(found) < most:
        found.append(waiting.take()[0])
    return found


def test_each_source_has_its_turn_and_keeps_its_own_order() -> None:
    waiting = Turns()
    for number in range(3):
        waiting.put(b"a%d" % number, ("10.0.0.1", number))
    waiting.put(b"b0", ("10.0.0.2", 1))
    waiting.put(b"b1", ("10.0.0.2", 2))
    assert taken(waiting) == [b"a0", b"b0", b"a1", b"b1", b"a2"]


def test_whoever_was_heard_before_keeps_his_order_at_another_port_too() -> None:
    waiting = Turns()
    waiting.put(b"phone", ("10.0.0.1", 1))
    assert taken(waiting) == [b"phone"]
    for number in range(3):
        waiting.put(b"%d" % number, ("10.0.0.1", 1 + number % 2))
    assert taken(waiting) == [b"0", b"1", b"2"]


def test_ports_of_one_address_are_one_source() -> None:
    waiting = Turns()
    for port in range(100):
        waiting.put(b"flood", ("10.0.0.1", port))
    waiting.put(b"phone", ("10.0.0.2", 5060))
    assert b"phone" in taken(waiting, 2)


@pytest.mark.parametrize("of_one", [5059, 5060])
def test_a_flood_from_one_address_leaves_whoever_comes_new_his_turn(of_one: int) -> None:
    waiting = Turns()
    for number in range(1000):
        waiting.put(b"flood", ("10.0.0.1", of_one if number else 5060))
    waiting.put(b"phone", ("10.0.0.2", 5060))
    assert b"phone" in taken(waiting, 3)


@pytest.mark.parametrize(
    ("bounds", "size"),
    [(Bounds(things_of_source=50), 1), (Bounds(octets_of_source=50), 10), (Bounds(octets=50), 10)],
)
def test_what_does_not_fit_is_dropped_and_there_is_room_again(bounds: Bounds, size: int) -> None:
    drops: list[None] = []
    waiting = Turns(known={"10.0.0.1"}, dropped=lambda: drops.append(None), bounds=bounds)
    for _ in range(100):
        waiting.put(b"x" * size, ("10.0.0.1", 1))
    kept = 50 // size
    assert len(drops) == 100 - kept
    assert len(taken(waiting)) == kept
    assert (waiting.of_known.octets, len(waiting.of_known)) == (0, 0)


def test_sources_are_bounded() -> None:
    drops: list[None] = []
    waiting = Turns(dropped=lambda: drops.append(None), bounds=Bounds(sources=40))
    for source in range(100):
        waiting.put(b"x", (f"10.0.0.{source}", 1))
    assert (len(waiting.of_strangers), len(drops)) == (10, 90)
    assert waiting.take()[1][0] == "10.0.0.0"
    waiting.put(b"x", ("10.0.0.200", 1))
    assert len(waiting.of_strangers) == 10


def test_whoever_is_known_has_half_of_the_turns_however_many_strangers_there_are() -> None:
    waiting = Turns(known={"192.0.2.1", "192.0.2.2"}, bounds=Bounds(sources=40))
    for number in range(1000):
        waiting.put(b"flood", forged(number))
        waiting.put(b"flood, said again", forged(number - 500))
    waiting.put(b"phone", ("192.0.2.1", 1))
    for number in range(4):
        waiting.put(b"phone %d" % number, ("192.0.2.2", 1))
    order = taken(waiting, 10)
    assert order[::2] == [b"phone", b"phone 0", b"phone 1", b"phone 2", b"phone 3"]
    assert set(order[1::2]) == {b"flood", b"flood, said again"}


def test_a_liar_in_the_name_of_somebody_known_delays_nobody_else_who_is_known() -> None:
    waiting = Turns(known={"10.0.0.1", "10.0.0.2"})
    for _ in range(1000):
        waiting.put(b"flood", ("10.0.0.1", 1))
    waiting.put(b"phone", ("10.0.0.2", 1))
    assert b"phone" in taken(waiting, 3), "he has two turns, for what is said again waits apart"


def test_a_liar_in_the_name_of_somebody_known_delays_nothing_that_shows_where_it_comes_from() -> None:
    waiting = Turns({"192.0.2.1"}, lambda data, _: data == b"the challenge")
    for port in range(20_000):
        waiting.put(b"flood", ("192.0.2.1", port))
    waiting.put(b"the challenge", ("192.0.2.1", 5060))
    assert b"the challenge" in taken(waiting, 2)


def test_a_liar_in_the_name_of_somebody_known_at_many_ports_delays_nothing_that_is_said_again() -> None:
    waiting = Turns({"192.0.2.1"})
    for port in range(1024, 21_024):
        waiting.put(b"flood", ("192.0.2.1", port))
        if port == 10_000:
            waiting.put(b"phone", ("192.0.2.1", 80))
    waiting.put(b"phone, again", ("192.0.2.1", 80))
    assert b"phone, again" in taken(waiting, 2)


def test_a_liar_in_the_name_of_somebody_known_at_one_port_delays_another_port_little() -> None:
    waiting = Turns({"192.0.2.1"})
    served: list[bytes] = []
    for number in range(40_000):
        waiting.put(b"flood", ("192.0.2.1", 5061))
        if number == 10_000:
            waiting.put(b"phone", ("192.0.2.1", 5060))
        if number % 10 == 0:
            served += taken(waiting, 1)
            if number >= 10_000 and b"phone" in served:
                break
    assert b"phone" in served
    assert number <= 10_000 + 10 * 2 * (LONG + 10), "behind no more than waited already, and in every other turn"


def test_a_stranger_who_says_it_again_has_his_turn_among_a_hundred_times_what_is_served() -> None:
    """A second of a flood in which no address comes twice, ten times what is served; T1 is half of it.

    One of twenty strangers is forgotten before he says it again, by chance: most of them are what is looked for.
    """
    waiting = Turns()
    served: set[bytes] = set()
    soon = 0
    for number in range(100_000):
        waiting.put(b"flood", forged(number))
        stranger, since = divmod(number - 20_000, 1000)
        if 0 <= stranger < 20 and since == 0:
            waiting.put(b"first, of %d" % stranger, (f"192.0.2.{stranger}", 5060))
        stranger, since = divmod(number - 70_000, 1000)
        if 0 <= stranger < 20 and since == 0:
            waiting.put(b"again, of %d" % stranger, (f"192.0.2.{stranger}", 5060))
        if number % 10 == 0:
            served.add(waiting.take()[0])
        if 0 <= stranger < 20 and since == 100:
            soon += b"again, of %d" % stranger in served
    assert soon > 10


def test_whoever_shows_where_he_is_has_his_turn_at_once() -> None:
    waiting = Turns(shown=lambda data, source: (data, source) == (b"the challenge", "192.0.2.1"))
    waiting.put(b"a request", ("192.0.2.1", 5060))
    assert taken(waiting) == [b"a request"]
    for number in range(20):  # few: each takes the place of whoever was heard once in a million
        waiting.put(b"the challenge", forged(number))
    waiting.put(b"the challenge", ("192.0.2.1", 5060))
    assert "192.0.2.1" in [waiting.take()[1][0] for _ in range(2)]


def test_whom_nobody_heard_before_is_not_taken_for_somebody_else() -> None:
    heard = Heard()
    assert not any(heard.again(forged(number)) for number in range(100_000))
    assert sum(heard.again(forged(number)) for number in range(100_000)) > 90_000, "nearly all of them are remembered"
    assert not heard.again(("10.0.0.0", 5061)), "another port is another terminal"


sources = st.sampled_from([*[f"192.0.2.{number}" for number in range(3)], "198.51.100.1"])


@given(st.lists(st.tuples(sources, st.integers(1, 3), st.integers(0, 40)) | st.none(), max_size=200))
def test_whatever_comes_is_served_once_or_dropped_in_its_order_and_within_bounds(
    steps: list[tuple[str, int, int] | None],
) -> None:
    """``None`` is something served, the rest comes in: of a source, at a port, so many octets."""
    drops: list[None] = []
    bounds = Bounds(things_of_source=5, octets_of_source=100, octets=150, sources=8)
    waiting = Turns({"192.0.2.1"}, lambda data, _: len(data) == 43, lambda: drops.append(None), bounds)
    served: list[bytes] = []
    for number, step in enumerate(steps):
        if step is None:
            served += taken(waiting, 1)
        else:
            source, port, octets = step
            waiting.put(b"%03d" % number + b"!" * octets, (source, port))
        for rota, most in ((waiting.of_known, 8), (waiting.of_heard, 2), (waiting.of_strangers, 2)):
            assert rota.octets <= 150
            assert len(rota) <= most
    served += taken(waiting)
    assert len(served) + len(drops) == len([step for step in steps if step is not None])
    assert len(set(served)) == len(served)
    for source in {step[0] for step in steps if step is not None}:
        its_own = [int(data[:3]) for data in served if len(data) < 43]
        its_own = [number for number in its_own if steps[number][0] == source]  # type: ignore[index]
        assert its_own == sorted(its_own)


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


def test_only_a_stranger_s_first_word_that_finds_no_room_is_to_be_said_again() -> None:
    waiting = Turns(known={"192.0.2.1"}, bounds=Bounds(sources=8, things_of_source=1))
    assert not any(waiting.put(b"first", forged(number)) for number in range(2))
    assert waiting.put(b"first", forged(2))
    assert not waiting.put(b"said again", forged(2)), "it has its place now"
    assert [waiting.put(b"said again, and no room either", forged(2)) for _ in range(3)] == [False] * 3
    assert [waiting.put(b"known, and no room", ("192.0.2.1", 1)) for _ in range(3)] == [False] * 3
    assert not waiting.put(b"at another port, behind the first", (forged(2)[0], 1))


def test_where_strangers_are_told_to_come_again_few_of_them_wait_and_whoever_comes_again_has_a_place() -> None:
    waiting = Turns(strangers=FEW)
    told = [number for number in range(3000) if waiting.put(b"first", forged(number))]
    assert told == list(range(FEW, 3000))
    forgotten = sum([waiting.put(b"again", forged(number)) for number in told[:1000]])
    assert forgotten < 50, "by chance one took another's place among those that were heard"
    assert taken(waiting).count(b"again") == 1000 - forgotten


async def flooded_from_everywhere(port: Port, many: int) -> tuple[list[socket.socket], contextlib.ExitStack]:
    """Strangers, each with an address of his own, that have all sent a word before any was read."""
    stack = contextlib.ExitStack()
    strangers = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(many)]
    for number, stranger in enumerate(strangers):
        stranger.bind((f"127.0.{2 + number // 250}.{1 + number % 250}", 0))
        stranger.setblocking(False)
        stranger.sendto(b"word", port.address)
    return strangers, stack


def told(strangers: list[socket.socket]) -> int:
    """How many were told to come again."""
    found = 0
    for stranger in strangers:
        with contextlib.suppress(BlockingIOError):
            found += stranger.recv(100) == b"WORD"
    return found


@pytest.mark.interpreted
@pytest.mark.parametrize("keeps_up", [True, False])
async def test_all_strangers_are_told_before_any_more_is_served_as_long_as_reading_keeps_up(
    monkeypatch: pytest.MonkeyPatch, keeps_up: bool
) -> None:
    many = udp.BATCH + 200
    port = Port(turns=Turns(bounds=Bounds(sources=8), strangers=1), come_again=bytes.upper)
    monkeypatch.setattr(port.udp, "_keeps_up", lambda: keeps_up)
    strangers, stack = await flooded_from_everywhere(port, many)
    with stack:
        await port.receiver.until(udp.BATCH + 1)
        assert len(port.receiver.datagrams) == udp.BATCH + 1, "one was let in"
        assert told(strangers) == (many - udp.BATCH - 1 if keeps_up else udp.ASKED_AGAIN)
    await port.udp.close()


async def test_reading_keeps_up_while_half_of_the_room_is_free() -> None:
    port = Port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        assert port.udp._keeps_up()
        for _ in range(4000):  # each takes room for a page or so
            wire.sendto(bytes(8000), port.address)
        assert not port.udp._keeps_up()
    await port.udp.close()


async def test_strangers_that_find_no_room_are_asked_to_come_again_and_are_heard_then() -> None:
    port = Port(turns=Turns(bounds=Bounds(sources=8)), come_again=lambda data: b"" if data == b"?" else data.upper())
    with contextlib.ExitStack() as stack:
        flood, *strangers = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(5)]
        flood.bind(("127.0.0.2", 0))
        for _ in range(4 * udp.BATCH):
            flood.sendto(b"flood", port.address)
        for number, stranger in enumerate(strangers):
            stranger.bind((f"127.0.1.{number}", 0))
            stranger.setblocking(False)
            stranger.sendto(b"?" if number == 3 else b"stranger %d" % number, port.address)
        await port.receiver.until(4 * udp.BATCH + 1)
        for number in (1, 2):
            assert strangers[number].recv(100) == b"STRANGER %d" % number
        for number in (0, 3):
            with pytest.raises(BlockingIOError):
                strangers[number].recv(100)
        strangers[1].sendto(b"stranger 1", port.address)
        await port.receiver.until(4 * udp.BATCH + 2)
    assert [data for data, _ in port.receiver.datagrams if data != b"flood"] == [b"stranger 0", b"stranger 1"]
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
