"""Very many registrations: a page costs what it shows, and what looks at all of them lets phones have their turn."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registrar.core.piecewise import PIECE, at_once
from registrar.core.roll import Place, Roll
from registrar.core.state import State
from registrar.model.binding import Binding, Contact
from registrar.model.changes import SetBinding, SetExtension, SetRac
from registrar.model.extension import Extension, Rac
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide
from registrar.slices import SLICE
from registrar.web.console import registrations
from registrar.web.console.registrations import FLAGS, SORTS, View, look
from tests.lab import NOW, TLS_5061, UDP_5060, flow
from tests.servers.playbook import Playbook, with_extensions
from tests.web.calls import Api
from tests.web.conftest import Browser

MANY = 3_000


def bound(index: int, listener: Any = UDP_5060, terminal: str = "", policy: Policy = Policy.NONE) -> Binding:
    number = str(100_000 + index)
    uri = f"sip:{number}@127.0.0.1:40000"
    return Binding(
        number,
        Contact(uri, 3600, key=uri),
        f"call-{index}",
        1,
        flow(listener, f"127.0.0.{index % 7 + 1}", 40000 + index % 5),
        Terminal(terminal or f"phone {index % 11}", TerminalClass.INSECURE, "third party", ""),
        decide(policy, Protocol.SIP, TerminalClass.INSECURE, True, False, listener.secure),
        NOW + index * 7 % 101,
        NOW + index,
        NOW + 3600 + index % 13,
    )


class Watched:
    """How many bindings were looked at in all, and at most while nobody else had a turn."""

    def __init__(self) -> None:
        self.looked = self.at_a_stretch = self.longest = 0

    def pairs(self, places: Iterable[Place]) -> Iterator[tuple[Place, Binding]]:
        for pair in _PAIRS(self.roll, places):
            self.looked += 1
            self.at_a_stretch += 1
            self.longest = max(self.longest, self.at_a_stretch)
            yield pair

    roll: Roll

    async def others(self) -> None:
        while True:
            self.at_a_stretch = 0
            await asyncio.sleep(0)


_PAIRS = Roll.pairs


@pytest.fixture
async def book() -> Playbook:
    book = await with_extensions()
    for index in range(MANY):
        binding = bound(index)
        book.system.state.apply(SetExtension(binding.number, Extension(binding.number, 1, 1)))
        book.system.state.apply(SetRac(binding.number, Rac(binding.number, "4711")))
        book.system.state.apply(SetBinding(binding.key, binding))
    return book


@pytest.fixture
async def watched(book: Playbook, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    """Watches what is looked at; a slice is over after eight looks at the clock, whatever the machine does."""
    watched = Watched()
    watched.roll = book.system.state.roll
    monkeypatch.setattr(watched.roll, "pairs", watched.pairs)
    monkeypatch.setattr(watched.roll, "found", lambda places: [binding for _, binding in watched.pairs(places)])
    ticks = iter(range(10**9))
    book.system.slices.clock = lambda: next(ticks) * SLICE / 8
    at_once(watched.roll.by_number.look())
    at_once(watched.roll.by_age.look())
    task = asyncio.create_task(watched.others())
    yield watched
    task.cancel()


@pytest.mark.parametrize("page", [1, MANY // 100, MANY // 50])
@pytest.mark.parametrize("sort", ["since", "number"])
async def test_a_page_looks_at_what_it_shows_wherever_it_is(
    browser: Browser, watched: Watched, page: int, sort: str
) -> None:
    text = await browser.see(f"/registrations?sort={sort}&page={page}")
    assert text.count("<tr id=") == watched.looked == 50
    assert f"page {page} of {MANY // 50}" in text


@pytest.mark.parametrize("offset", [0, MANY - 100])
async def test_a_list_of_the_api_looks_at_what_it_returns(book: Playbook, watched: Watched, offset: int) -> None:
    async with Api(book) as api:
        answer = await api.json("/api/v1/registrations", limit=100, offset=offset)
    assert answer["total"] == MANY
    assert [each["number"] for each in answer["registrations"]] == [str(100_000 + offset + i) for i in range(100)]
    assert watched.looked == 100


@pytest.mark.parametrize(
    "path",
    [
        "/registrations?q=nobody+is+called+so",
        "/registrations?q=phone+3",
        "/registrations?sort=terminal",
        "/registrations?sort=address&page=30",
        "/registrations?flag=encrypted",
        "/policy?to=1",
    ],
)
async def test_a_page_that_must_look_at_all_lets_others_have_their_turn(
    browser: Browser, watched: Watched, path: str
) -> None:
    await browser.see(path)
    assert watched.looked >= MANY
    assert watched.longest <= 10 * PIECE


async def test_a_search_ends_where_something_is_found(browser: Browser, watched: Watched) -> None:
    answer = await browser.get("/search?q=phone")
    assert answer.headers["Location"] == "/registrations?q=phone"
    assert watched.looked <= PIECE
    answer = await browser.get("/search?q=nobody")
    assert answer.headers["Location"] == "/trace?q=nobody"
    assert watched.looked >= MANY
    assert watched.longest <= 10 * PIECE


@pytest.mark.parametrize(
    "line", ["ip_extension -p", "ip_extension -p -v", "sec_policy -print", "sec_policy -preview 1"]
)
async def test_a_printout_of_all_lets_others_have_their_turn(book: Playbook, watched: Watched, line: str) -> None:
    printout = (await book.system.execute(line, book.now)).printout
    assert f"{MANY:,}" in printout or str(MANY) in printout or "100000" in printout
    assert watched.looked >= MANY
    assert watched.longest <= 10 * PIECE


async def test_a_list_without_a_limit_is_made_and_sent_in_pieces(book: Playbook, watched: Watched) -> None:
    async with Api(book) as api:
        answer = await api.json("/api/v1/registrations")
    assert [each["number"] for each in answer["registrations"]] == [str(100_000 + i) for i in range(MANY)]
    assert watched.longest <= 10 * PIECE


async def test_a_long_printout_is_the_same_over_the_api(book: Playbook) -> None:
    execution = await book.system.execute("ip_extension -p", book.now)
    async with Api(book) as api:
        told = await api.told("/api/v1/commands", command="ip_extension -p")
    assert told == {"executed": True, "printout": execution.printout, "exit_status": 0}
    assert execution.printout.count("\n") == MANY + 2


async def test_the_preview_of_many_is_whole(book: Playbook) -> None:
    async with Api(book) as api:
        told = await api.told("/api/v1/policy/preview", policy=1)
    assert (told["lost"], len(told["losses"]), told["registrations"]) == (MANY, MANY, MANY)
    assert f"100000..{100_000 + MANY - 1}" in told["remedies"][-1] or told["forbidding"]
    json.dumps(told)


async def test_what_registers_and_leaves_while_a_list_is_printed_does_not_disturb_it(book: Playbook) -> None:
    state = book.system.state
    ticks = iter(range(10**9))
    book.system.slices.clock = lambda: next(ticks) * SLICE / 2
    printing = asyncio.create_task(book.system.execute("ip_extension -p", book.now))
    turns = 0
    while not printing.done():
        await asyncio.sleep(0)
        turns += 1
        for index in (MANY + turns, MANY - turns):
            binding = bound(index)
            state.set_binding(binding.key, binding if index >= MANY else None)
    numbers = [line.split()[0] for line in printing.result().printout.splitlines()[1:-2]]
    stay = [str(100_000 + index) for index in range(MANY - turns)]
    assert turns > 20
    assert numbers[: len(stay)] == stay
    assert len(numbers) == len(set(numbers))


async def test_a_page_shows_the_beginning_of_a_long_printout(browser: Browser, book: Playbook) -> None:
    page = (await browser.run("ip_extension -p")).text
    assert page.count("phone ") == 999
    assert f"{MANY + 3 - 1000:,} MORE LINES are not shown: registrar exec prints them." in page


async def test_the_pager_leads_to_the_last_page_and_back(browser: Browser, book: Playbook) -> None:
    page = await browser.see("/registrations?flag=plain&sort=number&order=up")
    assert f"{MANY:,} registrations" in page
    last = f"?flag=plain&amp;sort=number&amp;order=up&amp;page={MANY // 50}"
    assert f'href="{last}">Last</a>' in page
    page = await browser.see(f"/registrations{last.replace('&amp;', '&')}")
    assert 'href="?flag=plain&amp;sort=number&amp;order=up">First</a>' in page
    assert ">Last<" not in page
    page = await browser.see("/extensions?q=1")
    assert "page 1 of 31" in page
    assert "12347" not in (await browser.see("/extensions?q=10&page=30"))


VIEWS = st.builds(
    View,
    st.sampled_from(["", "", "phone 1", "1000", "127.0.0.3", "nobody"]),
    st.sampled_from(["", "", "5060", "5061"]),
    st.sampled_from(["", "", *FLAGS]),
    st.sampled_from(list(SORTS)),
    st.booleans(),
    st.integers(1, 4),
)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.sampled_from(list(Policy))), max_size=60), VIEWS)
@settings(deadline=None)
def test_every_view_is_that_of_a_sorted_list(phones: list[tuple[int, bool, Policy]], view: View) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registrations, "PAGE", 5)
        patch.setattr(registrations, "NEAR", 12)
        state = State()
        at_once(state.roll.by_age.look())
        for index, secure, policy in phones:
            binding = bound(index, TLS_5061 if secure else UDP_5060, policy=policy)
            state.apply(SetBinding(binding.key, binding))
        found = at_once(look(state, view, NOW))
    fitting = [
        binding
        for binding in state.all_bindings()
        if view.port in ("", str(binding.flow.listener.port))
        and (not view.flag or FLAGS[view.flag](binding, state.policy))
        and (
            not view.q
            or view.q in binding.terminal.text
            or binding.number.startswith(view.q)
            or view.q in binding.flow.address[0]
        )
    ]
    assert (found.found, found.total) == (len(fitting), state.binding_count)
    key = SORTS[view.sort]
    expected = sorted(map(key, fitting), reverse=view.down)[(view.page - 1) * 5 : view.page * 5]
    assert list(map(key, found.bindings)) == expected
    assert len({binding.key for binding in found.bindings}) == len(found.bindings)
