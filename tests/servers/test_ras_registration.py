"""RRQ and URQ played: in full, lightweight and additive, by every kind of token; who may have which alias."""

import pytest

from registrar.core.limits import Limits
from registrar.h323.aliases import MOST, MOST_NUMBERS
from registrar.h323.ras import decode
from registrar.model.events import BindingEvent, Cause, EventType
from registrar.model.policy import Protocol
from tests.h323.endpoint import is_signed, transport
from tests.lab import UDP_1719, UDP_5060, attempt, contact
from tests.servers.ras_book import PHONE, SETTINGS, Book, reason, with_extensions

KINDS = pytest.mark.parametrize("token", ["MD5", "CAT", "H.235.1"])
ELSEWHERE = ("127.0.0.2", 40000)


async def test_an_endpoint_without_pin_registers_where_none_is_configured() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347", names=["Anna"])
    request = endpoint.register()
    confirm = await book.ask(endpoint, request)
    assert confirm.name == "registrationConfirm"
    (binding,) = book.bindings("12347")
    assert confirm.value == {
        "requestSeqNum": decode(request).value["requestSeqNum"],
        "protocolIdentifier": "0.0.8.2250.0.7",
        "callSignalAddress": [],
        "terminalAlias": [("h323-ID", "Anna"), ("dialledDigits", "12347")],
        "gatekeeperIdentifier": "registrar",
        "endpointIdentifier": binding.contact.instance,
        "timeToLive": 120,
        "willRespondToIRR": True,
        "maintainConnection": False,
        "supportsAdditiveRegistration": None,
    }
    assert binding.terminal.text == "DBC 425 02"
    assert binding.decision.row.id == "T1.1"
    assert binding.contact.uri == "h323:12347@127.0.0.1:1720"
    assert binding.contact.endpoint is not None
    assert binding.contact.endpoint.vendor == "Equivalence (OpenH323) (T.35 9/0/61)"
    assert binding.expires_at == book.now + 120 + SETTINGS.grace


@KINDS
async def test_a_pin_is_proved_by_each_kind_of_token(token: str) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token=token)
    assert (await book.ask(endpoint, endpoint.register())).name == "registrationConfirm"
    assert [binding.decision.row.id for binding in book.bindings()] == ["T1.3"]


async def test_the_prompt_for_the_pin_is_security_denial_and_a_wrong_pin_gets_the_same() -> None:
    book = await with_extensions()
    silent, wrong, unknown = book.endpoint(), book.endpoint(pin="4712"), book.endpoint("777", "4711")
    answers = [(await book.ask(each, each.register())).value for each in (silent, wrong, unknown)]
    assert {answer["rejectReason"] for answer in answers} == {("securityDenial", None)}
    assert [answer.keys() for answer in answers] == [answers[0].keys()] * 3
    assert book.told == ["WRONG_PIN", "UNKNOWN_NUMBER"]
    assert book.bindings() == []


@KINDS
async def test_a_keep_alive_refreshes_under_the_same_identifier(token: str) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token=token)
    first = await book.ask(endpoint, endpoint.register())
    book.now += 60
    second = await book.ask(endpoint, endpoint.keep_alive())
    assert second.name == "registrationConfirm"
    for component in ("endpointIdentifier", "terminalAlias", "gatekeeperIdentifier", "timeToLive"):
        assert second.value[component] == first.value[component]
    (binding,) = book.bindings()
    assert (binding.registered_at, binding.refreshed_at) == (book.now - 60, book.now)


async def test_a_keep_alive_needs_the_pin_like_any_registration() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    endpoint.pin = ""
    assert reason(await book.ask(endpoint, endpoint.keep_alive())) == "securityDenial"
    assert [binding.refreshed_at for binding in book.bindings()] == [book.now]


async def test_a_keep_alive_meets_the_policy_in_force_then() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347", product="H323Plus simple")
    await book.ask(endpoint, endpoint.register())
    await book.execute("extension -e -d 12346", "extension -c -d 12347 --security-exception no", "sec_policy -set 1")
    assert reason(await book.ask(endpoint, endpoint.keep_alive())) == "invalidTerminalType"
    assert [binding.decision.row.id for binding in book.bindings("12347")] == ["T1.5"]


async def test_a_keep_alive_that_nobody_registered_is_told_to_register_in_full() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    endpoint.identifier = "never issued"
    assert reason(await book.ask(endpoint, endpoint.keep_alive())) == "fullRegistrationRequired"


async def test_without_a_pin_a_keep_alive_counts_from_where_the_endpoint_registered() -> None:
    book = await with_extensions()
    open_, closed = book.endpoint("12347"), book.endpoint("12345", "4711")
    for endpoint in (open_, closed):
        await book.ask(endpoint, endpoint.register())
    book.now += 1
    assert reason(await book.ask(open_, open_.keep_alive(), ELSEWHERE)) == "fullRegistrationRequired"
    assert (await book.ask(closed, closed.keep_alive(), ELSEWHERE)).name == "registrationConfirm"
    assert [binding.flow.address for binding in book.bindings()] == [ELSEWHERE]


async def test_a_keep_alive_without_identifier_is_known_by_number_and_address() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    await book.ask(endpoint, endpoint.register())
    request = endpoint.keep_alive(endpointIdentifier=None, terminalAlias=endpoint.aliases)
    assert (await book.ask(endpoint, request)).name == "registrationConfirm"
    request = endpoint.keep_alive(endpointIdentifier=None, terminalAlias=endpoint.aliases)
    assert reason(await book.ask(endpoint, request, ELSEWHERE)) == "fullRegistrationRequired"


async def test_an_endpoint_that_says_no_product_any_more_stays_what_it_was() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    await book.ask(endpoint, endpoint.register())
    vendor = {"vendor": endpoint.vendor["vendor"]}
    await book.ask(endpoint, endpoint.keep_alive(endpointVendor=vendor))
    assert [binding.terminal.text for binding in book.bindings("12347")] == ["DBC 425 02"]


@pytest.mark.parametrize(("asked", "granted"), [(None, 300), (20, 60), (61, 61), (2**32 - 1, 86400)])
async def test_the_time_to_live_is_what_was_asked_within_the_limits(asked: int | None, granted: int) -> None:
    book = await with_extensions(Book(limits=Limits(max_expires=86430)))
    endpoint = book.endpoint("12347")
    confirm = await book.ask(endpoint, endpoint.register(timeToLive=asked))
    assert confirm.value["timeToLive"] == granted


# -- identifiers and addresses --------------------------------------------------------------------------------------


async def test_a_full_registration_from_the_same_place_is_a_refresh_with_the_same_identifier() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    first = await book.ask(endpoint, endpoint.register())
    again = await book.ask(endpoint, endpoint.register(), ("127.0.0.1", 40001))
    assert again.value["endpointIdentifier"] == first.value["endpointIdentifier"]
    assert len(book.bindings("12347")) == 1


async def test_an_endpoint_gets_an_identifier_back_that_it_was_given_but_none_that_it_thought_up() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    given = (await book.ask(endpoint, endpoint.register())).value["endpointIdentifier"]
    await book.execute("extension_unregistration -d 12347")
    book.take()
    again = await book.ask(endpoint, endpoint.register(endpointIdentifier=given), ELSEWHERE)
    assert again.value["endpointIdentifier"] == given
    await book.execute("extension_unregistration -d all")
    for mine in ("12347_endp", given[:-1] + ("0" if given[-1] != "0" else "1")):
        book.take()
        other = await book.ask(endpoint, endpoint.register(endpointIdentifier=mine))
        assert other.value["endpointIdentifier"] not in (mine, given)
    another = book.endpoint("12345", "4711")
    stolen = await book.ask(another, another.register(endpointIdentifier=given))
    assert stolen.value["endpointIdentifier"] != given


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"protocolIdentifier": "0.0.8.2251.0.7"}, "invalidRevision"),
        ({"gatekeeperIdentifier": "another"}, "discoveryRequired"),
        ({"rasAddress": []}, "invalidRASAddress"),
        ({"rasAddress": [("netBios", bytes(16))]}, "invalidRASAddress"),
        ({"callSignalAddress": []}, "invalidCallSignalAddress"),
        ({"callSignalAddress": [transport(("0.0.0.0", 1720))]}, "invalidCallSignalAddress"),
        ({"callSignalAddress": [transport(("127.0.0.1", 0))]}, "invalidCallSignalAddress"),
        ({"terminalAlias": None}, "invalidAlias"),
        ({"terminalAlias": [("h323-ID", "\0")]}, "invalidAlias"),
        ({"terminalAlias": [("transportID", transport(("127.0.0.1", 1720)))]}, "invalidAlias"),
    ],
)
async def test_what_cannot_be_registered_whoever_asks(more: dict[str, object], why: str) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    assert reason(await book.ask(endpoint, endpoint.register(**more))) == why
    assert [event.subject.type for event in book.events()[-1:]] == [EventType.MALFORMED]


@pytest.mark.parametrize("gatekeeper", [None, "registrar", "registrar\0"])
async def test_the_gatekeeper_identifier_may_be_absent_or_end_in_nul(gatekeeper: str | None) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    confirm = await book.ask(endpoint, endpoint.register(gatekeeperIdentifier=gatekeeper))
    assert confirm.name == "registrationConfirm"


# -- aliases --------------------------------------------------------------------------------------------------------


async def test_the_number_is_found_whatever_the_order_of_aliases_and_others_numbers_are_left_out() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    aliases = [("h323-ID", "12346"), ("email-ID", "a@b.example"), ("dialledDigits", "12347"), ("h323-ID", "Anna\0")]
    confirm = await book.ask(endpoint, endpoint.register(terminalAlias=aliases))
    assert confirm.value["terminalAlias"] == [
        ("email-ID", "a@b.example"),
        ("dialledDigits", "12347"),
        ("h323-ID", "Anna"),
    ]
    assert (len(book.bindings("12347")), len(book.bindings("12346"))) == (1, 0)


@pytest.mark.parametrize(
    "alias",
    [
        ("h323-ID", "12347"),
        (
            "partyNumber",
            ("e164Number", {"publicTypeOfNumber": ("unknown", None), "publicNumberDigits": "12347"}),
        ),
    ],
)
async def test_a_number_may_come_as_a_name_or_a_party_number(alias: tuple[str, object]) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    confirm = await book.ask(endpoint, endpoint.register(terminalAlias=[alias]))
    assert confirm.value["terminalAlias"] == [alias]


async def test_a_second_endpoint_for_a_number_is_told_which_alias_is_taken() -> None:
    book = await with_extensions()
    first, second = book.endpoint("12345", "4711"), book.endpoint("12345", "4711", signal=("127.0.0.2", 1720))
    await book.ask(first, first.register())
    book.now += 1
    answer = await book.ask(second, second.register(), ELSEWHERE)
    assert answer.value["rejectReason"] == ("duplicateAlias", [("dialledDigits", "12345")])
    assert book.told == ["DUPLICATE_ALIAS"]
    stranger = book.endpoint("12345", "9999", signal=("127.0.0.3", 1720))
    assert reason(await book.ask(stranger, stranger.register(), ("127.0.0.3", 40000))) == "securityDenial"


async def test_a_name_that_another_endpoint_has_is_taken_too() -> None:
    book = await with_extensions()
    first, second = book.endpoint("12347", names=["Anna"]), book.endpoint("12345", "4711", names=["Anna"])
    await book.ask(first, first.register())
    answer = await book.ask(second, second.register(), ELSEWHERE)
    assert answer.value["rejectReason"] == ("duplicateAlias", [("h323-ID", "Anna")])


async def test_a_newer_endpoint_may_take_the_place_of_the_older_one() -> None:
    book = await with_extensions(Book(limits=Limits(replace_duplicates=True)))
    first, second = book.endpoint("12345", "4711"), book.endpoint("12345", "4711", signal=("127.0.0.2", 1720))
    await book.ask(first, first.register())
    book.now += 1
    confirm = await book.ask(second, second.register(), ELSEWHERE)
    assert [binding.contact.instance for binding in book.bindings()] == [confirm.value["endpointIdentifier"]]
    last = book.events()[-1].subject
    assert isinstance(last, BindingEvent)
    assert (last.type, last.cause) == (EventType.UNREGISTERED, Cause.REPLACED)
    assert reason(await book.ask(first, first.keep_alive())) == "fullRegistrationRequired"
    book.take()
    await book.tick(60)
    assert book.take() == [], "two that drive each other out by URQ would never end"


async def test_the_place_of_an_endpoint_that_is_gone_is_free() -> None:
    book = await with_extensions()
    first, second = book.endpoint("12345", "4711"), book.endpoint("12345", "4711", signal=("127.0.0.2", 1720))
    await book.ask(first, first.register())
    book.now += 120 + SETTINGS.grace + 1
    assert (await book.ask(second, second.register(), ELSEWHERE)).name == "registrationConfirm"


async def test_terminals_of_both_protocols_are_logged_on_to_one_number_side_by_side() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    await book.ask(endpoint, endpoint.register())
    assert book.system.register(attempt("12347", contact(expires=600), on=UDP_5060), book.now).accepted
    assert [len(book.system.state.bindings_of(protocol, "12347")) for protocol in Protocol] == [1, 1]
    assert (await book.ask(endpoint, endpoint.keep_alive())).name == "registrationConfirm"


# -- additive -------------------------------------------------------------------------------------------------------


async def test_a_name_is_added_and_the_confirmation_lists_only_it() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    book.now += 1
    confirm = await book.ask(endpoint, endpoint.add(("h323-ID", "Anna")))
    assert confirm.value["terminalAlias"] == [("h323-ID", "Anna")]
    book.now += 1
    refreshed = await book.ask(endpoint, endpoint.keep_alive())
    assert refreshed.value["terminalAlias"] == [("dialledDigits", "12345"), ("h323-ID", "Anna")]


async def test_a_number_is_added_with_its_own_pin_and_kept_alive_with_the_first() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    other = ("dialledDigits", "12346")
    book.now += 1
    assert reason(await book.ask(endpoint, endpoint.add(other))) == "securityDenial"
    assert book.bindings("12346") == []
    endpoint.pin = "4712"
    book.now += 1
    confirm = await book.ask(endpoint, endpoint.add(other))
    assert confirm.value["terminalAlias"] == [other]
    assert [binding.decision.row.id for binding in book.bindings("12346")] == ["T1.2"]
    endpoint.pin = "4711"
    book.now += 60
    assert (await book.ask(endpoint, endpoint.keep_alive())).name == "registrationConfirm"
    assert [binding.refreshed_at for binding in book.bindings("12346")] == [book.now]


async def test_an_alias_that_another_endpoint_has_cannot_be_added() -> None:
    book = await with_extensions()
    first, second = book.endpoint("12347", names=["Anna"]), book.endpoint("12345", "4711")
    await book.ask(first, first.register())
    await book.ask(second, second.register(), ELSEWHERE)
    for alias in (("h323-ID", "Anna"), ("dialledDigits", "12347")):
        book.now += 1
        answer = await book.ask(second, second.add(alias), ELSEWHERE)
        assert answer.value["rejectReason"] == ("invalidTerminalAliases", {"terminalAlias": [alias]})


async def test_an_endpoint_has_only_so_many_names_however_often_it_adds_some() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    await book.ask(endpoint, endpoint.register())
    names = [("h323-ID", f"Anna {number}") for number in range(MOST)]
    for name in names[:-1]:
        assert (await book.ask(endpoint, endpoint.add(name))).name == "registrationConfirm"
    (before,) = book.bindings("12347")
    assert reason(await book.ask(endpoint, endpoint.add(names[-1]))) == "resourceUnavailable"
    assert book.bindings("12347") == [before]
    assert (await book.ask(endpoint, endpoint.keep_alive())).name == "registrationConfirm"


async def test_an_endpoint_holds_only_so_many_numbers() -> None:
    book = await with_extensions()
    await book.execute("extension -i -d 500..699 --csp 1 --lim 1 --security-exception yes")
    endpoint = book.endpoint("12347")
    await book.ask(endpoint, endpoint.register())
    for first in range(500, 580, MOST):
        numbers = [("dialledDigits", str(number)) for number in range(first, first + MOST)]
        assert (await book.ask(endpoint, endpoint.add(*numbers))).name == "registrationConfirm"
    rest = [("dialledDigits", str(number)) for number in range(580, 580 + MOST)]
    assert reason(await book.ask(endpoint, endpoint.add(*rest))) == "resourceUnavailable"
    assert (await book.ask(endpoint, endpoint.add(*rest[: MOST_NUMBERS - 81]))).name == "registrationConfirm"
    assert reason(await book.ask(endpoint, endpoint.add(rest[-1]))) == "resourceUnavailable"
    assert book.system.state.binding_count == MOST_NUMBERS


async def test_nothing_is_added_to_a_registration_that_is_not_there() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    endpoint.identifier = "never issued"
    assert reason(await book.ask(endpoint, endpoint.add(("h323-ID", "Anna")))) == "fullRegistrationRequired"
    await book.ask(endpoint, endpoint.register())
    assert reason(await book.ask(endpoint, endpoint.add())) == "invalidAlias"


async def test_a_full_registration_takes_the_place_of_everything_that_was_added() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    await book.ask(endpoint, endpoint.register())
    endpoint.pin = "4712"
    await book.ask(endpoint, endpoint.add(("dialledDigits", "12346")))
    assert len(book.bindings("12346")) == 1
    endpoint.pin = ""
    await book.ask(endpoint, endpoint.register())
    assert (len(book.bindings("12346")), len(book.bindings("12347"))) == (0, 1)


# -- URQ ------------------------------------------------------------------------------------------------------------


@KINDS
async def test_an_endpoint_leaves(token: str) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token=token)
    await book.ask(endpoint, endpoint.register())
    book.now += 1
    answer = await book.ask(endpoint, endpoint.unregister())
    assert answer.name == "unregistrationConfirm"
    assert book.bindings() == []
    last = book.events()[-1].subject
    assert isinstance(last, BindingEvent)
    assert last.cause is Cause.TERMINAL
    assert reason(await book.ask(endpoint, endpoint.unregister())) == "notCurrentlyRegistered"


async def test_without_a_token_an_endpoint_leaves_only_from_the_address_it_registered_from() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    endpoint.pin = ""
    for source in (ELSEWHERE, ("127.0.0.1", 40001)):
        assert reason(await book.ask(endpoint, endpoint.unregister(), source)) == "securityDenial"
    without = endpoint.unregister(endpointIdentifier=None, endpointAlias=endpoint.aliases)
    assert reason(await book.ask(endpoint, without)) == "securityDenial"
    assert len(book.bindings()) == 1
    assert (await book.ask(endpoint, endpoint.unregister())).name == "unregistrationConfirm"


async def test_a_wrong_pin_unregisters_nobody() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    endpoint.pin = "9999"
    assert reason(await book.ask(endpoint, endpoint.unregister())) == "securityDenial"
    assert len(book.bindings()) == 1


async def test_whoever_is_not_registered_cannot_leave() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    for more in ({}, {"endpointIdentifier": "never issued"}, {"endpointAlias": endpoint.aliases}):
        assert reason(await book.ask(endpoint, endpoint.unregister(**more))) == "notCurrentlyRegistered"


async def test_an_endpoint_may_leave_whatever_the_policy_says_of_it_now() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347", product="H323Plus simple")
    await book.ask(endpoint, endpoint.register())
    await book.execute("extension -e -d 12346", "extension -c -d 12347 --security-exception no", "sec_policy -set 1")
    assert (await book.ask(endpoint, endpoint.unregister())).name == "unregistrationConfirm"


async def test_all_aliases_leave_with_the_number_and_a_name_leaves_alone() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347", names=["Anna", "Berta"])
    await book.ask(endpoint, endpoint.register())
    answer = await book.ask(endpoint, endpoint.unregister(endpointAlias=[("h323-ID", "Berta")]))
    assert answer.name == "unregistrationConfirm"
    confirm = await book.ask(endpoint, endpoint.keep_alive())
    assert confirm.value["terminalAlias"] == [("h323-ID", "Anna"), ("dialledDigits", "12347")]
    assert reason(await book.ask(endpoint, endpoint.unregister(endpointAlias=[("h323-ID", "Bo")]))) == (
        "notCurrentlyRegistered"
    )
    answer = await book.ask(endpoint, endpoint.unregister(endpointAlias=endpoint.aliases))
    assert answer.name == "unregistrationConfirm"
    assert book.bindings("12347") == []


async def test_one_number_of_several_leaves_alone() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    await book.ask(endpoint, endpoint.register())
    endpoint.pin = "4712"
    await book.ask(endpoint, endpoint.add(("dialledDigits", "12346")))
    endpoint.pin = ""
    await book.ask(endpoint, endpoint.unregister(endpointAlias=[("dialledDigits", "12346")]))
    assert (len(book.bindings("12346")), len(book.bindings("12347"))) == (0, 1)
    endpoint.pin = "4712"
    book.now += 1
    await book.ask(endpoint, endpoint.add(("dialledDigits", "12346")))
    endpoint.pin = ""
    await book.ask(endpoint, endpoint.unregister())
    assert (len(book.bindings("12346")), len(book.bindings("12347"))) == (0, 0)


# -- signed answers, copies, the store ------------------------------------------------------------------------------


async def test_every_answer_to_an_endpoint_that_signs_is_signed() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token="H.235.1")
    confirm = await book.exchange(endpoint.register())
    endpoint.take(confirm)
    book.now += 1
    refreshed = await book.exchange(endpoint.keep_alive())
    book.now += 1
    left = await book.exchange(endpoint.unregister())
    randoms = set()
    for octets in (confirm, refreshed, left):
        assert is_signed(octets, "4711", sender="registrar", receiver=endpoint.identifier)
        randoms.add(decode(octets).value["cryptoTokens"][0][1][1]["hashedVals"]["random"])
    assert len(randoms) == 3


@pytest.mark.parametrize("token", ["MD5", "CAT"])
async def test_no_other_answer_is_signed(token: str) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token=token)
    confirm = await book.exchange(endpoint.register())
    assert "cryptoTokens" not in decode(confirm).value


async def test_whoever_does_not_know_the_pin_is_given_nothing_to_try_pins_against() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "9999", token="H.235.1")
    assert "cryptoTokens" not in decode(await book.exchange(endpoint.register())).value


@KINDS
async def test_a_copy_is_answered_from_memory_and_changes_nothing(token: str) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token=token)
    request = endpoint.register()
    first = await book.exchange(request)
    events = book.system.bus.last_id
    book.now += 3
    assert await book.exchange(request) == first
    assert book.system.bus.last_id == events
    endpoint.take(first)
    leaving = endpoint.unregister()
    confirmed = await book.exchange(leaving)
    assert decode(confirmed).name == "unregistrationConfirm"
    assert await book.exchange(leaving) == confirmed


async def test_a_copy_may_carry_a_token_made_anew() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711")
    request = endpoint.register()
    first = await book.exchange(request)
    book.now += 3
    number = decode(request).value["requestSeqNum"]
    assert await book.exchange(endpoint.register(requestSeqNum=number)) == first


async def test_the_same_number_from_another_source_or_for_another_request_is_no_copy() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    request = endpoint.register()
    first = endpoint.take(await book.exchange(request))
    book.now += 1
    again = endpoint.take(await book.exchange(request, ("127.0.0.1", 40001)))
    assert again.name == first.name == "registrationConfirm"
    assert [binding.refreshed_at for binding in book.bindings("12347")] == [book.now]
    leaving = endpoint.unregister(requestSeqNum=first.value["requestSeqNum"])
    assert (await book.ask(endpoint, leaving)).name == "unregistrationConfirm"


async def test_endpoints_that_share_an_address_and_count_alike_are_no_copies_of_each_other() -> None:
    book = await with_extensions()
    first, second = book.endpoint("12346", "4712"), book.endpoint("12347")
    confirmed = [await book.ask(each, each.register(requestSeqNum=7)) for each in (first, second)]
    assert [each.value["terminalAlias"] for each in confirmed] == [first.aliases, second.aliases]
    assert first.identifier != second.identifier
    for each in (first, second):
        assert (await book.ask(each, each.unregister(requestSeqNum=8))).name == "unregistrationConfirm"
    assert book.bindings("12346") == book.bindings("12347") == []


async def test_an_endpoint_started_again_that_counts_from_the_same_number_is_no_copy_of_what_it_was() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    endpoint.sequence = iter([7, 8])  # type: ignore[assignment]
    await book.ask(endpoint, endpoint.register())
    await book.tick(9)
    await book.ask(endpoint, endpoint.unregister())
    await book.tick(12)
    assert book.bindings("12347") == []
    restarted = book.endpoint("12347")
    restarted.sequence = iter([7])  # type: ignore[assignment]
    assert (await book.ask(restarted, restarted.register())).name == "registrationConfirm"
    assert len(book.bindings("12347")) == 1


async def test_while_the_first_copy_waits_to_be_stored_there_is_no_answer() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    request = endpoint.register()
    for _ in range(3):
        book.ras.datagram(UDP_1719, request, PHONE)
    assert book.take() == []
    await book.commit.flush()
    assert [message.name for message in book.take()] == ["registrationConfirm"]


async def test_what_cannot_be_stored_is_not_confirmed() -> None:
    book = await with_extensions()
    book.memory.broken = True
    endpoint = book.endpoint("12347")
    request = endpoint.register()
    assert reason(decode(await book.exchange(request))) == "resourceUnavailable"
    assert book.bindings("12347") == []
    assert reason(decode(await book.exchange(request))) == "resourceUnavailable"
    book.memory.broken = False
    assert (await book.ask(endpoint, endpoint.register())).name == "registrationConfirm"


async def test_a_restart_keeps_registrations_and_their_identifiers() -> None:
    book = await with_extensions()
    signing, open_ = book.endpoint("12345", "4711", token="H.235.1", names=["Anna"]), book.endpoint("12347")
    for endpoint in (signing, open_):
        await book.ask(endpoint, endpoint.register())
    after = Book(loaded=book.memory.stored)
    after.now = book.now + 60
    book.now = after.now
    assert after.bindings() == book.bindings()
    for endpoint in (signing, open_):
        assert (await after.ask(endpoint, endpoint.keep_alive())).name == "registrationConfirm"
    assert after.system.state.called("Anna") is not None
