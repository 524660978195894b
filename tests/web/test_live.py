"""Live pages: what changed is sent, once made for everybody, and nobody who reads slowly makes anything pile up."""

import asyncio
import json
from typing import Any, Self

import pytest

from registrar.web.console import live
from registrar.web.console.live import Sight, kept
from registrar.web.console.tallies import Census, Rates
from registrar.web.guard import Guard
from tests.lab import UDP_5060, flow
from tests.servers.playbook import Phone, Playbook
from tests.web.calls import BEARER, application, scope

SECONDS = 10.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PACE", 0.0)
    monkeypatch.setattr(live, "LOOK", 0.001)
    monkeypatch.setattr(live, "SHARE", 0)


class Viewer:
    """Somebody who looks at a page, and takes what is sent as ``reads`` allows. A context manager."""

    def __init__(self, app: Guard, path: str, query: str = "", *, reads: bool = True) -> None:
        self._app = app
        self._scope = scope(path, query, {"Host": "127.0.0.1", **BEARER})
        self._left = asyncio.Event()
        self.begun = asyncio.Event()
        self.reads = asyncio.Event()
        if reads:
            self.reads.set()
        self.sent: asyncio.Queue[str] = asyncio.Queue()
        self.waiting = 0
        self.status = 0

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.waiting += 1
        self.begun.set()
        await self.reads.wait()
        self.waiting -= 1
        if message.get("body"):
            self.sent.put_nowait(message["body"].decode())

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._app(self._scope, self._receive, self._send))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._left.set()
        self.reads.set()
        await asyncio.wait_for(self._task, SECONDS)

    async def news(self) -> dict[str, str]:
        """What is sent next: each part's text by its name."""
        text = await asyncio.wait_for(self.sent.get(), SECONDS)
        found = {}
        for block in text.strip().split("\n\n"):
            lines = block.split("\n")
            name = next(line.removeprefix("event: ") for line in lines if line.startswith("event: "))
            found[name] = "\n".join(line.removeprefix("data: ") for line in lines if line.startswith("data: "))
        return found


async def test_a_registration_changes_the_overviews_numbers_and_nothing_else_is_sent(book: Playbook) -> None:
    async with Viewer(application(book), "/live/overview") as viewer:
        first = await viewer.news()
        assert set(first) == {"figures", "refusals", "foundation", "numbers", "policy"}
        assert json.loads(first["numbers"])["registrations"] == "0"
        await Phone(book).register()
        news = await viewer.news()
        while json.loads(news["numbers"])["registrations"] == "0":
            assert set(news) == {"numbers"}
            news = await viewer.news()
        assert set(news) == {"numbers"}
        await Phone(book, pin="0000", call_id="call-2").ask()
        said = ""
        while "WRONG_PIN" not in said:
            news = await viewer.news()
            said = news.get("refusals", "")


async def test_the_policy_in_force_is_told_on_every_live_page(book: Playbook) -> None:
    await book.execute("extension -c -d 12346..12347 --security-exception no", "auth_code -i -d 12347 --auth-code 1")
    async with Viewer(application(book), "/live/routes") as viewer:
        assert (await viewer.news())["policy"] == "0 NONE"
        await book.execute("sec_policy -set 1")
        assert (await viewer.news())["policy"] == "1 ALL_SECURE"


async def test_who_reads_nothing_is_sent_nothing_more_and_then_only_how_things_stand(book: Playbook) -> None:
    async with Viewer(application(book), "/live/registrations", reads=False) as viewer:
        await asyncio.wait_for(viewer.begun.wait(), SECONDS)
        for _ in range(20):
            await Phone(book, call_id=f"call-{book.now}").register()
            book.now += 1
            await asyncio.sleep(0.005)
        assert viewer.waiting == 1
        assert viewer.sent.empty()
        viewer.reads.set()
        assert "No phone is registered yet" in (await viewer.news())["table"]
        assert "1 registration" in (await viewer.news())["table"]
        await asyncio.sleep(0.05)
        assert viewer.sent.empty()


async def test_more_pages_than_anybody_looks_at_are_turned_away_and_leaving_makes_room(
    book: Playbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STREAMS", 2)
    app = application(book)
    async with Viewer(app, "/live/overview") as first, Viewer(app, "/live/trace") as second:
        await first.news()
        await second.news()
        async with Viewer(app, "/live/overview") as third:
            assert "2 pages are looked at already" in await asyncio.wait_for(third.sent.get(), SECONDS)
            assert third.status == 503
    async with Viewer(app, "/live/overview") as fourth:
        assert "numbers" in await fourth.news()


async def test_a_part_is_made_once_for_everybody(book: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def numbers(values: dict[str, str]) -> str:
        made.append(values["registrations"])
        return str(len(made))

    monkeypatch.setattr("registrar.web.console.overview.numbers", numbers)
    app = application(book)
    async with Viewer(app, "/live/overview") as first:
        assert (await first.news())["numbers"] == "1"
        async with Viewer(app, "/live/overview", "since=0") as second, Viewer(app, "/live/overview") as third:
            assert (await second.news())["numbers"] == "1"
            assert (await third.news())["numbers"] == "1"
    assert len(made) == 1


async def test_a_position_of_before_is_told_how_much_happened_since(book: Playbook) -> None:
    await Phone(book).register()
    last = book.system.bus.last_id
    async with Viewer(application(book), "/live/trace", f"since={last}") as viewer:
        assert "behind" not in await viewer.news()
    async with Viewer(application(book), "/live/trace", "since=1") as viewer:
        assert (await viewer.news())["behind"] == str(last - 1)


async def test_parts_are_made_no_more_often_than_their_pace(book: Playbook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PACE", 1.0)
    sight = Sight(book.system, {"part": lambda: str(book.system.bus.last_id)}, lambda: 0)
    await sight.look(100.0, 0.0)
    version = sight.version
    await Phone(book).register()
    await sight.look(100.9, 0.0)
    assert sight.version == version
    await sight.look(101.0, 0.0)
    assert sight.version > version
    assert "event: part" in sight.since(version)
    assert "event: policy" not in sight.since(version)


def test_what_is_made_of_the_same_is_made_once() -> None:
    stands = [1]
    made: list[int] = []

    def make(value: int) -> str:
        made.append(value)
        return str(value)

    part = kept(lambda: stands[0], make)
    assert [part(), part()] == ["1", "1"]
    stands[0] = 2
    assert [part(), part()] == ["2", "2"]
    assert made == [1, 2]


async def test_counts_are_those_of_the_registrations_there_are(book: Playbook) -> None:
    census = Census(book.system)

    def agreed() -> tuple[int, int, int, int]:
        stand = census.look(book.now)
        assert stand.registrations == book.system.state.binding_count == stand.encrypted + stand.plain
        assert stand.on(UDP_5060) == stand.registrations
        return stand.registrations, stand.downgraded, stand.stale, stand.refused

    assert agreed() == (0, 0, 0, 0)
    await Phone(book, agent="Mitel 6930 SIP/5.1.0").register()
    assert agreed() == (1, 1, 0, 0)
    await Phone(book, "12346", pin="4712", call_id="call-2").register()
    assert agreed() == (2, 1, 0, 0)
    book.now += 1
    await Phone(book, agent="Linphone/5", call_id="call-3").register()
    assert agreed() == (2, 0, 0, 0)
    await Phone(book, pin="0000", call_id="call-4").ask()
    await book.execute("extension -c -d 12346..12347 --security-exception no", "auth_code -i -d 12347 --auth-code 1")
    await book.execute("sec_policy -set 1")
    assert agreed() == (2, 0, 2, 1)
    await book.execute("extension_unregistration -d 12345")
    assert agreed() == (1, 0, 1, 1)
    book.tick(4000)
    await book.settle()
    assert agreed() == (0, 0, 0, 0)


async def test_a_registration_that_could_not_be_stored_is_not_counted(book: Playbook) -> None:
    census = Census(book.system)
    book.memory.open.clear()
    book.memory.broken = True
    phone = Phone(book)
    asked = asyncio.ensure_future(phone.ask())
    await asyncio.sleep(0.01)
    assert census.look(book.now).registrations == 1
    book.memory.open.set()
    assert (await asked).startswith("SIP/2.0 503")
    assert census.look(book.now).registrations == 0


async def test_messages_a_second_are_counted_once_over_all_looks_and_go_down_alone(book: Playbook) -> None:
    rates = Rates(book.system)
    port = (UDP_5060.port, UDP_5060.transport)
    message = b"REGISTER"
    for _ in range(20):
        for _ in range(5):
            book.system.trace.received(flow(UDP_5060), message, book.now)
        book.now += 0.5
        said = rates.look(book.now)[port]
    assert said == pytest.approx(10.0, rel=0.1)
    book.now += 5
    assert rates.look(book.now)[port] == pytest.approx(5.0, rel=0.15)
    book.now += 20
    assert rates.look(book.now) == {}
