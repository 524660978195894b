"""A NOTIFY is repeated until it is answered, goes over the peer's own flow only, and asks phones to come back."""

import re

import pytest

from registrar.sip.notify import TIMER_F
from tests.lab import TCP_5060, flow
from tests.servers.playbook import Phone, Playbook, Wire, text_of, with_extensions
from tests.servers.watching import WATCHER, Watcher, answer_to, contacts, of, watched
from tests.sip.road import header, headers, status

# -- repeated, and where to -----------------------------------------------------------------------------------------


async def test_a_notify_that_is_not_answered_is_repeated_and_then_given_up() -> None:
    book, _, _ = await watched()
    phone = Phone(book)
    await phone.register()
    (first,) = of("NOTIFY", book.take())
    start, times = book.now, []
    while book.now < start + TIMER_F + 10:
        book.tick(0.25)
        for copy in of("NOTIFY", book.take()):
            assert copy == first
            times.append(book.now - start)
    assert times == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    await phone.register()
    assert of("NOTIFY", book.take()) == []
    assert len(book.sip._events._subscriptions) == 0


async def test_a_provisional_answer_slows_the_repetitions() -> None:
    book, watcher, _ = await watched()
    await Phone(book).register()
    (first,) = of("NOTIFY", book.take())
    assert await watcher.says(first, "100 Trying") == []
    book.tick(0.5)
    assert len(of("NOTIFY", book.take())) == 1
    book.tick(3.75)
    assert of("NOTIFY", book.take()) == []
    book.tick(0.25)
    assert len(of("NOTIFY", book.take())) == 1


async def test_notifies_go_to_the_source_of_the_subscribe_whatever_it_says_of_itself() -> None:
    book = await with_extensions()
    watcher = Watcher(book, "12347", source=WATCHER)
    lines = ("Contact: <sip:victim@10.6.6.6:666>", "Via: SIP/2.0/UDP 10.6.6.6:667;branch=z9hG4bK1")
    assert status(await watcher.ask("Event: reg", *lines, method="SUBSCRIBE")) == "200 OK"
    book.tick(4)
    addresses = {address for data, address in book.datagrams if data.startswith(b"NOTIFY")}
    assert addresses == {WATCHER}


async def test_a_watcher_that_moved_is_told_at_its_new_address_only() -> None:
    book, watcher, _ = await watched()
    phone = Phone(book)
    await phone.register()
    (lost,) = of("NOTIFY", book.take())
    watcher.source = ("127.0.0.9", 50001)
    _, (here,) = await watcher.subscribe()
    await watcher.says(here)
    await phone.register("Contact: <sip:b@10.0.0.2>")
    assert [address for data, address in book.datagrams if data.startswith(b"NOTIFY")] == [watcher.source]
    await watcher.says(of("NOTIFY", book.take())[0])
    book.tick(TIMER_F + 1)
    assert set(book.take()) <= {lost}
    await phone.register("Contact: <sip:c@10.0.0.3>")
    assert len(of("NOTIFY", book.take())) == 1


async def over_connection(book: Playbook, number: int, watcher: Watcher) -> Wire:
    wire = watcher.wire = book.connect(flow(TCP_5060, port=50000 + number, connection=number))
    wire.sent.clear()
    await watcher.subscribe()
    return wire


async def test_over_a_connection_notifies_are_not_repeated_and_end_with_it() -> None:
    book = await with_extensions()
    watcher = Watcher(book, "12347")
    wire = await over_connection(book, 1, watcher)
    notify = of("NOTIFY", [text_of(data) for data in wire.sent])
    assert len(notify) == 1
    assert header(notify[0], "Via") is not None
    assert (header(notify[0], "Via") or "").startswith("SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK")
    assert header(notify[0], "Contact") == "<sip:12347@127.0.0.1:5060;transport=tcp>"
    wire.sent.clear()
    book.tick(10)
    assert wire.sent == []
    book.sip.closed(wire)
    await Phone(book, "12347").register()
    assert of("NOTIFY", book.take()) == []
    assert wire.sent == []


async def test_a_watcher_is_forgotten_with_its_connection_even_when_it_has_answered() -> None:
    book = await with_extensions()
    wire = await over_connection(book, 1, Watcher(book, "12347"))
    (notify,) = of("NOTIFY", [text_of(data) for data in wire.sent])
    book.sip.received(wire, answer_to(notify))
    assert len(book.sip._events._subscriptions) == 1
    book.sip.closed(wire)
    assert len(book.sip._events._subscriptions) == 0
    assert book.sip._events._subscriptions._connections == {}
    assert book.sip._events._notifications._connections == {}


async def test_a_watcher_that_moved_to_another_connection_goes_with_that_one_alone() -> None:
    book = await with_extensions()
    watcher = Watcher(book, "12347")
    old = await over_connection(book, 1, watcher)
    new = await over_connection(book, 2, watcher)
    assert list(book.sip._events._subscriptions._connections) == [2]
    book.sip.closed(old)
    assert len(book.sip._events._subscriptions) == 1
    book.sip.closed(new)
    assert len(book.sip._events._subscriptions) == 0
    assert book.sip._events._subscriptions._connections == {}
    assert book.sip._events._notifications._connections == {}


async def test_a_connection_that_dies_with_a_notify_does_not_stop_the_next_one() -> None:
    book = await with_extensions()
    watcher = Watcher(book, "12347")
    old = await over_connection(book, 1, watcher)
    new = await over_connection(book, 2, watcher)
    book.sip.closed(old)
    for notify in of("NOTIFY", [text_of(data) for data in new.sent]):
        book.sip.received(new, answer_to(notify))
    new.sent.clear()
    await Phone(book, "12347").register()
    assert len(of("NOTIFY", [text_of(data) for data in new.sent])) == 1


async def test_a_false_source_is_not_flooded() -> None:
    """Without a PIN anybody may say anything of where it is: a fetch is told once, subscriptions are few."""
    book = await with_extensions()
    for n in range(100):
        await Watcher(book, "12347", source=WATCHER, call_id=f"fetch-{n}").subscribe("Expires: 0")
    book.take()
    book.tick(40)
    assert book.datagrams == []
    for n in range(100):
        await Watcher(book, "12347", source=WATCHER, call_id=f"watch-{n}").subscribe()
    book.take()
    book.tick(40)
    assert book.datagrams == []
    assert len(book.sip._events._subscriptions) == 0


async def test_with_the_pin_even_a_fetch_is_repeated_until_it_is_answered() -> None:
    book = await with_extensions()
    watcher = Watcher(book, source=WATCHER)
    _, (notify,) = await watcher.subscribe("Expires: 0")
    book.tick(0.5)
    assert of("NOTIFY", book.take()) == [notify]
    await watcher.says(notify)
    book.tick(40)
    assert book.datagrams == []


# -- phones that should come back -----------------------------------------------------------------------------------


async def test_an_unregistered_phone_is_asked_to_come_back_over_its_own_flow() -> None:
    book = await with_extensions()
    phone = Phone(book, source=("127.0.0.1", 40007))
    await phone.register("Contact: <sip:12345@10.6.6.6:666;x=y?Route=z>")
    book.datagrams.clear()
    await book.execute("extension_unregistration -d 12345")
    ((data, address),) = book.datagrams
    notify = text_of(data)
    assert address == ("127.0.0.1", 40007)
    assert notify.startswith("NOTIFY sip:12345@10.6.6.6:666;x=y SIP/2.0\n")
    assert header(notify, "Event") == "check-sync;reboot=false"
    assert header(notify, "Subscription-State") == "terminated"
    assert header(notify, "To") == "<sip:12345@lab.example>"
    assert re.fullmatch(r"<sip:lab\.example>;tag=token\d+", header(notify, "From") or "")
    assert header(notify, "Content-Length") == "0"


async def test_the_phone_is_asked_again_until_it_answers() -> None:
    book = await with_extensions()
    phone = Phone(book)
    await phone.register()
    book.datagrams.clear()
    await book.execute("extension_unregistration -d 12345")
    (notify,) = book.take()
    book.tick(0.5)
    assert book.take() == [notify]
    await book.exchange(answer_to(notify, "489 Bad Event"))
    book.tick(40)
    assert book.datagrams == []
    assert len(await phone.register()) == 1


async def test_a_phone_behind_proxies_is_asked_by_the_way_it_came() -> None:
    book = await with_extensions()
    await Phone(book).register("Supported: path", "Path: <sip:p2.example;lr>, <sip:p1.example;lr>")
    book.datagrams.clear()
    await book.execute("extension_unregistration -d 12345")
    assert headers(book.take()[0], "Route") == ["<sip:p2.example;lr>", "<sip:p1.example;lr>"]


async def test_a_phone_on_a_connection_is_asked_over_it() -> None:
    book = await with_extensions()
    wire = book.connect(flow(TCP_5060, connection=1))
    await Phone(book, wire=wire).register()
    wire.sent.clear()
    await book.execute("extension_unregistration -d 12345")
    assert [text_of(data).partition(" ")[0] for data in wire.sent] == ["NOTIFY"]
    assert book.datagrams == []


async def test_watchers_hear_that_it_was_deactivated() -> None:
    book, watcher, _ = await watched()
    await Phone(book).register()
    await watcher.says(of("NOTIFY", book.take())[0])
    await book.execute("extension_unregistration -d 12345")
    check_sync, notify = sorted(of("NOTIFY", book.take()), key=lambda text: header(text, "Event") or "")
    assert contacts(notify) == [("sip:12345@127.0.0.1:40000", "terminated", "deactivated")]
    assert header(check_sync, "Event") == "check-sync;reboot=false"


@pytest.mark.parametrize("line", ["extension -e -d 12345", "extension_unregistration -d 12346"])
async def test_phones_of_erased_and_of_other_numbers_are_not_asked(line: str) -> None:
    book = await with_extensions()
    await Phone(book).register()
    book.datagrams.clear()
    await book.execute(line)
    assert book.datagrams == []


async def test_a_contact_that_speaks_no_sip_is_not_asked() -> None:
    book = await with_extensions()
    await Phone(book).register("Contact: <tel:+4612345678>")
    book.datagrams.clear()
    await book.execute("extension_unregistration -d 12345")
    assert book.datagrams == []
