"""Scanning learns nothing from how much work an answer is: calls are counted, since time would be chance."""

import gc
import sys
from collections import Counter
from collections.abc import Callable
from statistics import mean
from types import FrameType
from typing import Any

import pytest

from registrar.core.limits import Limits
from tests.h323.endpoint import Endpoint
from tests.lab import UDP_1719, UDP_5060
from tests.servers.playbook import PHONE, Phone, Playbook, with_extensions
from tests.servers.ras_book import Book
from tests.sip.road import octets

NUMBERS = [str(number) for number in range(20000, 20040)]
LIMITS = Limits(lockout_failures=3, lockout_source_failures=0)
SETTING = (
    f"auth_code -i -d {NUMBERS[0]}..{NUMBERS[-1]} --auth-code 4711",
    f"extension -i -d {NUMBERS[0]}..{NUMBERS[-1]} --csp 1 --lim 1 --security-exception no",
)


def work(what: Callable[[], object]) -> Counter[str]:
    """Return how often which function was called, those written in C as well.

    What other tests left for the garbage collector is no work of ours: it does not come by meanwhile.
    """
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            calls[frame.f_code.co_qualname] += 1
        elif event == "c_call":
            calls[getattr(argument, "__qualname__", str(argument))] += 1

    gc.disable()
    sys.setprofile(note)
    try:
        what()
    finally:
        sys.setprofile(None)
        gc.enable()
    calls.pop("setprofile", None)
    return calls


async def sip_work(known: bool) -> list[list[Counter[str]]]:
    """The work of the first challenge, of wrong PINs, and under the lock, for each number."""
    book = Playbook(limits=LIMITS)
    await (with_extensions(book) if not known else book.execute(*SETTING))
    scanned = []
    for number in NUMBERS:
        steps = []
        for guess in range(4):
            phone = Phone(book, number, "wrong", call_id=f"{number}-{guess}")
            data = octets(phone.request())
            steps.append(work(lambda data=data: book.sip.datagram(UDP_5060, data, PHONE)))  # type: ignore[misc]
            answer = book.take()[-1]
            if "401" in answer.splitlines()[0]:
                phone.take_challenge(answer)
                data = octets(phone.request("REGISTER", phone.credentials()))
                steps.append(work(lambda data=data: book.sip.datagram(UDP_5060, data, PHONE)))  # type: ignore[misc]
                book.take()
        scanned.append(steps)
        await book.settle()
    return scanned


@pytest.mark.interpreted
async def test_a_sip_scan_of_numbers_that_exist_is_the_same_work_as_of_numbers_that_do_not() -> None:
    await sip_work(True)  # what is looked up once is looked up
    known, unknown = await sip_work(True), await sip_work(False)
    for step, (there, absent) in enumerate(zip(zip(*known, strict=True), zip(*unknown, strict=True), strict=True)):
        sums = [mean(sum(calls.values()) for calls in each) for each in (there, absent)]
        assert abs(sums[0] - sums[1]) <= 2, (step, there[-1] - absent[-1], absent[-1] - there[-1])


@pytest.mark.parametrize("token", ["MD5", "CAT", "H.235.1"])
async def test_a_ras_scan_of_numbers_that_exist_is_the_same_work_as_of_numbers_that_do_not(token: str) -> None:
    sums = []
    for known in (True, True, False):
        book = Book(limits=LIMITS)
        await book.execute(*(SETTING if known else ()))
        counts = []
        for number in NUMBERS:
            endpoint = Endpoint(number, "1234", token=token, clock=lambda book=book: book.now)  # type: ignore[misc]
            data = endpoint.register()
            calls = work(lambda data=data, book=book: book.ras.datagram(UDP_1719, data, PHONE))  # type: ignore[misc]
            counts.append(sum(calls.values()))
        sums.append(mean(counts))
    assert abs(sums[1] - sums[2]) <= 2, sums
