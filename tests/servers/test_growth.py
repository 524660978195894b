"""A registration is the same work however many are registered: lines of the program that run, not time."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from tests.lab import UDP_1719
from tests.servers.ras_book import Book

pytestmark = pytest.mark.interpreted

FEW, MANY = 20, 2_000


def lines_of(work: Callable[[], object]) -> int:
    """How many lines of Python run, those of loops each time."""
    lines = 0

    def trace(_frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines


async def test_a_full_rrq_and_a_keep_alive_are_no_more_work_with_a_hundred_times_the_endpoints() -> None:
    book = await Book(durable=False).execute(f"extension -i -d {10_000}..{10_000 + MANY - 1} --csp 1 --lim 1")

    def heard(octets: list[bytes]) -> None:
        for port, each in enumerate(octets, 2_000):
            book.ras.datagram(UDP_1719, each, ("127.0.0.1", port))

    endpoints = [book.endpoint(str(10_000 + index)) for index in range(MANY)]
    few = endpoints[:FEW]

    def counted() -> tuple[int, int]:
        book.now += 40
        full = lines_of(lambda: heard([endpoint.register(timeToLive=3600) for endpoint in few]))
        return full, lines_of(lambda: heard([endpoint.keep_alive(timeToLive=3600) for endpoint in few]))

    def register(some: list[Any], first: int) -> None:
        for port, endpoint in enumerate(some, first):
            book.ras.datagram(UDP_1719, endpoint.register(timeToLive=3600), ("127.0.0.1", port))
            endpoint.take(book.datagrams[-1][0])

    register(few, 2_000)
    counted()
    before = counted()
    register(endpoints[FEW:], 2_000 + FEW)
    assert book.system.state.binding_count == MANY
    counted()
    for small, large in zip(before, counted(), strict=True):
        assert large <= small * 1.01
