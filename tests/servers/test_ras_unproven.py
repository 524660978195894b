"""Over UDP anybody may write any address: wrong PINs in somebody else's name lock out neither him nor his number.

Beyond what is heard from such addresses one shows his own: by the gatekeeperIdentifier of a GCF that was sent there.
"""

from typing import Any

import pytest

from registrar.core.limits import Limits
from registrar.model.changes import SetFailures, SetLock
from registrar.model.events import LockEvent
from registrar.model.flow import Address
from tests.h323.endpoint import Endpoint, h2351_token, is_signed, signed
from tests.lab import TLS_3727, flow
from tests.servers.playbook import Phone, Playbook
from tests.servers.playbook import with_extensions as with_sip_extensions
from tests.servers.ras_book import PHONE, Book, reason, with_extensions

LIMITS = Limits(lockout_failures=3, lockout_source_failures=20, lockout_delay=0)
SHOWING = "registrar-"
"""What a gatekeeperIdentifier begins with that shows an address."""


def forged(place: int) -> Address:
    """An address that nobody sends from, but anybody writes."""
    return f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}", 1719


async def guess(book: Book, source: Address, number: str = "12345", pin: str = "0815") -> str:
    """What is said to an RRQ that shows nothing, with this PIN."""
    endpoint = book.endpoint(number, pin)
    return reason(await book.ask(endpoint, endpoint.register(), source))


async def besieged(limits: Limits = LIMITS, number: str = "12345") -> Book:
    """A node where the number was guessed at from forged addresses as often as they are heard."""
    book = await with_extensions(Book(limits=limits))
    for place in range(limits.lockout_failures):
        assert await guess(book, forged(place), number) == "securityDenial"
    return book


async def discover(book: Book, endpoint: Endpoint, source: Address = PHONE, **more: Any) -> str:
    """The gatekeeperIdentifier that the endpoint is told."""
    assert (await book.ask(endpoint, endpoint.discover(**more), source)).name == "gatekeeperConfirm"
    return endpoint.gatekeeper


# -- who is locked out, and who is not -------------------------------------------------------------------------------


async def test_forged_guesses_lock_out_neither_the_registered_phone_nor_its_number_nor_the_address_they_name() -> None:
    book = await with_extensions(Book(limits=LIMITS))
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    for _ in range(60):
        book.now += 11
        await guess(book, PHONE)
    assert (await book.ask(endpoint, endpoint.keep_alive())).name == "registrationConfirm"
    assert [lock.key for lock in book.system.locks(book.now)] == [("12345", "unproven")]
    wire = book.connect(flow(TLS_3727, connection=1))
    inside = book.endpoint("12345", "4711", token="password")
    octets = inside.register(endpointIdentifier=endpoint.identifier)
    (answer,) = await book.over(wire, b"\x03\0" + (len(octets) + 4).to_bytes(2) + octets)
    assert inside.take(answer[4:]).name == "registrationConfirm"


async def test_forged_guesses_over_ras_lock_out_no_sip_phone() -> None:
    book = await besieged()
    await guess(book, PHONE)
    sip = await with_sip_extensions(Playbook(limits=LIMITS))
    sip.system._lockout = sip.system._logon._lockout = book.system._lockout
    sip.now = book.now
    assert await Phone(sip, source=PHONE).register()


@pytest.mark.parametrize("pin", ["0815", "4711"])
async def test_beyond_the_limit_no_pin_is_looked_at_that_shows_no_address(pin: str) -> None:
    book = await besieged()
    for place in range(100, 140):
        assert await guess(book, forged(place), pin=pin) == "discoveryRequired"
    assert book.bindings() == []
    assert book.told.count("ADDRESS_UNPROVEN") == 40
    assert [lock.failures for lock in book.system.locks(book.now)] == [3]


async def test_an_unknown_number_is_asked_for_its_address_like_a_known_one() -> None:
    book = await besieged(number="777")
    assert await guess(book, forged(9), "777") == "discoveryRequired"
    assert await guess(book, forged(9)) == "securityDenial"


async def test_all_forged_addresses_together_are_one_source() -> None:
    book = await with_extensions(Book(limits=LIMITS))
    for place in range(20):
        assert await guess(book, forged(place), str(20000 + place)) == "securityDenial"
    assert await guess(book, forged(99), pin="4711") == "discoveryRequired"
    assert [lock.key for lock in book.system.locks(book.now)] == [("", "unproven")]


async def test_made_up_numbers_push_out_no_count_of_forged_guesses() -> None:
    limits = LIMITS._replace(lockout_source_failures=0, lockout_entries=10)
    book = await with_extensions(Book(limits=limits))
    heard = 0
    for round_ in range(30):
        heard += await guess(book, forged(round_)) == "securityDenial"
        for made_up in range(10):
            await guess(book, forged(1000 + round_), str(20000 + 10 * round_ + made_up))
    assert heard <= 3
    await book.tick(302)
    assert await guess(book, forged(1)) == "securityDenial"


async def test_the_right_pin_from_an_address_that_may_be_a_lie_forgets_nothing() -> None:
    book = await with_extensions(Book(limits=LIMITS))
    await guess(book, forged(1))
    await guess(book, forged(2))
    endpoint = book.endpoint("12345", "4711")
    assert (await book.ask(endpoint, endpoint.register())).name == "registrationConfirm"
    await guess(book, forged(3))
    assert await guess(book, forged(4)) == "discoveryRequired"


async def test_what_was_guessed_is_forgotten_with_time() -> None:
    book = await besieged()
    await book.tick(LIMITS.lockout_seconds + 1)
    assert book.system.locks(book.now) == []
    endpoint = book.endpoint("12345", "4711")
    assert (await book.ask(endpoint, endpoint.register())).name == "registrationConfirm"


async def test_who_sends_no_pin_is_asked_for_it_as_ever() -> None:
    book = await besieged()
    endpoint = book.endpoint("12345")
    assert reason(await book.ask(endpoint, endpoint.register())) == "securityDenial"


# -- how an address is shown -----------------------------------------------------------------------------------------


async def test_who_discovers_the_gatekeeper_meanwhile_is_heard_and_keeps_what_it_calls_it() -> None:
    book = await besieged()
    endpoint = book.endpoint("12345", "4711")
    assert reason(await book.ask(endpoint, endpoint.register())) == "discoveryRequired"
    named = await discover(book, endpoint)
    assert named.startswith(SHOWING)
    confirm = await book.ask(endpoint, endpoint.register())
    assert (confirm.name, confirm.value["gatekeeperIdentifier"]) == ("registrationConfirm", named)
    confirm = await book.ask(endpoint, endpoint.keep_alive())
    assert confirm.value["gatekeeperIdentifier"] == named
    restarted = Book(loaded=book.memory.stored)
    restarted.now = book.now
    for each in (book, restarted):
        await each.execute("extension_unregistration -d 12345")
        each.datagrams.clear()
        await each.tick(0.25)
        (request,) = each.take()
        assert request.value["gatekeeperIdentifier"] == named, "H323Plus answers no other"


async def test_whoever_signs_is_answered_by_the_name_it_was_given() -> None:
    book = await besieged()
    endpoint = book.endpoint("12345", "4711", token="H.235.1")
    named = await discover(book, endpoint)
    value = endpoint.registration() | {"terminalAlias": endpoint.aliases}
    octets = signed(endpoint, "registrationRequest", value, h2351_token(endpoint, receiver=named))
    answer = await book.exchange(octets)
    confirm = endpoint.take(answer)
    assert confirm.name == "registrationConfirm"
    assert is_signed(answer, "4711", sender=named, receiver=endpoint.identifier)
    book.ras.tick(book.now)
    answer = await book.exchange(endpoint.unregister())
    assert is_signed(answer, "4711", sender=named, receiver=endpoint.identifier)


async def test_a_name_given_to_another_address_shows_nothing() -> None:
    book = await besieged()
    endpoint = book.endpoint("12345", "4711")
    await discover(book, endpoint, forged(7))
    assert reason(await book.ask(endpoint, endpoint.register(), PHONE)) == "discoveryRequired"
    made_up = f"{SHOWING}{'0' * 16}"
    answer = await book.ask(endpoint, endpoint.register(gatekeeperIdentifier=made_up), PHONE)
    assert (reason(answer), answer.value["gatekeeperIdentifier"]) == ("discoveryRequired", made_up)


async def test_wrong_pins_from_an_address_that_was_shown_count_for_the_number_and_the_address() -> None:
    book = await besieged()
    endpoint = book.endpoint("12345", "0815")
    await discover(book, endpoint)
    for _ in range(3):
        assert reason(await book.ask(endpoint, endpoint.register())) == "securityDenial"
        book.now += 11
    assert ("12345", "") in [lock.key for lock in book.system.locks(book.now)]
    endpoint.pin = "4711"
    assert reason(await book.ask(endpoint, endpoint.register())) == "securityDenial"
    assert book.told[-1] == "LOCKED_OUT"


async def test_an_identifier_shows_the_address_it_was_confirmed_to_also_when_its_registration_is_over() -> None:
    book = await with_extensions(Book(limits=LIMITS))
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    await book.execute("extension_unregistration -d 12345")
    for place in range(3):
        await guess(book, forged(place))
    assert reason(await book.ask(endpoint, endpoint.register())) == "discoveryRequired"
    again = endpoint.register(endpointIdentifier=endpoint.identifier)
    assert reason(await book.ask(endpoint, again, forged(8))) == "discoveryRequired"
    assert (await book.ask(endpoint, again)).name == "registrationConfirm"


async def test_an_identifier_shows_nothing_for_another_number() -> None:
    book = await with_extensions(Book(limits=LIMITS))
    mine = book.endpoint("12347")
    await book.ask(mine, mine.register())
    await book.execute("extension_unregistration -d 12347")
    for place in range(3):
        await guess(book, forged(place))
    endpoint = book.endpoint("12345", "4711")
    octets = endpoint.register(endpointIdentifier=mine.identifier)
    assert reason(await book.ask(endpoint, octets)) == "discoveryRequired"


@pytest.mark.parametrize("named", [None, "registrar", "registrar\0"])
async def test_a_gatekeeper_that_nobody_besieges_is_called_by_its_own_name(named: str | None) -> None:
    book = await with_extensions(Book(limits=LIMITS))
    endpoint = book.endpoint("12345", "4711")
    assert await discover(book, endpoint, gatekeeperIdentifier=named) == "registrar"
    await guess(book, forged(1))
    assert await discover(book, endpoint, gatekeeperIdentifier=named) == "registrar"
    book = await besieged()
    assert await discover(book, book.endpoint("12346"), gatekeeperIdentifier=named) == "registrar"
    assert (await discover(book, endpoint, gatekeeperIdentifier=named)).startswith(SHOWING)
    assert (await discover(book, endpoint, gatekeeperIdentifier=named, endpointAlias=None)).startswith(SHOWING)


async def test_who_was_given_a_name_that_shows_its_address_may_go_by_it_for_good() -> None:
    book = await besieged()
    endpoint = book.endpoint("12345", "4711")
    named = await discover(book, endpoint)
    await book.tick(700)
    assert await discover(book, endpoint, gatekeeperIdentifier=named) == named
    assert (await book.ask(endpoint, endpoint.register())).name == "registrationConfirm"
    plain = book.endpoint("12345", "4711")
    confirm = await book.ask(plain, plain.register(endpointIdentifier=endpoint.identifier))
    assert confirm.value["gatekeeperIdentifier"] == "registrar"
    assert [each.contact.endpoint.gatekeeper for each in book.bindings() if each.contact.endpoint] == [""]


async def test_a_registration_taken_back_in_somebodys_name_is_a_guess_of_that_kind() -> None:
    book = await with_extensions(Book(limits=LIMITS))
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    liar = book.endpoint("12345", "0815")
    for _ in range(3):
        book.now += 11
        answer = await book.ask(liar, liar.unregister(endpointAlias=liar.aliases))
        assert reason(answer) == "securityDenial"
    answer = await book.ask(liar, liar.unregister(endpointAlias=liar.aliases))
    assert reason(answer) == "permissionDenied"
    assert len(book.bindings()) == 1
    assert [lock.key for lock in book.system.locks(book.now)] == [("12345", "unproven")]


# -- kept, printed, ended --------------------------------------------------------------------------------------------


async def test_a_restart_gives_forged_addresses_no_new_allowance() -> None:
    book = await besieged()
    await guess(book, forged(5), "12346")
    await book.tick(2)
    keys = {change.key for change in book.memory.stored if isinstance(change, SetLock | SetFailures)}
    assert keys >= {("12345", "unproven"), ("12346", "unproven"), ("", "unproven")}
    again = Book(loaded=book.memory.stored, limits=LIMITS)
    again.now = book.now
    assert await guess(again, forged(6)) == "discoveryRequired"
    assert await guess(again, forged(6), "12346") == "securityDenial"
    assert await guess(again, forged(7), "12346") == "securityDenial"
    assert await guess(again, forged(8), "12346") == "discoveryRequired"
    endpoint = again.endpoint("12345", "4711")
    await discover(again, endpoint)
    assert (await again.ask(endpoint, endpoint.register())).name == "registrationConfirm"


async def test_an_operator_sees_and_ends_it() -> None:
    book = await besieged()
    printout = (await book.system.execute("ip_extension -p --state locked", book.now)).printout
    assert printout.splitlines() == [
        "LOCKED  KIND              WRONG PINS  ENDS IN",
        "12345   number, unproven           3    300 s",
        "",
        "UNPROVEN: only H.323 over UDP that does not show its address.",
    ]
    await book.execute("ip_extension -u -d 12345")
    assert (await book.system.execute("ip_extension -p --state locked", book.now)).printout == "NOTHING IS LOCKED"
    assert await guess(book, forged(9)) == "securityDenial"
    assert [event.subject.source for event in book.events() if isinstance(event.subject, LockEvent)] == ["unproven"]


async def test_an_operator_ends_what_is_locked_for_all_numbers() -> None:
    book = await with_extensions(Book(limits=LIMITS))
    for place in range(20):
        await guess(book, forged(place), str(20000 + place))
    printout = (await book.system.execute("ip_extension -p --state locked", book.now)).printout
    assert printout.splitlines()[1].split("  ")[0] == "unproven"
    await book.execute("ip_extension -u --address unproven")
    assert await guess(book, forged(99)) == "securityDenial"


async def test_an_operator_ends_both_kinds_of_a_number_at_once() -> None:
    book = await besieged()
    endpoint = book.endpoint("12345", "0815")
    await discover(book, endpoint)
    for _ in range(3):
        await book.ask(endpoint, endpoint.register())
        book.now += 11
    assert {lock.key for lock in book.system.locks(book.now)} == {("12345", ""), ("12345", "unproven")}
    await book.execute("ip_extension -u -d 12345")
    assert book.system.locks(book.now) == []
