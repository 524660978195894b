"""Whatever comes to the gatekeeper from strangers: it goes on, grows by nothing, and sends nobody more than it got."""

import gc
from random import Random

import pytest

from registrar.core.limits import Limits
from registrar.h323.ras import decode, encode
from registrar.h323.services import RESPONSES
from registrar.model.flow import Address
from registrar.trace.recorder import Trace
from tests.h323 import values
from tests.h323.endpoint import Endpoint
from tests.h323.fuzz import broken
from tests.h323.vectors import CANONICAL, CAPTURED
from tests.lab import TLS_3727, UDP_1719, flow
from tests.servers.ras_book import PHONE, Book, with_extensions
from tests.servers.test_ras_requests import requests

TRIALS = 3_000
"""Datagrams of a fuzz; the decoder alone is given a million elsewhere."""
MOST_AMPLIFIED = 3
"""RFC 9000 section 8: what may be sent to an address that has not shown that it is there, for each octet received."""


def stranger(number: int) -> Address:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1024 + number % 60_000


def everything(endpoint: Endpoint) -> list[bytes]:
    """One of each request that an endpoint may send."""
    return [
        endpoint.discover(),
        endpoint.register(),
        endpoint.keep_alive(),
        endpoint.add(("h323-ID", "Anna")),
        endpoint.unregister(),
        *requests(endpoint),
    ]


# -- fuzz -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
async def test_broken_datagrams_do_no_harm(seed: int) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347", names=["Anna"])
    await book.ask(endpoint, endpoint.register())
    random = Random(seed)
    whole = [captured.octets for captured in CAPTURED] + [octets for octets in CANONICAL if len(octets) <= 1_500]
    whole += everything(endpoint) * 8
    for number in range(TRIALS):
        octets = broken(random, whole)
        book.datagrams.clear()
        book.ras.datagram(UDP_1719, octets, stranger(number))
        if number % 100 == 0:
            await book.commit.flush()
            await book.tick(0.25)
    await book.commit.flush()
    assert book.bindings() == book.bindings("12346") == []
    assert (await book.ask(endpoint, endpoint.keep_alive())).name in ("registrationConfirm", "registrationReject")


@pytest.mark.parametrize("name", values.ALTERNATIVES)
async def test_a_message_that_may_say_anything_gets_an_answer_that_can_be_sent_or_none(name: str) -> None:
    book = await with_extensions()
    for seed in range(60):
        octets = encode(values.message(name, values.picker(seed)))
        answer = await book.exchange(octets, stranger(seed))
        assert bool(answer) is (name not in RESPONSES and not (name == "infoRequestResponse" and not needs(octets)))
        if answer:
            assert encode(decode(answer)) == answer


def needs(octets: bytes) -> bool:
    return bool(decode(octets).value.get("needResponse"))


async def test_broken_streams_do_no_harm() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    random = Random(7)
    for number in range(300):
        wire = book.connect(flow(TLS_3727, connection=number + 1))
        octets = b"".join(
            b"\x03\0" + (len(each) + 4).to_bytes(2, "big") + each
            for each in (endpoint.register(), b"", endpoint.discover())
        )
        mangled = bytearray(octets)
        for _ in range(random.randrange(4)):
            mangled[random.randrange(len(mangled))] = random.randrange(256)
        place = random.randrange(len(mangled))
        for part in (mangled[:place], mangled[place:]):
            if not wire.is_closed:
                await book.over(wire, bytes(part))
        book.ras.closed(wire)
    assert (book.ras._parsers, book.ras._connections) == ({}, {})


# -- memory ---------------------------------------------------------------------------------------------------------


async def test_strangers_leave_nothing_behind() -> None:
    book = await with_extensions(Book(limits=Limits(lockout_entries=20)))
    book.system.bus._size = book.system._repeats._entries = 20
    book.system.trace = book.ras._trace = Trace(20)

    async def flood(first: int) -> int:
        """Let strangers try, and return how many objects there are then."""
        for number in range(first, first + 300):
            endpoint = book.endpoint(f"{number}", f"{number}", token=("MD5", "CAT", "H.235.1")[number % 3])
            for octets in everything(endpoint):
                book.datagrams.clear()
                book.ras.datagram(UDP_1719, octets, stranger(number))
            if number % 50 == 0:
                await book.tick(1)
        book.memory.stored.clear()  # counts of wrong PINs, put in place and taken out
        gc.collect()
        return len(gc.get_objects())

    await flood(20_000)
    before = await flood(30_000)
    assert await flood(40_000) - before < 300, "less than one for each of them"
    assert (len(book.ras._kept), len(book.ras._gatekeeper.replays), len(book.ras._events)) == (0, 0, 0)
    assert book.system.state.binding_count == 0


async def test_what_is_kept_for_copies_is_bounded_and_forgotten() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    for _ in range(50):
        await book.ask(endpoint, endpoint.register())
    assert len(book.ras._kept) == 50
    await book.tick(70)
    assert len(book.ras._kept) == 0


# -- amplification --------------------------------------------------------------------------------------------------


async def test_no_answer_is_much_longer_than_what_it_answers() -> None:
    book = await with_extensions()
    await book.execute("sec_policy -set 2")
    factors: dict[tuple[str, str], float] = {}
    for number in ("12345", "12347", "777"):
        for product in ("DBC 425 02", "x"):
            for pin in ("", "9999"):
                endpoint = book.endpoint(number, pin, product=product)
                for octets in everything(endpoint):
                    answer = await book.exchange(octets)
                    name = decode(octets).name, decode(answer).name if answer else ""
                    factors[name] = max(factors.get(name, 0), len(answer) / len(octets))
    assert max(factors.values()) <= MOST_AMPLIFIED, factors
    assert {name for name, _ in factors} == {decode(octets).name for octets in everything(book.endpoint())}


async def test_the_shortest_request_of_each_kind_is_answered_by_little_more() -> None:
    book = await with_extensions()
    for name in values.ALTERNATIVES:
        if name in RESPONSES:
            continue
        octets = encode((name, values.message(name, lambda low, _high: low)[1]))
        answer = await book.exchange(octets)
        assert len(answer) <= MOST_AMPLIFIED * len(octets), (name, len(octets), len(answer))


async def test_a_registration_from_a_forged_address_costs_whoever_has_it_little() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347", product="")
    request = endpoint.register(endpointVendor={"vendor": endpoint.vendor["vendor"]})
    book.ras.datagram(UDP_1719, request, PHONE)
    await book.commit.flush()
    await book.tick(600)
    assert book.bindings("12347") == []
    assert sum(len(octets) for octets, _ in book.datagrams) <= 6 * len(request)
