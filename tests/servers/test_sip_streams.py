"""SIP over connections: answers over the same one, keep-alives, framing lost, messages that never end, flows gone."""

import pytest

from registrar.model.events import BindingEvent, Cause, EventType, WireEvent
from registrar.servers.unfinished import MESSAGE_SECONDS
from tests.lab import TCP_5060, TLS_5061, flow
from tests.servers.playbook import Memory, Phone, Playbook, text_of, with_extensions
from tests.sip.road import header, octets, status

INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"'


def causes(book: Playbook) -> list[Cause | None]:
    subjects = [event.subject for event in book.events()]
    return [s.cause for s in subjects if isinstance(s, BindingEvent) and s.type is EventType.UNREGISTERED]


def malformed(book: Playbook) -> list[str]:
    return [event.subject.detail for event in book.events() if isinstance(event.subject, WireEvent)]


async def test_requests_in_one_piece_or_in_many_are_answered_in_order() -> None:
    book = await with_extensions()
    wire = book.connect(flow(TCP_5060, connection=1))
    phone = Phone(book, wire=wire)
    stream = octets(phone.request("OPTIONS")) + b"\r\n\r\n" + octets(phone.request("OPTIONS"))
    whole = await book.over(wire, stream)
    assert [each if each == "\n" else header(each, "CSeq") for each in whole] == ["1 OPTIONS", "\n", "2 OPTIONS"]
    again = book.connect(flow(TCP_5060, connection=2))
    for octet in stream:
        book.sip.received(again, bytes([octet]))
    assert [text_of(each) for each in again.sent] == whole


async def test_a_keep_alive_is_answered() -> None:
    book = Playbook()
    wire = book.connect(flow(TLS_5061, connection=1))
    assert await book.over(wire, b"\r\n\r\n") == ["\n"]
    assert await book.over(wire, b"\r\n") == []
    assert await book.over(wire, b"\r\n") == ["\n"]


async def test_a_fault_in_one_message_leaves_the_connection_to_the_next() -> None:
    book = await with_extensions()
    wire = book.connect(flow(TCP_5060, connection=1))
    phone = Phone(book, wire=wire)
    bad, good = phone.request("OPTIONS", "From: <sip:a@b"), phone.request("OPTIONS")
    answers = await book.over(wire, octets(bad) + octets(good))
    assert [status(answer) for answer in answers] == ["400 Bad From", "200 OK"]
    assert not wire.is_closed


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (("Content-Length:",), "400 Missing Content-Length"),
        (("Content-Length: -1",), "400 Bad Content-Length"),
        (("Content-Length: 1 1",), "400 Bad Content-Length"),
        (("Content-Length: 65536",), "513 Message Too Large"),
        ((f"Content-Length: {10**50}",), "513 Message Too Large"),
        ((f"Subject: {'x' * 8193}",), "400 Oversized Subject"),
    ],
)
async def test_where_the_framing_is_lost_the_connection_closes_after_the_answer(
    lines: tuple[str, ...], line: str
) -> None:
    book = await with_extensions()
    wire = book.connect(flow(TCP_5060, connection=1))
    phone = Phone(book, wire=wire)
    answers = await book.over(wire, octets(phone.request("OPTIONS", *lines)) + octets(phone.request("OPTIONS")))
    assert [status(answer) for answer in answers] == [line]
    assert wire.is_closed
    assert malformed(book) == [line]


async def test_two_content_lengths_end_the_connection() -> None:
    book = await with_extensions()
    wire = book.connect(flow(TCP_5060, connection=1))
    data = octets(Phone(book, wire=wire).request("OPTIONS")).replace(b"Content-Length: 0", b"l: 0\r\nl: 0")
    assert [status(answer) for answer in await book.over(wire, data)] == ["400 Several Content-Length"]
    assert wire.is_closed


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\n\r\n", b"\0", b"\rx"])
async def test_what_is_no_sip_ends_the_connection_unanswered(data: bytes) -> None:
    book = Playbook()
    wire = book.connect(flow(TCP_5060, connection=1))
    assert await book.over(wire, data) == []
    assert wire.is_closed
    assert malformed(book) == ["400 Bad Start Line"]


# -- messages that never end ----------------------------------------------------------------------------------------


async def test_a_message_that_does_not_end_ends_the_connection() -> None:
    book = await with_extensions()
    phone = Phone(book)
    slow, quiet, busy = (book.connect(flow(TCP_5060, port=40000 + n, connection=n)) for n in (1, 2, 3))
    book.sip.received(slow, octets(phone.request("OPTIONS", "Content-Length: 9999")))
    book.sip.received(quiet, b"\r\n")
    for _ in range(8):
        book.tick(MESSAGE_SECONDS / 8)
        book.sip.received(slow, b"x")
        book.sip.received(busy, octets(phone.request("OPTIONS")) + b"OPTIONS sip:lab")
        book.sip.received(busy, octets(phone.request("OPTIONS")).removeprefix(b"OPTIONS sip:lab"))
        book.sip.received(busy, b"OPTIONS sip:lab")
        book.sip.received(busy, octets(phone.request("OPTIONS")).removeprefix(b"OPTIONS sip:lab"))
    assert (slow.is_closed, quiet.is_closed, busy.is_closed) == (True, False, False)
    assert malformed(book) == ["the message was not finished in time"]
    book.sip.closed(slow)
    book.tick(MESSAGE_SECONDS)
    assert not quiet.is_closed


# -- flows (RFC 5626) -----------------------------------------------------------------------------------------------


async def over_a_flow(number: str = "12347", *lines: str) -> tuple[Playbook, Phone]:
    book = await with_extensions()
    phone = Phone(book, number, wire=book.connect(flow(TCP_5060, connection=1)))
    contact = f"Contact: <sip:{number}@10.0.0.1;transport=tcp>;{INSTANCE};reg-id=1"
    answer = await phone.ask(contact, "Supported: outbound, path", *lines)
    assert status(answer) == "200 OK"
    assert (header(answer, "Require"), header(answer, "Flow-Timer")) == ("outbound", "120")
    return book, phone


async def test_with_its_connection_a_contact_over_the_flow_goes() -> None:
    book, phone = await over_a_flow()
    assert phone.wire is not None
    book.sip.closed(phone.wire)
    await book.settle()
    assert book.contacts("12347") == []
    assert causes(book) == [Cause.FLOW_CLOSED]


async def test_other_contacts_stay_when_their_connection_closes() -> None:
    book = await with_extensions()
    wire = book.connect(flow(TCP_5060, connection=1))
    await Phone(book, "12347", wire=wire).register()
    book.sip.closed(wire)
    await book.settle()
    assert len(book.contacts("12347")) == 1


async def test_a_flow_that_a_proxy_keeps_does_not_end_with_the_proxys_connection() -> None:
    book, phone = await over_a_flow("12347", "Path: <sip:edge.example;lr;ob>")
    assert phone.wire is not None
    book.sip.closed(phone.wire)
    await book.settle()
    assert len(book.contacts("12347")) == 1


async def test_a_contact_that_moved_to_a_new_flow_outlives_the_old_one() -> None:
    book, phone = await over_a_flow()
    old, phone.wire = phone.wire, book.connect(flow(TCP_5060, port=40001, connection=2))
    assert old is not None
    await phone.ask(f"Contact: <sip:12347@10.0.0.2;transport=tcp>;{INSTANCE};reg-id=1", "Supported: outbound")
    book.sip.closed(old)
    await book.settle()
    assert book.contacts("12347") == ["sip:12347@10.0.0.2;transport=tcp"]


async def test_an_instance_keeps_a_contact_for_each_flow() -> None:
    book, phone = await over_a_flow()
    await phone.ask(f"Contact: <sip:12347@10.0.0.1;transport=tcp>;{INSTANCE};reg-id=2", "Supported: outbound")
    assert [binding.contact.reg_id for binding in book.bindings("12347")] == [1, 2]


async def test_after_a_restart_another_connection_of_the_same_number_is_not_the_flow() -> None:
    memory = Memory()
    book = await with_extensions(Playbook(memory))
    await Phone(book, "12347", wire=book.connect(flow(TCP_5060, connection=1))).register()
    book = Playbook(memory)
    stranger = book.connect(flow(TCP_5060, host="10.6.6.6", connection=1))
    await book.execute("extension_unregistration -d 12347")
    assert stranger.sent == []
    assert book.contacts("12347") == []


async def test_the_same_words_over_two_connections_are_two_requests() -> None:
    book = await with_extensions()
    first, second = (Phone(book, wire=book.connect(flow(TCP_5060, port=p, connection=p))) for p in (1, 2))
    assert await first.register()
    answer = await book.over(second.wire, octets(first.last)) if second.wire else []
    assert status(answer[0]) == "401 Unauthorized"
