"""What is acknowledged is stored: no 200 and no NOTIFY before the commit, and what cannot be stored never happened."""

import asyncio
from pathlib import Path

import pytest

from registrar.model.events import BindingEvent, EventType, RefusalEvent
from registrar.model.reason import Reason
from registrar.store.store import Store
from registrar.store.vault import Vault
from tests.lab import TCP_5060, flow
from tests.servers.playbook import PHONE, Phone, Playbook, with_extensions
from tests.sip.road import header, headers, octets, status


async def some_time() -> None:
    """Let everything run that can run."""
    for _ in range(20):
        await asyncio.sleep(0)


def told(book: Playbook) -> list[EventType]:
    return [event.subject.type for event in book.events() if isinstance(event.subject, BindingEvent)]


async def begin(book: Playbook, text: str) -> list[str]:
    """What is answered to a request while nothing gets stored."""
    book.sip.datagram(flow().listener, octets(text), PHONE)
    await some_time()
    return book.take()


async def stopped() -> tuple[Playbook, Phone]:
    """A node whose store has stopped, and a phone that knows no PIN."""
    book = await with_extensions()
    book.memory.open.clear()
    return book, Phone(book, "12347")


async def goes_on(book: Playbook) -> list[str]:
    """What is sent once the store goes on."""
    book.memory.open.set()
    await book.settle()
    return book.take()


async def test_nothing_is_answered_before_it_is_stored() -> None:
    book, phone = await stopped()
    assert await begin(book, phone.request()) == []
    assert told(book) == []
    before = len(book.memory.stored)
    (answer,) = await goes_on(book)
    assert status(answer) == "200 OK"
    assert len(book.memory.stored) == before + 1
    assert told(book) == [EventType.REGISTERED]


async def test_copies_wait_with_the_first_and_get_its_answer_later() -> None:
    book, phone = await stopped()
    text = phone.request()
    assert await begin(book, text) + await begin(book, text) + await begin(book, text) == []
    (answer,) = await goes_on(book)
    assert await phone.send(text) == answer
    assert told(book) == [EventType.REGISTERED]


async def test_a_query_waits_for_what_it_tells_of_and_its_copies_are_answered_too() -> None:
    book, phone = await stopped()
    query = Phone(book, "12347", call_id="query").request("REGISTER", "Contact:")
    assert await begin(book, phone.request()) + await begin(book, query) == []
    _, answer = await goes_on(book)
    assert headers(answer, "Contact") == ["<sip:12347@127.0.0.1:40000>;expires=3600"]
    assert await phone.send(query) == answer


async def test_a_refusal_waits_for_nothing() -> None:
    book, phone = await stopped()
    assert await begin(book, phone.request()) == []
    (answer,) = await begin(book, Phone(book, "12345", call_id="other").request())
    assert status(answer) == "401 Unauthorized"


async def test_what_cannot_be_stored_is_refused_and_never_was() -> None:
    book, phone = await stopped()
    book.memory.broken = True
    assert await begin(book, phone.request()) == []
    assert book.contacts("12347") == ["sip:12347@127.0.0.1:40000"]
    (answer,) = await goes_on(book)
    assert status(answer) == "503 Registration Could Not Be Stored"
    assert header(answer, "Retry-After") == "10"
    assert book.contacts("12347") == []
    assert told(book) == []
    (refusal,) = [event.subject for event in book.events() if isinstance(event.subject, RefusalEvent)]
    assert refusal.outcome.reason is Reason.STORE_FAILED


async def test_copies_of_what_could_not_be_stored_are_refused_as_well() -> None:
    book, phone = await stopped()
    book.memory.broken = True
    await begin(book, phone.request())
    text = phone.request()
    await begin(book, text)
    answers = await goes_on(book)
    assert [status(answer)[:3] for answer in answers] == ["503", "503"]
    assert status(await phone.send(text)).startswith("503 ")


async def test_the_phone_that_tries_again_later_is_welcome() -> None:
    book = await with_extensions()
    phone = Phone(book)
    await phone.register("Contact: <sip:old@10.0.0.1>")
    book.memory.broken = True
    assert status(await phone.ask("Contact: *", "Expires: 0")).startswith("503 ")
    assert book.contacts() == ["sip:old@10.0.0.1"]
    book.memory.broken = False
    assert await phone.register("Contact: *", "Expires: 0") == []


async def test_everything_that_built_on_what_failed_fails_with_it() -> None:
    book, phone = await stopped()
    book.memory.broken = True
    first = phone.request("REGISTER", "Contact: <sip:a@10.0.0.1>")
    second = phone.request("REGISTER", "Contact: <sip:a@10.0.0.1>;expires=60, <sip:b@10.0.0.2>")
    removal = phone.request("REGISTER", "Contact: *", "Expires: 0")
    for text in (first, second, removal):
        assert await begin(book, text) == []
    answers = await goes_on(book)
    assert [status(answer)[:3] for answer in answers] == ["503"] * 3
    assert book.contacts("12347") == []


async def test_a_watcher_hears_of_nothing_that_is_not_stored() -> None:
    book, phone = await stopped()
    watch = Phone(book, "12347", call_id="watch").request("SUBSCRIBE", "Event: reg", uri="sip:12347@lab.example")
    assert await begin(book, phone.request()) + await begin(book, watch) == []
    registered, subscribed, notify = await goes_on(book)
    assert [status(registered), status(subscribed)] == ["200 OK", "200 OK"]
    assert "sip:12347@127.0.0.1:40000" in notify


async def test_a_watcher_is_refused_when_what_it_would_be_told_cannot_be_stored() -> None:
    book, phone = await stopped()
    book.memory.broken = True
    watch = Phone(book, "12347", call_id="watch").request("SUBSCRIBE", "Event: reg", uri="sip:12347@lab.example")
    await begin(book, phone.request())
    await begin(book, watch)
    assert [status(answer)[:3] for answer in await goes_on(book)] == ["503", "503"]


async def test_a_connection_that_closes_meanwhile_hears_nothing_and_its_flow_is_not_kept() -> None:
    book, _ = await stopped()
    wire = book.connect(flow(TCP_5060, connection=7))
    phone = Phone(book, "12347", wire=wire)
    instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>";reg-id=1'
    book.sip.received(wire, octets(phone.request("REGISTER", f"Contact: <sip:12347@10.0.0.1>;{instance}")))
    book.sip.closed(wire)
    book.memory.open.set()
    await book.settle()
    assert wire.sent == []
    assert book.contacts("12347") == []


@pytest.mark.parametrize("durable", [True, False])
async def test_a_restart_finds_what_was_acknowledged(tmp_path: Path, durable: bool) -> None:
    """With a store on disk; bindings are only there when they are to be durable."""
    url = f"sqlite:///{tmp_path / 'node.db'}"
    store = await Store.open(url, Vault(bytes(32)))
    book = await with_extensions(Playbook(store, durable=durable))
    phone = Phone(book)
    assert await phone.register("Contact: <sip:a@10.0.0.1>;q=0.5;x=y", "Expires: 600")
    await book.settle()
    await store.close()

    store = await Store.open(url, Vault(bytes(32)))
    phone.book = Playbook(store, loaded=await store.load(), nonce_key=b"another one each time", durable=durable)
    phone.book.now += 100
    listed = await phone.register("Contact:")
    assert listed == (["<sip:a@10.0.0.1>;q=0.5;x=y;expires=500"] if durable else [])
    await phone.book.settle()
    await store.close()
