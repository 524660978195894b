"""What the gatekeeper sends of its own accord: URQ until it is confirmed, IRQ to whoever fell silent."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from registrar.h323.liveness import AT_ONCE, Liveness
from registrar.h323.messages import info_request
from registrar.h323.outgoing import BATCH, INTERVAL, LAST, LONGEST_INTERVAL, Outgoing
from registrar.h323.ras import RasMessage, decode, encode
from registrar.model.events import BindingEvent, Cause, EventType
from registrar.model.flow import Address
from tests.h323.endpoint import Endpoint, is_signed, transport
from tests.lab import NOW, TLS_3727, UDP_1719, flow
from tests.servers.ras_book import PHONE, SETTINGS, Book, reason, with_extensions
from tests.sip.road import binding

ELSEWHERE: Address = ("127.0.0.2", 40000)


async def registered(number: str = "12347", **more: object) -> tuple[Book, Endpoint]:
    """An endpoint whose address is no lie."""
    book = await with_extensions()
    book.ras._proven.add(PHONE[0])
    endpoint = book.endpoint(number, **more)  # type: ignore[arg-type]
    assert (await book.ask(endpoint, endpoint.register())).name == "registrationConfirm"
    book.take()
    return book, endpoint


def confirmed(request: RasMessage) -> bytes:
    return encode(("unregistrationConfirm", {"requestSeqNum": request.value["requestSeqNum"]}))


def status(endpoint: Endpoint, request: RasMessage, **more: object) -> bytes:
    """An IRR that answers an IRQ."""
    value = {
        "requestSeqNum": request.value["requestSeqNum"],
        "endpointType": {"terminal": {}, "mc": False, "undefinedNode": False},
        "endpointIdentifier": endpoint.identifier,
        "rasAddress": transport(("127.0.0.1", 40000)),
        "callSignalAddress": [],
        "needResponse": False,
        "unsolicited": False,
    }
    return endpoint.sign("infoRequestResponse", value | more)


# -- URQ ------------------------------------------------------------------------------------------------------------


async def test_unregistration_by_the_operator_is_told_until_it_is_confirmed() -> None:
    book, endpoint = await registered()
    await book.execute("extension_unregistration -d 12347")
    await book.tick(0.25)
    ((octets, address),) = book.datagrams
    request = decode(octets)
    assert (request.name, address) == ("unregistrationRequest", PHONE)
    assert request.value == {
        "requestSeqNum": request.value["requestSeqNum"],
        "callSignalAddress": [transport(endpoint.signal)],
        "endpointIdentifier": endpoint.identifier,
        "gatekeeperIdentifier": "registrar",
        "reason": ("reregistrationRequired", None),
    }
    book.take()
    await book.tick(3 * INTERVAL)
    assert book.take() == [request] * 2, "copies of it"
    book.ras.datagram(UDP_1719, confirmed(request), ELSEWHERE)
    await book.tick(4 * INTERVAL)
    assert book.take() == [request], "somebody else confirmed"
    book.ras.datagram(UDP_1719, confirmed(request), PHONE)
    await book.tick(60)
    assert book.take() == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("extension_unregistration -d all", "reregistrationRequired"),
        ("extension -e -d 12347", "reregistrationRequired"),
        ("", "ttlExpired"),
    ],
)
async def test_an_endpoint_is_told_more_and_more_seldom_for_as_long_as_it_would_have_been_registered(
    line: str, why: str
) -> None:
    book, _ = await registered()
    if line:
        await book.execute(line)
    else:
        while book.bindings("12347"):
            await book.tick(1)
        book.datagrams[:] = [sent for sent in book.datagrams if decode(sent[0]).name == "unregistrationRequest"]
    began, times, requests = book.now, [0.0] * len(book.datagrams), book.take()
    while book.now < began + 1000:
        await book.tick(0.25)
        if came := book.take():
            times.append(book.now - began)
            requests += came
    assert [round(time) for time in times] == [0, 3, 9, 21, 45, 93], "120 s were granted"
    assert [request.value["reason"] for request in requests] == [(why, None)] * 6
    assert len({request.value["requestSeqNum"] for request in requests}) == 1
    assert (book.bindings("12347"), len(book.ras._events)) == ([], 0)


async def test_a_number_that_is_registered_again_elsewhere_is_not_unregistered_where_it_was() -> None:
    book, _ = await registered()
    await book.execute("extension_unregistration -d 12347")
    await book.tick(1)
    assert len(book.take()) == 1
    again = book.endpoint("12347", signal=("127.0.0.2", 1720))
    assert (await book.ask(again, again.register(), ELSEWHERE)).name == "registrationConfirm"
    book.take()
    await book.tick(60)
    assert book.take() == []


@pytest.mark.parametrize("how", ["unregistrationReject", "registrationRequest"])
async def test_a_rejection_or_a_new_registration_ends_it_as_well(how: str) -> None:
    book, endpoint = await registered()
    await book.execute("extension_unregistration -d 12347")
    await book.tick(1)
    (request,) = book.take()
    if how == "unregistrationReject":
        why = {"rejectReason": ("undefinedReason", None), "requestSeqNum": request.value["requestSeqNum"]}
        book.ras.datagram(UDP_1719, encode((how, why)), PHONE)
    else:
        await book.ask(endpoint, endpoint.register())
    book.take()
    await book.tick(60)
    assert book.take() == []


async def test_who_is_busy_is_asked_later() -> None:
    book, _ = await registered()
    await book.execute("extension_unregistration -d 12347")
    await book.tick(1)
    (request,) = book.take()
    progress = {"requestSeqNum": request.value["requestSeqNum"], "delay": 20_000}
    book.ras.datagram(UDP_1719, encode(("requestInProgress", progress)), PHONE)
    await book.tick(19.5)
    assert book.take() == []
    await book.tick(1)
    assert book.take() == [request]


async def test_what_an_endpoint_that_signs_is_told_is_signed() -> None:
    book, endpoint = await registered("12345", pin="4711", token="H.235.1")
    await book.execute("extension_unregistration -d 12345")
    await book.tick(1)
    ((octets, _),) = book.datagrams
    assert is_signed(octets, "4711", sender="registrar", receiver=endpoint.identifier)


async def test_an_endpoint_that_keeps_another_number_is_told_which_one_it_lost() -> None:
    book, endpoint = await registered("12346", pin="4712")
    endpoint.pin = ""
    await book.ask(endpoint, endpoint.add(("dialledDigits", "12347")))
    book.take()
    await book.execute("extension_unregistration -d 12347")
    await book.tick(1)
    (request,) = book.take()
    assert request.value["endpointAlias"] == [("dialledDigits", "12347")]
    assert (len(book.bindings("12346")), len(book.bindings("12347"))) == (1, 0)


async def test_an_endpoint_inside_tls_is_told_over_its_connection_and_only_while_it_has_one() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    wire = book.connect(flow(TLS_3727, connection=1))
    request = endpoint.register()
    framed = b"\x03\0" + (len(request) + 4).to_bytes(2, "big") + request
    (answer,) = await book.over(wire, framed)
    endpoint.take(answer[4:])
    wire.sent.clear()
    after = Book(loaded=list(book.memory.stored))
    await book.execute("extension_unregistration -d 12347")
    await book.tick(1)
    (told,) = wire.sent
    assert decode(told[4:]).value["endpointIdentifier"] == endpoint.identifier
    book.ras.closed(wire)
    await book.tick(60)
    assert (len(wire.sent), book.take()) == (1, [])

    another = after.connect(flow(TLS_3727, "127.0.0.9", connection=1))
    await after.execute("extension_unregistration -d 12347")
    await after.tick(60)
    assert (another.sent, after.take()) == ([], []), "its connection had the same number before the restart"


# -- IRQ ------------------------------------------------------------------------------------------------------------


async def test_a_silent_endpoint_is_asked_twice_and_then_taken_for_gone() -> None:
    book, _ = await registered()
    await book.tick(119)
    assert book.take() == []
    await book.tick(SETTINGS.grace)
    requests = book.take()
    assert [request.name for request in requests] == ["infoRequest"] * 2
    assert len(book.bindings("12347")) == 1
    await book.tick(2.25)
    assert book.bindings("12347") == []
    last = book.events()[-1].subject
    assert isinstance(last, BindingEvent)
    assert (last.type, last.cause) == (EventType.UNREGISTERED, Cause.EXPIRED)
    assert [request.name for request in book.take()] == ["unregistrationRequest"]


async def test_an_endpoint_that_answers_stays_for_another_time_to_live() -> None:
    book, endpoint = await registered()
    await book.tick(121)
    (request,) = book.take()
    await book.exchange(status(endpoint, request))
    book.take()
    assert [binding.refreshed_at for binding in book.bindings("12347")] == [book.now]
    await book.tick(119)
    assert book.take() == []
    await book.tick(2)
    assert [request.name for request in book.take()] == ["infoRequest"]


async def test_an_answer_needs_the_pin_like_any_refresh() -> None:
    book, endpoint = await registered("12345", pin="4711")
    await book.tick(121)
    (request,) = book.take()
    endpoint.pin = ""
    await book.exchange(status(endpoint, request))
    assert [binding.refreshed_at for binding in book.bindings()] == [NOW]
    endpoint.pin = "4711"
    await book.exchange(status(endpoint, request))
    assert [binding.refreshed_at for binding in book.bindings()] == [book.now]


async def test_a_status_that_comes_unasked_refreshes_nothing_and_is_acknowledged_where_it_asks_for_it() -> None:
    book, endpoint = await registered()
    await book.tick(60)
    request = RasMessage("infoRequest", {"requestSeqNum": 9})
    assert await book.exchange(status(endpoint, request)) == b""
    acknowledged = decode(await book.exchange(status(endpoint, request, needResponse=True)))
    assert acknowledged == RasMessage("infoRequestAck", {"requestSeqNum": 9})
    assert [binding.refreshed_at for binding in book.bindings("12347")] == [NOW]


async def test_a_refresh_a_little_late_is_in_time() -> None:
    book, endpoint = await registered()
    await book.tick(120 + SETTINGS.grace - 1)
    assert (await book.ask(endpoint, endpoint.keep_alive())).name == "registrationConfirm"
    book.take()
    await book.tick(119)
    assert book.take() == []


async def test_after_a_restart_silent_endpoints_are_asked_too() -> None:
    book, endpoint = await registered()
    await book.exchange(endpoint.keep_alive())
    after = Book(loaded=book.memory.stored)
    await after.tick(121)
    assert [request.name for request in after.take()] == ["infoRequest"]


async def test_what_is_gone_leaves_nothing_behind() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    for place in range(50):
        await book.ask(endpoint, endpoint.register(timeToLive=86400, terminalAlias=[("dialledDigits", "12347")]))
        leaving = endpoint.unregister()
        assert reason_or_name(await book.ask(endpoint, leaving)) == "unregistrationConfirm", place
        endpoint.identifier = ""
    assert len(book.ras._events._liveness) == 0
    assert len(book.ras._events) == 0


def reason_or_name(message: RasMessage) -> str:
    return reason(message) if "rejectReason" in message.value else message.name


# -- many -----------------------------------------------------------------------------------------------------------


def build(sequence: int) -> bytes:
    return encode(info_request(sequence))


def always(_octets: int) -> bool:
    return True


def peer(number: int) -> Address:
    return f"127.0.{number // 250}.{number % 250 + 1}", 40000


def test_a_floor_of_phones_is_told_a_batch_at_a_time() -> None:
    outgoing = Outgoing()
    for number in range(3 * BATCH):
        outgoing.send(flow(UDP_1719, *peer(number)), build, always, 60, NOW)
    for turn in range(3):
        assert len(outgoing.tick(NOW + turn * 0.25)) == BATCH
    assert outgoing.tick(NOW + 1) == []
    assert len(outgoing.tick(NOW + INTERVAL)) == BATCH
    assert len(outgoing) == 3 * BATCH


@pytest.mark.parametrize("end", ["tries", "answers", "forgetting"])
def test_nothing_is_kept_of_what_is_over(end: str) -> None:
    outgoing = Outgoing()
    over = [flow(UDP_1719, *peer(number)) for number in range(20)]
    sequences: list[int] = []
    for each in over:
        outgoing.send(each, _noting(sequences), always, 0, NOW)
    outgoing.tick(NOW)
    for each, sequence in zip(over, sequences, strict=True):
        if end == "answers":
            outgoing.answered(each, sequence)
        elif end == "forgetting":
            outgoing.forget(each)
    outgoing.tick(NOW + INTERVAL)
    assert len(outgoing) == 0
    assert outgoing._queue == []


def test_copies_come_five_minutes_apart_at_most() -> None:
    outgoing, times = Outgoing(), list[int]()
    outgoing.send(flow(UDP_1719), build, always, 86_400, NOW)
    for second in range(90_000):
        times += [second for _ in outgoing.tick(NOW + second)]
    apart = [later - before for before, later in pairwise(times)]
    assert apart[:8] == [3, 6, 12, 24, 48, 96, 192, LONGEST_INTERVAL]
    assert set(apart[8:]) == {LONGEST_INTERVAL}
    assert 86_100 < times[-1] <= 86_400
    assert len(outgoing) == 0


def test_of_many_that_fell_silent_so_many_are_found_at_a_time_and_each_once() -> None:
    bindings = {each.key: each for each in (binding(number=str(number), expires_at=NOW + 90) for number in range(1200))}
    liveness = Liveness(60)
    for each in bindings.values():
        liveness.watch(each)
    assert liveness.take(NOW + 30, bindings.get) == []
    found = [liveness.take(NOW + 32, bindings.get) for _ in range(4)]
    assert [len(some) for some in found] == [AT_ONCE, AT_ONCE, 1200 - 2 * AT_ONCE, 0]
    assert {each.key for some in found for each in some} == bindings.keys()
    assert len(liveness) == len(bindings)


def _noting(sequences: list[int]) -> Callable[[int], bytes]:
    def noted(sequence: int) -> bytes:
        sequences.append(sequence)
        return build(sequence)

    return noted


def test_numbers_of_requests_begin_anew_at_their_end() -> None:
    outgoing, sequences = Outgoing(), list[int]()
    outgoing._count = LAST - 2
    for number in range(4):
        outgoing.send(flow(UDP_1719, *peer(number)), _noting(sequences), always, 0, NOW)
    assert sequences == [LAST - 1, LAST, 1, 2]
