"""The registrar's role, whole: every step of RFC 3261 section 10.3, as a phone sees it."""

import pytest

from registrar.core.limits import Limits
from registrar.model.events import BindingEvent, EventType, RefusalEvent
from tests.servers.playbook import Phone, Playbook, with_extensions
from tests.sip.road import header, headers, octets, status, with_lines

INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"'


def told(book: Playbook) -> list[EventType]:
    return [event.subject.type for event in book.events() if isinstance(event.subject, BindingEvent)]


async def a_phone(limits: Limits = Limits()) -> tuple[Playbook, Phone]:  # noqa: B008 - immutable
    book = await with_extensions(Playbook(limits=limits))
    return book, Phone(book)


async def test_a_registration_from_the_challenge_to_the_answer() -> None:
    book, phone = await a_phone()
    first = await phone.send(phone.request())
    assert status(first) == "401 Unauthorized"
    assert book.contacts() == []
    phone.take_challenge(first)
    answer = await phone.send(phone.request("REGISTER", "Expires: 600", phone.credentials()))
    assert status(answer) == "200 OK"
    assert headers(answer, "Contact") == ["<sip:12345@127.0.0.1:40000>;expires=600"]
    assert header(answer, "Date") == "Fri, 15 Jan 2027 08:00:00 GMT"
    assert header(answer, "CSeq") == "2 REGISTER"
    assert book.contacts() == ["sip:12345@127.0.0.1:40000"]


async def test_a_number_without_pin_is_registered_at_once() -> None:
    book = await with_extensions()
    phone = Phone(book, "12347")
    assert status(await phone.send(phone.request())) == "200 OK"


async def test_a_third_party_with_the_pin_registers_for_the_number() -> None:
    book, phone = await a_phone()
    await phone.register("From: <sip:secretary@elsewhere.example>;tag=phone")
    assert book.contacts() == ["sip:12345@127.0.0.1:40000"]


# -- contacts -------------------------------------------------------------------------------------------------------


async def test_contacts_add_up_and_every_answer_lists_them_all() -> None:
    _, phone = await a_phone()
    await phone.register("Contact: <sip:a@10.0.0.1>;q=0.7, <sip:b@10.0.0.2>;expires=120", "Expires: 600")
    assert await phone.register("Contact: <sip:c@10.0.0.3>", "Expires: 300") == [
        "<sip:a@10.0.0.1>;q=0.7;expires=600",
        "<sip:b@10.0.0.2>;expires=120",
        "<sip:c@10.0.0.3>;expires=300",
    ]


async def test_the_same_contact_in_another_spelling_is_refreshed() -> None:
    book, phone = await a_phone()
    await phone.register("Contact: <sip:12345@Phone.LAB.example;Transport=TCP>")
    assert len(await phone.register("Contact: <SIP:%312345@phone.lab.example;transport=tcp>")) == 1
    assert told(book) == [EventType.REGISTERED, EventType.REFRESHED]


async def test_a_contact_named_twice_counts_as_named_last() -> None:
    _, phone = await a_phone()
    contact = "Contact: <sip:a@10.0.0.1>;expires=600, <sip:a@10.0.0.1>;expires=300"
    assert await phone.register(contact) == ["<sip:a@10.0.0.1>;expires=300"]


async def test_a_query_lists_the_contacts_and_leaves_them() -> None:
    book, phone = await a_phone()
    await phone.register("Expires: 600")
    book.tick(100)
    query = await Phone(book, call_id="query").register("Contact:", "Expires:")
    assert query == ["<sip:12345@127.0.0.1:40000>;expires=500"]
    assert told(book) == [EventType.REGISTERED]


async def test_a_query_of_a_number_nobody_registered_has_no_contact() -> None:
    _, phone = await a_phone()
    assert await phone.register("Contact:") == []


async def test_q_values_stay_as_they_are() -> None:
    _, phone = await a_phone()
    contact = "Contact: <sip:a@10.0.0.1>;q=0, <sip:b@10.0.0.1>;q=0.333, <sip:c@10.0.0.1>;q=1.000, <sip:d@10.0.0.1>"
    listed = await phone.register(contact)
    assert [line.partition(";")[2] for line in listed] == [
        "q=0;expires=3600",
        "q=0.333;expires=3600",
        "q=1;expires=3600",
        "expires=3600",
    ]


async def test_contacts_of_other_schemes_are_bound_too() -> None:
    _, phone = await a_phone()
    assert await phone.register("Contact: <mailto:desk@lab.example>, <tel:+4612345678>") == [
        "<mailto:desk@lab.example>;expires=3600",
        "<tel:+4612345678>;expires=3600",
    ]


# -- removing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [("Expires: 0",), ("Contact: <sip:a@10.0.0.1>;expires=0",)])
async def test_zero_expiry_removes_the_contacts_named_and_no_other(lines: tuple[str, ...]) -> None:
    _, phone = await a_phone()
    await phone.register("Contact: <sip:a@10.0.0.1>, <sip:b@10.0.0.2>")
    lines = lines if len(lines) == 1 and lines[0].startswith("Contact") else (*lines, "Contact: <sip:a@10.0.0.1>")
    assert await phone.register(*lines) == ["<sip:b@10.0.0.2>;expires=3600"]


async def test_a_star_removes_them_all() -> None:
    book, phone = await a_phone()
    await phone.register("Contact: <sip:a@10.0.0.1>, <sip:b@10.0.0.2>")
    assert await phone.register("Contact: *", "Expires: 0") == []
    assert book.contacts() == []
    assert told(book) == [EventType.REGISTERED, EventType.REGISTERED, EventType.UNREGISTERED, EventType.UNREGISTERED]


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (("Contact: *",), "400 Contact * Needs Expires 0"),
        (("Contact: *", "Expires: 1"), "400 Contact * Needs Expires 0"),
        (("Contact: *, <sip:a@10.0.0.1>", "Expires: 0"), "400 Bad Contact"),
        (("Contact: *;expires=0",), "400 Bad Contact"),
    ],
)
async def test_a_misused_star_removes_nothing(lines: tuple[str, ...], line: str) -> None:
    book, phone = await a_phone()
    await phone.register()
    assert status(await phone.ask(*lines)) == line
    assert book.contacts() == ["sip:12345@127.0.0.1:40000"]


async def test_a_star_is_older_than_a_contact_of_the_same_call() -> None:
    book, phone = await a_phone()
    await phone.register()
    late = phone.request("REGISTER", "Contact: *", "Expires: 0", "CSeq: 1 REGISTER", phone.credentials())
    assert status(await phone.send(late)) == "500 CSeq Out Of Order"
    assert len(book.contacts()) == 1


async def test_what_expires_is_listed_no_more_and_told_of() -> None:
    book, phone = await a_phone()
    await phone.register("Contact: <sip:a@10.0.0.1>;expires=60, <sip:b@10.0.0.2>;expires=600")
    book.tick(61)
    assert await phone.register("Contact:") == ["<sip:b@10.0.0.2>;expires=539"]
    assert told(book)[-1] is EventType.UNREGISTERED


# -- the interval ---------------------------------------------------------------------------------------------------


async def test_too_brief_an_interval_is_told_the_shortest_and_binds_nothing_else_either() -> None:
    book, phone = await a_phone(Limits(min_expires=120))
    answer = await phone.ask("Contact: <sip:a@10.0.0.1>;expires=600, <sip:b@10.0.0.2>;expires=119")
    assert status(answer) == "423 Interval Too Brief"
    assert header(answer, "Min-Expires") == "120"
    assert book.contacts() == []
    assert len(await phone.register("Contact: <sip:a@10.0.0.1>;expires=120")) == 1


async def test_an_hour_is_never_too_brief() -> None:
    _, phone = await a_phone(Limits(min_expires=7200, default_expires=7200))
    assert status(await phone.ask("Expires: 3599")) == "423 Interval Too Brief"
    assert await phone.register("Expires: 3600") == ["<sip:12345@127.0.0.1:40000>;expires=3600"]


@pytest.mark.parametrize("expires", [86401, 2**32 - 1, 2**32 + 60, 10**60])
async def test_a_longer_wish_gets_the_longest_time(expires: int) -> None:
    _, phone = await a_phone()
    assert await phone.register(f"Expires: {expires}") == ["<sip:12345@127.0.0.1:40000>;expires=86400"]


# -- order ----------------------------------------------------------------------------------------------------------


async def test_a_request_that_was_overtaken_fails_whole() -> None:
    book, phone = await a_phone()
    await phone.register("Contact: <sip:a@10.0.0.1>")
    late = phone.request("REGISTER", "Contact: <sip:new@10.0.0.9>, <sip:a@10.0.0.1>;expires=0", phone.credentials())
    late = with_lines(late, "CSeq: 1 REGISTER", "Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bKlate")
    assert status(await phone.send(late)) == "500 CSeq Out Of Order"
    assert book.contacts() == ["sip:a@10.0.0.1"]


async def test_another_call_id_starts_its_own_order() -> None:
    book, phone = await a_phone()
    for _ in range(3):
        await phone.register()
    rebooted = Phone(book, call_id="after a reboot".replace(" ", "-"))
    assert len(await rebooted.register()) == 1
    assert rebooted.cseq == 2
    assert book.bindings()[0].call_id == "after-a-reboot"


# -- retransmissions ------------------------------------------------------------------------------------------------


async def test_a_copy_of_a_request_gets_the_same_octets_and_changes_nothing() -> None:
    book, phone = await a_phone()
    await phone.register()
    first = await phone.again()
    book.tick(20)
    assert await phone.again() == first
    assert "expires=3600" in first
    assert told(book) == [EventType.REGISTERED]


async def test_a_copy_of_the_first_request_gets_the_same_challenge() -> None:
    _, phone = await a_phone()
    first = await phone.send(phone.request())
    assert await phone.again() == first
    assert status(first) == "401 Unauthorized"


async def test_a_copy_of_a_wrong_digest_is_no_second_guess() -> None:
    book, phone = await a_phone()
    phone.pin = "wrong"
    first = await phone.ask()
    assert await phone.again() == first
    book.tick(1)
    (refusal,) = [event.subject for event in book.events() if isinstance(event.subject, RefusalEvent)]
    assert refusal.times == 1


async def test_a_copy_that_comes_much_later_is_a_replay() -> None:
    book, phone = await a_phone()
    await phone.register("Expires: 600")
    book.tick(70)
    late = await phone.again()
    assert status(late) == "401 Unauthorized"
    assert (header(late, "WWW-Authenticate") or "").endswith("stale=true")
    assert headers(late, "Contact") == []


async def test_a_copy_of_a_first_request_gets_the_same_challenge() -> None:
    book, phone = await a_phone()
    first = await phone.send(phone.request("REGISTER"))
    assert status(first) == "401 Unauthorized"
    book.tick(4)
    assert await phone.again() == first


async def test_copies_from_elsewhere_are_no_copies() -> None:
    book, phone = await a_phone()
    await phone.register()
    stolen = await book.exchange(octets(phone.last), ("127.0.0.1", 40001))
    assert stolen.startswith(b"SIP/2.0 401 ")
    assert told(book) == [EventType.REGISTERED]


# -- how many -------------------------------------------------------------------------------------------------------


async def test_more_contacts_than_allowed_are_refused_and_nothing_is_lost() -> None:
    book, phone = await a_phone(Limits(max_contacts=2))
    await phone.register("Contact: <sip:a@10.0.0.1>, <sip:b@10.0.0.2>")
    assert status(await phone.ask("Contact: <sip:c@10.0.0.3>")) == "403 Too Many Contacts"
    assert book.contacts() == ["sip:a@10.0.0.1", "sip:b@10.0.0.2"]
    assert len(await phone.register("Contact: <sip:a@10.0.0.1>;expires=0, <sip:c@10.0.0.3>")) == 2


async def test_an_instance_that_comes_from_a_new_address_replaces_its_oldest_contact() -> None:
    book, phone = await a_phone(Limits(max_contacts=2))
    await phone.register("Contact: <sip:other@10.0.0.1>")
    await phone.register(f"Contact: <sip:a@10.0.0.2>;{INSTANCE}")
    await phone.register(f"Contact: <sip:a@10.0.0.3>;{INSTANCE}")
    assert book.contacts() == ["sip:other@10.0.0.1", "sip:a@10.0.0.3"]


async def test_contacts_that_have_lapsed_make_room() -> None:
    book, phone = await a_phone(Limits(max_contacts=1))
    await phone.register("Contact: <sip:a@10.0.0.1>;expires=60")
    book.now += 61
    assert await phone.register("Contact: <sip:b@10.0.0.2>") == ["<sip:b@10.0.0.2>;expires=3600"]
