"""Who watches a number is told of every change until the subscription ends (RFC 3680, RFC 6665)."""

import pytest

from registrar.sip.subscription import GONE_KEPT, LIMIT_PER_NUMBER
from tests.servers.playbook import Phone, Playbook, with_extensions
from tests.servers.watching import WATCHER, Watcher, contacts, document, of, watched
from tests.sip.road import header, headers, status

# -- subscribing ----------------------------------------------------------------------------------------------------


async def test_a_watcher_gives_the_numbers_pin_and_is_told_the_state_at_once() -> None:
    book = await with_extensions()
    await Phone(book).register()
    watcher = Watcher(book, source=WATCHER, call_id="watch")
    challenge = await watcher.send(watcher.request("SUBSCRIBE", "Event: reg", uri="sip:12345@lab.example"))
    assert status(challenge) == "401 Unauthorized"
    answer, (notify,) = await watcher.subscribe("Expires: 600")
    assert (status(answer), header(answer, "Expires")) == ("200 OK", "600")
    assert header(answer, "Contact") == "<sip:12345@127.0.0.1:5060>"
    assert notify.startswith("NOTIFY sip:12345@127.0.0.9:50000 SIP/2.0\n")
    assert header(notify, "From") == header(answer, "To")
    assert header(notify, "To") == header(answer, "From")
    assert header(notify, "Call-ID") == "watch"
    assert header(notify, "Event") == "reg"
    assert header(notify, "Subscription-State") == "active;expires=600"
    assert header(notify, "Content-Type") == "application/reginfo+xml"
    assert header(notify, "Content-Length") == str(len(notify.partition("\n\n")[2].encode()))
    assert contacts(notify) == [("sip:12345@127.0.0.1:40000", "active", "registered")]


@pytest.mark.parametrize("pin", ["wrong", ""])
async def test_whoever_does_not_know_the_pin_watches_nothing(pin: str) -> None:
    book = await with_extensions()
    watcher = Watcher(book, pin=pin, source=WATCHER)
    assert status((await watcher.subscribe())[0]) == "401 Unauthorized"
    assert status((await watcher.subscribe())[0]) == "403 Wrong Number Or PIN"
    await Phone(book).register()
    assert of("NOTIFY", book.take()) == []
    assert len(book.sip._events._subscriptions) == 0


async def test_a_watcher_of_no_number_is_met_like_one_with_a_wrong_pin() -> None:
    answers = [
        await Watcher(book, "12345", pin="wrong").subscribe()
        for book in (await with_extensions(), await Playbook().execute("sec_policy -remove"))
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (("Event: presence",), "489 Bad Event"),
        (("Event:",), "489 Bad Event"),
        (("Accept: application/pidf+xml",), "406 Not Acceptable"),
        (("Expires: 59",), "423 Interval Too Brief"),
        (("Contact:",), "400 Missing Contact"),
        (("Contact: <tel:1>",), "400 Bad Contact"),
        (("Contact: *",), "400 Bad Contact"),
        (("From: <sip:a@lab.example>",), "400 Missing From Tag"),
        (("To: <sip:12345@lab.example>;tag=made-up",), "481 Subscription Does Not Exist"),
    ],
)
async def test_what_cannot_be_subscribed_to_is_told_so(lines: tuple[str, ...], line: str) -> None:
    book = await with_extensions()
    watcher = Watcher(book, "12347")
    answer, notifies = await watcher.subscribe(*lines)
    assert (status(answer), notifies) == (line, [])
    if line == "489 Bad Event":
        assert header(answer, "Allow-Events") == "reg"
    if line.startswith("423"):
        assert header(answer, "Min-Expires") == "60"


@pytest.mark.parametrize(
    ("asked", "granted"), [((), "3761"), (("Expires: 99999999",), "86400"), (("Expires: 60",), "60")]
)
async def test_how_long_a_subscription_lasts(asked: tuple[str, ...], granted: str) -> None:
    answer, (notify,) = await Watcher(await with_extensions(), "12346", "4712").subscribe(*asked)
    assert header(answer, "Expires") == granted
    assert header(notify, "Subscription-State") == f"active;expires={granted}"


async def test_a_copy_of_a_subscribe_makes_no_second_subscription() -> None:
    book = await with_extensions()
    watcher = Watcher(book, "12347")
    answer, _ = await watcher.subscribe()
    assert await watcher.again() == answer
    assert of("NOTIFY", book.take()) == []
    assert len(book.sip._events._subscriptions) == 1


async def test_subscriptions_to_a_number_are_limited() -> None:
    book = await with_extensions()
    watchers = [Watcher(book, "12347", call_id=f"watch-{n}") for n in range(LIMIT_PER_NUMBER + 1)]
    answers = [status((await watcher.subscribe())[0]) for watcher in watchers]
    assert answers == ["200 OK"] * LIMIT_PER_NUMBER + ["403 Too Many Subscriptions"]


async def test_what_is_kept_of_a_subscription_is_limited() -> None:
    book = await with_extensions()
    watcher = Watcher(book, "12347")
    answer, sent = await watcher.subscribe(*["Record-Route: <sip:r.example;lr>"], f"Event: reg;id={'x' * 4096}")
    assert status(answer) == "513 Message Too Large"
    assert (sent, len(book.sip._events._subscriptions)) == ([], 0)


async def test_subscriptions_are_limited_over_all_numbers() -> None:
    book = await with_extensions()
    book.sip._events._subscriptions._limit = 1
    assert status((await Watcher(book, "12347", call_id="one").subscribe())[0]) == "200 OK"
    answer, notifies = await Watcher(book, "12346", "4712", call_id="two").subscribe()
    assert (status(answer), notifies) == ("503 Too Many Subscriptions", [])
    assert header(answer, "Retry-After") == "10"


# -- every change ---------------------------------------------------------------------------------------------------


async def test_every_change_is_told_of_once_with_the_whole_state() -> None:
    book, watcher, first = await watched()
    phone = Phone(book)
    versions, told = [document(first).get("version")], []
    for lines in (
        ("Contact: <sip:a@10.0.0.1>;expires=600",),
        ("Contact: <sip:b@10.0.0.2>;expires=60",),
        ("Contact: <sip:a@10.0.0.1>;expires=900",),
        ("Contact: <sip:a@10.0.0.1>;expires=0",),
    ):
        book.now += 1
        await phone.register(*lines)
        (notify,) = of("NOTIFY", book.take())
        assert await watcher.says(notify) == []
        versions.append(document(notify).get("version"))
        told.append(contacts(notify))
    book.tick(61)
    await book.settle()
    (notify,) = of("NOTIFY", book.take())
    told.append(contacts(notify))
    a, b = "sip:a@10.0.0.1", "sip:b@10.0.0.2"
    assert versions == ["0", "1", "2", "3", "4"]
    assert told == [
        [(a, "active", "registered")],
        [(a, "active", "registered"), (b, "active", "registered")],
        [(a, "active", "refreshed"), (b, "active", "registered")],
        [(b, "active", "registered"), (a, "terminated", "unregistered")],
        [(b, "terminated", "expired")],
    ]
    assert document(notify)[0].get("state") == "terminated"
    await book.execute("extension -c -d 12345 --csp 1")
    assert of("NOTIFY", book.take()) == []


async def test_what_changes_while_a_notify_is_under_way_goes_into_the_next() -> None:
    book, watcher, _ = await watched()
    phone = Phone(book)
    await phone.register("Contact: <sip:a@10.0.0.1>")
    (slow,) = of("NOTIFY", book.take())
    back = ("<sip:b@10.0.0.2>;expires=0", "<sip:b@10.0.0.2>")
    for contact in ("<sip:b@10.0.0.2>", "<sip:a@10.0.0.1>;expires=0", "<sip:c@10.0.0.3>", *back):
        await phone.register(f"Contact: {contact}")
    assert of("NOTIFY", book.take()) == []
    (notify,) = await watcher.says(slow)
    assert contacts(notify) == [
        ("sip:c@10.0.0.3", "active", "registered"),
        ("sip:b@10.0.0.2", "active", "registered"),
        ("sip:a@10.0.0.1", "terminated", "unregistered"),
    ]


async def test_of_contacts_that_go_in_between_the_last_are_told_of() -> None:
    book, watcher, _ = await watched("12347", "")
    phone = Phone(book, "12347")
    await phone.register()
    (slow,) = of("NOTIFY", book.take())
    for n in range(GONE_KEPT + 3):
        await phone.register(f"Contact: <sip:{n}@10.0.0.1>")
        await phone.register(f"Contact: <sip:{n}@10.0.0.1>;expires=0")
    (notify,) = await watcher.says(slow)
    gone = [uri for uri, state, _ in contacts(notify) if state == "terminated"]
    assert gone == [f"sip:{n}@10.0.0.1" for n in range(3, GONE_KEPT + 3)]


async def test_numbers_of_notifies_rise_within_the_dialog() -> None:
    book, _, first = await watched()
    await Phone(book).register()
    (second,) = of("NOTIFY", book.take())
    assert [header(first, "CSeq"), header(second, "CSeq")] == ["1 NOTIFY", "2 NOTIFY"]
    assert {header(first, "From"), header(first, "To")} == {header(second, "From"), header(second, "To")}


async def test_other_numbers_are_nobodys_business() -> None:
    book, _, _ = await watched("12345")
    await Phone(book, "12347").register()
    assert of("NOTIFY", book.take()) == []


async def test_the_way_that_was_recorded_is_taken_back() -> None:
    lines = ("Record-Route: <sip:p2.example;lr>, <sip:p1.example;lr>", "Event: reg;id=7")
    _, _, notify = await watched("12347", "", *lines)
    assert headers(notify, "Route") == ["<sip:p2.example;lr>", "<sip:p1.example;lr>"]
    assert header(notify, "Event") == "reg;id=7"


# -- the end of a subscription --------------------------------------------------------------------------------------


async def test_a_subscription_that_is_not_refreshed_ends_with_a_last_notify() -> None:
    book, watcher, _ = await watched("12345", "4711", "Expires: 60")
    book.tick(59)
    assert of("NOTIFY", book.take()) == []
    book.tick(1)
    (last,) = of("NOTIFY", book.take())
    assert header(last, "Subscription-State") == "terminated;reason=timeout"
    assert await watcher.says(last) == []
    await Phone(book).register()
    assert of("NOTIFY", book.take()) == []


async def test_a_refresh_within_the_dialog_keeps_it() -> None:
    book, watcher, _ = await watched("12345", "4711", "Expires: 60")
    book.tick(50)
    answer, (notify,) = await watcher.subscribe("Expires: 60")
    assert (status(answer), header(answer, "To")) == ("200 OK", watcher.dialog_to)
    assert header(notify, "CSeq") == "2 NOTIFY"
    await watcher.says(notify)
    book.tick(50)
    assert of("NOTIFY", book.take()) == []
    assert len(book.sip._events._subscriptions) == 1


async def test_a_refresh_tells_where_the_watcher_is_and_how_far_it_has_counted() -> None:
    book, watcher, _ = await watched("12347", "")
    _, (notify,) = await watcher.subscribe("Contact: <sip:moved@127.0.0.9:50001>")
    assert notify.startswith("NOTIFY sip:moved@127.0.0.9:50001 SIP/2.0\n")
    watcher.cseq -= 1
    answer, _ = await watcher.subscribe("Via: SIP/2.0/UDP 127.0.0.9:50000;branch=z9hG4bKsame")
    assert status(answer) == "500 CSeq Out Of Order"
    await watcher.says(notify)
    await Phone(book, "12347").register()
    assert of("NOTIFY", book.take())[0].startswith("NOTIFY sip:moved@")


async def test_a_refresh_needs_the_pin_too() -> None:
    book, watcher, _ = await watched()
    watcher.pin = "wrong"
    watcher.cseq += 1
    assert status((await watcher.subscribe("Expires: 0"))[0]) == "401 Unauthorized"
    await Phone(book).register()
    assert len(of("NOTIFY", book.take())) == 1


async def test_a_refresh_that_was_overtaken_is_refused() -> None:
    _, watcher, _ = await watched("12347", "")
    watcher.cseq = 0
    assert status((await watcher.subscribe("Via: SIP/2.0/UDP 127.0.0.9:50000;branch=z9hG4bKlate"))[0]) == (
        "500 CSeq Out Of Order"
    )


async def test_unsubscribing_ends_with_a_last_notify() -> None:
    book, watcher, _ = await watched()
    answer, (last,) = await watcher.subscribe("Expires: 0")
    assert (status(answer), header(answer, "Expires")) == ("200 OK", "0")
    assert header(last, "Subscription-State") == "terminated;reason=timeout"
    await Phone(book).register()
    assert of("NOTIFY", book.take()) == []
    assert status((await watcher.subscribe())[0]) == "481 Subscription Does Not Exist"


async def test_to_fetch_the_state_once_is_to_subscribe_for_no_time() -> None:
    book = await with_extensions()
    await Phone(book).register()
    answer, (notify,) = await Watcher(book, source=WATCHER, call_id="fetch").subscribe("Expires: 0")
    assert status(answer) == "200 OK"
    assert header(notify, "Subscription-State") == "terminated;reason=timeout"
    assert len(contacts(notify)) == 1
    assert len(book.sip._events._subscriptions) == 0


async def test_when_the_number_is_erased_there_is_no_resource_any_more() -> None:
    book, _, _ = await watched()
    await book.execute("extension -e -d 12345")
    (last,) = of("NOTIFY", book.take())
    assert header(last, "Subscription-State") == "terminated;reason=noresource"
    assert len(book.sip._events._subscriptions) == 0


async def test_an_erased_numbers_contacts_are_told_of_as_rejected() -> None:
    book, watcher, _ = await watched()
    await Phone(book).register()
    await watcher.says(of("NOTIFY", book.take())[0])
    await book.execute("extension -e -d 12345")
    (last,) = of("NOTIFY", book.take())
    assert contacts(last) == [("sip:12345@127.0.0.1:40000", "terminated", "rejected")]


@pytest.mark.parametrize(
    "line", ["300 Multiple Choices", "481 Subscription Does Not Exist", "500 Server Error", "603 Decline"]
)
async def test_a_watcher_that_wants_no_more_is_left_alone(line: str) -> None:
    book, watcher, _ = await watched()
    phone = Phone(book)
    await phone.register()
    assert await watcher.says(of("NOTIFY", book.take())[0], line) == []
    await phone.register()
    assert of("NOTIFY", book.take()) == []
