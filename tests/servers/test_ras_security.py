"""What a right PIN does not excuse, what a wrong one costs, and the row in the answer: RRQs played on the node."""

from typing import Any

import pytest

from registrar.core.limits import Limits
from registrar.h323.ras import RasMessage
from registrar.h323.schema import H225, TYPES
from registrar.h323.schema.notation import Choice
from registrar.policy.answers import RAS
from tests.h323.endpoint import Endpoint, cat_token, h2351_token, md5_token, signed, with_cat, with_password
from tests.lab import TLS_3727, flow
from tests.servers.ras_book import SETTINGS, Book, reason, with_extensions

ELSEWHERE = ("127.0.0.2", 40000)


def words(message: RasMessage) -> str:
    """What the non-standard data says to people."""
    data = message.value["nonStandardData"]
    assert data["nonStandardIdentifier"] == ("object", "1.3.6.1.4.1.32473.1")
    text: bytes = data["data"]
    return text.decode()


# -- tokens ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["MD5", "CAT", "H.235.1"])
async def test_a_token_used_before_is_a_replay_if_the_pin_is_right(token: str) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token=token)
    request = endpoint.register()
    await book.ask(endpoint, request)
    assert reason(await book.ask(endpoint, request, ELSEWHERE)) == "securityError securityReplay"
    assert book.told == ["REPLAYED"]
    await book.tick(100)
    assert reason(await book.ask(endpoint, request)) == "securityError securityReplay"
    assert [binding.refreshed_at for binding in book.bindings()] == [book.now - 100]


@pytest.mark.parametrize("token", ["CAT", "H.235.1"])
async def test_time_stamp_and_random_together_are_used_once(token: str) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token=token)
    await book.ask(endpoint, endpoint.register())
    first = next(endpoint.random) - 1
    endpoint.random = iter([first, first + 1])  # type: ignore[assignment]
    assert reason(await book.ask(endpoint, endpoint.keep_alive())) == "securityError securityReplay"
    assert (await book.ask(endpoint, endpoint.keep_alive())).name == "registrationConfirm"


async def test_an_md5_token_of_one_second_serves_the_endpoint_that_is_unregistered_and_comes_back_in_it() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    await book.execute("extension_unregistration -d 12345")
    book.take()
    assert (await book.ask(endpoint, endpoint.register())).name == "registrationConfirm"


async def test_a_replay_after_a_restart_is_one() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token="H.235.1")
    request = endpoint.register()
    await book.ask(endpoint, request)
    after = Book(loaded=book.memory.stored)
    assert reason(await after.ask(endpoint, request)) == "securityError securityReplay"


@pytest.mark.parametrize("token", ["MD5", "CAT", "H.235.1"])
@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_clock_too_far_off_is_told_so(token: str, seconds: int) -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token=token)
    request = endpoint.register()
    book.now += seconds
    assert reason(await book.ask(endpoint, request)) == "securityError securityWrongSyncTime"
    assert book.told == ["CLOCK_WRONG"]
    endpoint.pin = "4712"
    request = endpoint.register()
    book.now += seconds
    assert reason(await book.ask(endpoint, request)) == "securityDenial"


async def test_a_token_of_somebody_else_or_for_another_gatekeeper_is_told_so() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token="H.235.1")

    async def sent(**how: Any) -> str:
        value = endpoint.registration() | {"terminalAlias": endpoint.aliases}
        octets = signed(endpoint, "registrationRequest", value, h2351_token(endpoint, **how))
        return reason(await book.ask(endpoint, octets))

    assert await sent(sender="12346") == "securityError securityWrongSendersID"
    assert await sent(receiver="another") == "securityError securityWrongGeneralID"
    endpoint.pin = "4712"
    assert await sent(sender="12346") == await sent(receiver="another") == "securityDenial"
    assert book.told == ["WRONG_SENDERS_ID", "WRONG_GENERAL_ID", "WRONG_PIN"]


async def test_a_token_made_for_another_number_with_the_same_pin_does_not_serve() -> None:
    book = await with_extensions()
    await book.execute("auth_code -c -d 12346 --auth-code 4711")
    endpoint = book.endpoint("12345", "4711")
    aliases = [("dialledDigits", "12345"), ("h323-ID", "12346")]
    value = endpoint.registration() | {"terminalAlias": aliases}
    value["cryptoTokens"] = [md5_token(endpoint, alias="12346")]
    endpoint.pin = ""
    octets = endpoint.sign("registrationRequest", value)
    assert reason(await book.ask(endpoint, octets)) == "securityError securityWrongSendersID"


async def test_one_right_token_beside_a_wrong_one_is_no_integrity() -> None:
    book = await with_extensions()
    endpoint, liar = book.endpoint("12345", "4711"), book.endpoint("12345", "4712")
    value = endpoint.registration() | {"terminalAlias": endpoint.aliases}

    async def sent(*tokens: tuple[str, Any], by: Endpoint = endpoint) -> str:
        value["requestSeqNum"] += 1
        return reason(await book.ask(endpoint, signed(by, "registrationRequest", value, *tokens)))

    assert await sent(md5_token(endpoint), h2351_token(endpoint), by=liar) == "securityError securityIntegrityFailed"
    unknown = ("cryptoEPPwdEncr", {"algorithmOID": "1.2", "paramS": {}, "encryptedData": b"1"})
    assert await sent(h2351_token(endpoint), unknown) == "securityError securityIntegrityFailed"
    assert await sent(h2351_token(endpoint), unknown, by=liar) == "securityDenial"
    assert book.bindings() == []


async def test_a_token_that_cannot_be_checked_proves_nothing() -> None:
    book = await with_extensions()
    endpoint = book.endpoint()
    unknown = ("cryptoEPPwdEncr", {"algorithmOID": "1.2", "paramS": {}, "encryptedData": b"1"})
    assert reason(await book.ask(endpoint, endpoint.register(cryptoTokens=[unknown]))) == "securityDenial"


async def test_a_password_in_the_clear_is_taken_inside_tls_only() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711", token="password")
    assert reason(await book.ask(endpoint, endpoint.register())) == "securityDenial"
    wire = book.connect(flow(TLS_3727, connection=1))
    book.ras.settings = SETTINGS
    answers = await book.over(wire, framed(endpoint.register()))
    assert endpoint.take(answers[0][4:]).name == "registrationConfirm"
    endpoint.pin = "4712"
    (answer,) = await book.over(wire, framed(endpoint.register()))
    assert reason(endpoint.take(answer[4:])) == "securityDenial"
    assert not any(b"4711" in repr(event).encode() for event in book.events())


def framed(octets: bytes) -> bytes:
    return b"\x03\0" + (len(octets) + 4).to_bytes(2, "big") + octets


async def test_several_right_tokens_are_as_good_as_one() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711")
    value = endpoint.registration() | {"terminalAlias": endpoint.aliases, "tokens": [cat_token(endpoint)]}
    octets = signed(endpoint, "registrationRequest", value, md5_token(endpoint), h2351_token(endpoint))
    assert (await book.ask(endpoint, octets)).name == "registrationConfirm"


# -- locks ----------------------------------------------------------------------------------------------------------


async def test_guessing_locks_the_number_and_the_right_pin_is_not_heard_meanwhile() -> None:
    book = await with_extensions(Book(limits=Limits(lockout_failures=3, burst_seconds=10)))
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register())
    for pin in ("1", "2", "3"):
        endpoint.pin = pin
        assert reason(await book.ask(endpoint, endpoint.keep_alive())) == "securityDenial"
        book.now += 11
    endpoint.pin = "4711"
    assert reason(await book.ask(endpoint, endpoint.keep_alive())) == "securityDenial"
    stranger = book.endpoint("12345", "4711")
    assert reason(await book.ask(stranger, stranger.register())) == "securityDenial"
    assert book.told == ["WRONG_PIN", "LOCKED_OUT"]
    book.now += 301
    assert (await book.ask(stranger, stranger.register())).name == "registrationConfirm"


async def test_a_replay_is_no_guess() -> None:
    book = await with_extensions(Book(limits=Limits(lockout_failures=2, burst_seconds=0)))
    endpoint = book.endpoint("12345", "4711", token="CAT")
    value = endpoint.registration() | {"terminalAlias": endpoint.aliases}
    for _ in range(4):
        endpoint.random = iter([7])  # type: ignore[assignment]
        value["requestSeqNum"] += 1
        await book.ask(endpoint, with_cat(endpoint, "registrationRequest", value))
    assert book.told == ["REPLAYED"]
    book.now += 1
    endpoint.random = iter([8])  # type: ignore[assignment]
    assert (await book.ask(endpoint, endpoint.register())).name == "registrationConfirm"


# -- what a rejection says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "number", "product", "expected"),
    [
        (
            ["sec_policy -set 2"],
            "12345",
            "DBC 425 02",
            ("transportNotSupported", "Secure port required: register inside TLS on 3727 (T3.3)"),
        ),
        (
            ["sec_policy -set 2"],
            "12345",
            "H323Plus simple",
            ("invalidTerminalType", "This type of terminal is not allowed for this number (T3.5)"),
        ),
        (
            ["sec_policy -set 2", "extension -c -d 12347 --security-exception no"],
            "12347",
            "DBC 446 01",
            ("securityDenial", "The policy demands a PIN and none is configured (T3.6)"),
        ),
    ],
)
async def test_a_refusal_by_policy_names_the_row(
    lines: list[str], number: str, product: str, expected: tuple[str, str]
) -> None:
    book = await with_extensions()
    await book.execute(*lines)
    endpoint = book.endpoint(number, "4711", product=product)
    answer = await book.ask(endpoint, endpoint.register())
    assert (reason(answer), words(answer)) == expected


async def test_an_unknown_number_is_refused_by_policy_like_a_known_one() -> None:
    book = await with_extensions()
    await book.execute("sec_policy -set 2")
    answers = []
    for number in ("12345", "777"):
        endpoint = book.endpoint(number, product="H323Plus simple")
        answers.append(await book.ask(endpoint, endpoint.register()))
    first, second = answers
    assert (reason(first), words(first)) == (reason(second), words(second))


async def test_an_unknown_number_is_told_only_where_it_may_be() -> None:
    settings = SETTINGS._replace(reveal_unknown=True)
    book = await with_extensions(Book(settings=settings, limits=Limits(reveal_unknown=True)))
    endpoint = book.endpoint("777")
    assert reason(await book.ask(endpoint, endpoint.register())) == "invalidAlias"


async def test_what_prompts_for_the_pin_says_nothing_else() -> None:
    book = await with_extensions()
    endpoint = book.endpoint()
    answer = await book.ask(endpoint, endpoint.register())
    assert answer.value.keys() == {"requestSeqNum", "protocolIdentifier", "rejectReason", "gatekeeperIdentifier"}
    assert book.told == [], "it is part of every ordinary logon"


def test_every_reason_has_an_answer_that_rrj_can_carry() -> None:
    reasons, errors = alternatives("RegistrationRejectReason"), alternatives("SecurityErrors")
    for answer in RAS.values():
        rrj, name, *inner = answer.split()
        assert rrj == "RRJ"
        assert name in reasons
        assert len(inner) == (name == "securityError")
        assert errors.issuperset(inner)


def alternatives(name: str) -> set[str]:
    type_ = TYPES[H225][name]
    assert isinstance(type_, Choice)
    return {part.name for part in (*type_.root, *type_.additions)}


async def test_a_password_beyond_ascii_is_only_wrong() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12345", "4711\u20ac")
    wire = book.connect(flow(TLS_3727, connection=1))
    octets = with_password(
        endpoint, "registrationRequest", endpoint.registration() | {"terminalAlias": endpoint.aliases}
    )
    (answer,) = await book.over(wire, framed(octets))
    assert reason(endpoint.take(answer[4:])) == "securityDenial"
