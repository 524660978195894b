"""The event stream: listed, waited for, followed, taken up again where it was left."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from registrar.bus import Bus
from tests.servers.playbook import Phone, Playbook, with_extensions
from tests.web import calls
from tests.web.calls import Api, Stream
from tests.web.test_api import REFUSAL, REGISTRATION

EVENTS = "/api/v1/events"


@pytest.fixture
async def book() -> Playbook:
    return await with_extensions()


@pytest.fixture
async def api(book: Playbook) -> AsyncIterator[Api]:
    async with Api(book) as client:
        yield client


async def kinds(api: Api, **query: Any) -> list[str]:
    return [each["type"] for each in (await api.json(EVENTS, **query))["events"]]


async def test_what_happened_is_told_in_its_order(book: Playbook, api: Api) -> None:
    phone = Phone(book, "12347")
    await phone.register()
    await phone.register()
    await phone.register("Expires: 0")
    told = await api.json(EVENTS)
    assert [each["type"] for each in told["events"]] == [
        *["command"] * 4,
        "registered",
        "refreshed",
        "unregistered",
    ]
    assert [each["id"] for each in told["events"]] == list(range(1, 8))
    assert (told["oldest_id"], told["last_id"]) == (1, 7)
    assert told["events"][0]["command"] == "auth_code -i -d 12345 --auth-code ****"
    assert told["events"][4].keys() >= REGISTRATION
    assert told["events"][6]["cause"] == "terminal"


async def test_a_refusal_is_told_with_what_the_interface_promises(book: Playbook, api: Api) -> None:
    await Phone(book, "12345", pin="wrong").ask()
    (refusal,) = (await api.json(EVENTS, type="refused"))["events"]
    assert refusal.keys() >= REFUSAL
    assert {name: refusal[name] for name in REFUSAL} == {
        "number": "12345",
        "protocol": "sip",
        "terminal_class": "INSECURE",
        "port": 5060,
        "policy": 0,
        "row": "T1.6",
        "reason": "WRONG_PIN",
    }


async def test_the_same_refusal_again_is_one_event_with_a_count(book: Playbook, api: Api) -> None:
    await book.execute("sec_policy -set 2")
    for call in range(50):
        await Phone(book, "12345", call_id=f"call-{call}").ask()
        book.now += 0.01
    book.tick(2)
    (refusal,) = (await api.json(EVENTS, type="refused"))["events"]
    assert (refusal["reason"], refusal["count"]) == ("TERMINAL_NOT_ALLOWED", 50)
    assert refusal["last_at"] - refusal["first_at"] == pytest.approx(0.49)


async def test_events_are_chosen_by_type_number_and_place(book: Playbook, api: Api) -> None:
    await Phone(book, "12347").register()
    await Phone(book, "12346", pin="4712", call_id="other").register()
    assert await kinds(api, type="registered") == ["registered", "registered"]
    assert await kinds(api, type=["registered", "command"], since=3) == ["command", "registered", "registered"]
    assert await kinds(api, number="12346") == ["registered"]
    assert await kinds(api, number="12346", type="command") == []
    assert await kinds(api, since=6) == []
    answer = await api.get(EVENTS, headers={"Last-Event-ID": "5"}, params={"since": 0})
    assert [each["id"] for each in answer.json()["events"]] == [6]


@pytest.mark.parametrize(
    "query", [{"type": "exploded"}, {"since": "-1"}, {"wait": "301"}, {"wait": "nan"}, {"wait": "x"}]
)
async def test_a_wrong_query_is_told(api: Api, query: dict[str, str]) -> None:
    answer = await api.get(EVENTS, params=query)
    assert answer.status_code == 422
    assert (await api.get(EVENTS, headers={"Last-Event-ID": "x"})).status_code == 422


async def test_a_test_waits_for_the_event_it_needs(book: Playbook, api: Api) -> None:
    waiting = asyncio.create_task(api.json(EVENTS, type="registered", number="12347", since=4, wait=10))
    await asyncio.sleep(0)
    await Phone(book, "12346", pin="4712").register()
    await Phone(book, "12347", call_id="other").register()
    told = await asyncio.wait_for(waiting, calls.SECONDS)
    assert [each["number"] for each in told["events"]] == ["12347"]


async def test_what_already_happened_is_not_waited_for(book: Playbook, api: Api) -> None:
    await Phone(book, "12347").register()
    told = await asyncio.wait_for(api.json(EVENTS, type="registered", wait=300), calls.SECONDS)
    assert len(told["events"]) == 1


async def test_a_wait_for_nothing_ends(api: Api) -> None:
    told = await api.json(EVENTS, type="locked", wait=0.01)
    assert (told["events"], told["last_id"]) == ([], 4)


async def test_a_place_beyond_the_end_is_of_an_earlier_run(book: Playbook, api: Api) -> None:
    """After a restart the numbers begin anew: whoever comes back with an old one gets everything of this run."""
    assert await kinds(api, since=5000) == ["command"] * 4
    async with Stream(book, EVENTS, {"Last-Event-ID": "5000"}) as stream:
        assert (await stream.event())[:2] == (1, "command")


async def test_events_that_were_forgotten_show_by_the_oldest_that_is_kept(book: Playbook, api: Api) -> None:
    book.system.bus = Bus(ring=3)
    for number in range(5):
        book.system.warn(f"warning {number}", book.now)
    told = await api.json(EVENTS, since=1)
    assert (told["oldest_id"], told["last_id"]) == (3, 5)
    assert [each["detail"] for each in told["events"]] == ["warning 2", "warning 3", "warning 4"]


async def test_a_stream_begins_now_and_goes_on(book: Playbook) -> None:
    async with Stream(book, EVENTS) as stream:
        assert stream.headers[b"content-type"].startswith(b"text/event-stream")
        assert stream.headers[b"cache-control"] == b"no-store"
        phone = Phone(book, "12347")
        await phone.register()
        assert (await stream.event())[:2] == (5, "registered")
        await phone.register()
        number, kind, told = await stream.event()
        assert (number, kind, told["id"], told["type"], told["number"]) == (6, "refreshed", 6, "refreshed", "12347")


async def test_a_stream_is_taken_up_where_it_was_left(book: Playbook) -> None:
    await Phone(book, "12347").register()
    async with Stream(book, EVENTS, {"Last-Event-ID": "3"}) as stream:
        assert [(await stream.event())[0] for _ in range(2)] == [4, 5]
    async with Stream(book, EVENTS, since=4) as stream:
        assert (await stream.event())[0] == 5


async def test_a_stream_of_some_events_only(book: Playbook) -> None:
    async with Stream(book, EVENTS, type=["unregistered", "command"], number="12347") as stream:
        phone = Phone(book, "12347")
        await phone.register()
        await phone.register("Expires: 0")
        number, kind, _ = await stream.event()
        assert (number, kind) == (6, "unregistered")


async def test_a_silent_stream_shows_that_it_lives(book: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registrar.web.stream.KEEP_ALIVE", 0.01)
    async with Stream(book, EVENTS) as stream:
        assert [await stream.block() for _ in range(2)] == [": still here", ": still here"]


async def test_a_reader_that_leaves_is_forgotten(book: Playbook) -> None:
    before = len(book.system.bus._subscribers)
    async with Stream(book, EVENTS), Stream(book, EVENTS):
        await Phone(book, "12347").register()
        assert len(book.system.bus._subscribers) == before + 2
    assert len(book.system.bus._subscribers) == before
