"""H.235 tokens: those captured from other programs, and whether each is taken once, in time, from whom it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.h323.h235.checks import signed_message
from registrar.h323.h235.proof import TokenProof, Vouched
from registrar.h323.h235.replays import KEPT, SAME_SECOND, Replays
from registrar.h323.h235.signing import Signer
from registrar.h323.h235.tokens import MOST, Kind, Token, tokens_of
from registrar.h323.ras import decode
from registrar.model.attempt import Verdict
from registrar.model.extension import Rac
from registrar.model.flow import Address
from tests.h323.endpoint import (
    Endpoint,
    cat_token,
    finalised,
    h2351_token,
    is_signed,
    md5_token,
    signed,
    with_cat,
    with_h2351,
    with_md5,
    with_password,
)
from tests.h323.vectors import CAPTURED, Captured
from tests.lab import NOW

PHONE: Address = ("127.0.0.1", 40000)
RAC = Rac("12345", "4711")

WITH_TOKENS = [captured for captured in CAPTURED if tokens_of(decode(captured.octets).value, captured.octets, False)]


def tokens(octets: bytes, secure: bool = False) -> list[Token]:
    return tokens_of(decode(octets).value, octets, secure)


def endpoint(pin: str = "4711", **more: object) -> Endpoint:
    return Endpoint("12345", pin, clock=lambda: NOW, **more)  # type: ignore[arg-type]


# -- captured -------------------------------------------------------------------------------------------------------


def test_the_captures_hold_right_tokens_of_two_kinds_and_wrong_ones() -> None:
    kinds = {token.kind for captured in WITH_TOKENS for token in tokens(captured.octets)}
    assert kinds == {Kind.PASSWORD_HASH, Kind.SIGNED_MESSAGE}
    assert any(captured.scenario.startswith("reject_badpw") for captured in WITH_TOKENS)


@pytest.mark.parametrize("captured", WITH_TOKENS, ids=str)
def test_the_captured_tokens_were_made_with_the_password_they_were_made_with(captured: Captured) -> None:
    right = not captured.scenario.startswith("reject_badpw")
    for token in tokens(captured.octets):
        assert token.matches("secret") is right
        for pin in ("Secret", "secret ", "", "secre", "secret\0"):
            assert not token.matches(pin)


@pytest.mark.parametrize("captured", WITH_TOKENS, ids=str)
def test_a_changed_message_is_seen_where_the_whole_of_it_is_signed(captured: Captured) -> None:
    for token in tokens(captured.octets):
        if token.kind is Kind.SIGNED_MESSAGE:
            _, hashed, at = token.matches.args  # type: ignore[attr-defined]
            for place in {*range(len(captured.octets))} - {*range(at, at + 12)}:
                changed = bytearray(captured.octets)
                changed[place] ^= 1
                assert not signed_message(bytes(changed), hashed, at, "secret")


# -- each kind ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (with_md5, Kind.PASSWORD_HASH),
        (with_cat, Kind.CAT),
        (with_h2351, Kind.SIGNED_MESSAGE),
    ],
)
def test_tokens_made_by_hand_are_checked_alike(make: object, kind: Kind) -> None:
    octets = make(endpoint(), "registrationRequest", endpoint().registration())  # type: ignore[operator]
    (token,) = tokens(octets)
    assert token.kind is kind
    assert token.matches("4711")
    assert not token.matches("4712")


@pytest.mark.parametrize("random", [-127, -1, 0, 1, 127, 128, 255])
def test_cats_random_is_one_octet_however_it_is_written(random: int) -> None:
    made = {"tokens": [cat_token(endpoint(), random=random)]}
    (token,) = tokens_of(made, b"", False)
    assert token.matches("4711")


@pytest.mark.parametrize("version", [1, 2])
def test_h2351_is_taken_in_both_its_versions(version: int) -> None:
    phone = endpoint()
    octets = signed(phone, "registrationRequest", phone.registration(), h2351_token(phone, version=version))
    (token,) = tokens(octets)
    assert (token.kind, token.matches("4711")) == (Kind.SIGNED_MESSAGE, True)


def test_the_hash_is_found_where_it_is_even_when_its_octets_stand_elsewhere_too() -> None:
    phone = endpoint()
    octets = with_h2351(phone, "registrationRequest", phone.registration())
    hashed = tokens(octets)[0].matches.args[1]  # type: ignore[attr-defined]
    value = decode(octets).value | {"nonStandardData": {"nonStandardIdentifier": ("object", "1.2"), "data": hashed}}
    twice = signed(phone, "registrationRequest", value, h2351_token(phone))
    assert tokens(twice)[0].matches("4711")


def test_a_password_in_the_clear_is_taken_inside_tls_only() -> None:
    octets = with_password(endpoint(), "registrationRequest", endpoint().registration())
    ((open_,), (inside,)) = tokens(octets), tokens(octets, secure=True)
    assert (open_.kind, open_.matches("4711")) == (Kind.UNCHECKABLE, False)
    assert (inside.kind, inside.matches("4711"), inside.matches("471")) == (Kind.PASSWORD, True, False)


@pytest.mark.parametrize(
    "token",
    [
        ("cryptoGKPwdHash", {"gatekeeperId": "a", "timeStamp": 1, "token": {"algorithmOID": "1.2", "paramS": {}}}),
        ("cryptoEPPwdEncr", {"algorithmOID": "1.2", "paramS": {}, "encryptedData": b""}),
        ("nestedcryptoToken", ("cryptoEncryptedToken", {})),
        ("...9", b"something new"),
    ],
)
def test_a_token_of_another_kind_never_matches(token: tuple[str, object]) -> None:
    (found,) = tokens_of({"cryptoTokens": [token]}, b"", True)
    assert (found.kind, found.matches("4711")) == (Kind.UNCHECKABLE, False)


@pytest.mark.parametrize(
    ("component", "value"),
    [("tokenOID", "0.0.8.235.0.2.2"), ("tokenOID", "0.0.8.235.0.3.1"), ("token", None), ("hashedVals", None)],
)
def test_an_h2351_token_that_is_not_whole_never_matches(component: str, value: object) -> None:
    phone = endpoint()
    octets = with_h2351(phone, "registrationRequest", phone.registration())
    ((_, (_, token)),) = decode(octets).value["cryptoTokens"]
    if component == "token":
        value = token["token"] | {"hash": (token["token"]["hash"][0][:8], 64)}
    elif component == "hashedVals":
        value = {name: part for name, part in token["hashedVals"].items() if name != "random"}
    changed = ("nestedcryptoToken", ("cryptoHashedToken", token | {component: value}))
    (found,) = tokens_of({"cryptoTokens": [changed]}, octets, True)
    assert found.kind is Kind.UNCHECKABLE


def test_a_long_alias_and_many_tokens_cost_nothing() -> None:
    long = ("cryptoEPPwdHash", md5_token(endpoint())[1] | {"alias": ("h323-ID", "a" * 256)})
    (found,) = tokens_of({"cryptoTokens": [long]}, b"", False)
    assert found.kind is Kind.UNCHECKABLE
    assert [token.kind for token in tokens_of({"cryptoTokens": [long] * (MOST + 1)}, b"", False)] == [Kind.UNCHECKABLE]


def test_other_clear_tokens_prove_nothing() -> None:
    time = {"tokenOID": "0.0.8.235.0.4.79", "timeStamp": int(NOW)}
    assert tokens_of({"tokens": [time]}, b"", True) == []


def test_nothing_shows_a_password() -> None:
    octets = with_password(endpoint("47114711"), "registrationRequest", endpoint().registration())
    found = tokens(octets, secure=True)
    proof = TokenProof(found, frozenset(), "registrar", Replays(300), PHONE, 1, True)
    signer = Signer("47114711", "registrar", "one")
    assert "4711" not in repr(found) + repr(proof) + repr(signer) + str(signer)


# -- the proof ------------------------------------------------------------------------------------------------------


def verdict(
    *made: tuple[str, object] | dict[str, object],
    rac: Rac = RAC,
    names: tuple[str, ...] = ("12345",),
    number: str = "12345",
    now: float = NOW,
) -> Verdict:
    """What comes of these tokens."""
    crypto = [token for token in made if isinstance(token, tuple)]
    clear = [token for token in made if isinstance(token, dict)]
    found = tokens_of({"tokens": clear, "cryptoTokens": crypto}, b"", True)
    proof = TokenProof(found, frozenset(names), "registrar", Replays(300), PHONE, 1, True)
    return proof.verify(rac, number, now)


RIGHT, WRONG = md5_token(endpoint()), md5_token(endpoint("4712"))
UNKNOWN = ("cryptoEPPwdEncr", {"algorithmOID": "1.2", "paramS": {}, "encryptedData": b""})


def test_all_tokens_must_be_right() -> None:
    cat = cat_token(endpoint())
    assert verdict(RIGHT) is verdict(cat) is verdict(RIGHT, cat) is Verdict.RIGHT
    assert verdict(WRONG) is verdict(UNKNOWN) is verdict(WRONG, cat_token(endpoint("4712"))) is Verdict.WRONG
    assert verdict(RIGHT, cat_token(endpoint("4712"))) is verdict(WRONG, cat) is Verdict.TAMPERED
    assert verdict(RIGHT, UNKNOWN) is Verdict.TAMPERED


def test_a_rac_of_another_number_proves_nothing() -> None:
    assert verdict(RIGHT, rac=Rac("", "4711")) is Verdict.WRONG


def test_a_sender_must_call_itself_by_one_of_its_names() -> None:
    assert verdict(RIGHT, names=("Anna", "12346")) is Verdict.WRONG_SENDER
    assert verdict(cat_token(endpoint()), names=("Anna",)) is Verdict.WRONG_SENDER
    assert verdict(WRONG, names=("Anna",)) is Verdict.WRONG


@pytest.mark.parametrize(("seconds", "expected"), [(300, Verdict.RIGHT), (301, Verdict.WRONG_CLOCK)])
def test_the_clock_may_be_off_by_the_window_either_way(seconds: int, expected: Verdict) -> None:
    assert verdict(RIGHT, now=NOW + seconds) is verdict(RIGHT, now=NOW - seconds) is expected


@pytest.mark.parametrize(
    ("sender", "receiver", "expected"),
    [
        ("12345", "registrar", Verdict.RIGHT),
        ("one", "registrar", Verdict.RIGHT),
        ("one", None, Verdict.RIGHT),
        ("12346", "registrar", Verdict.WRONG_SENDER),
        ("one", "another", Verdict.WRONG_RECEIVER),
        ("12346", "another", Verdict.WRONG_RECEIVER),
    ],
)
def test_a_signed_message_names_sender_and_receiver(sender: str, receiver: str | None, expected: Verdict) -> None:
    phone = endpoint()
    token = h2351_token(phone, sender=sender, receiver=receiver)
    octets = signed(phone, "registrationRequest", phone.registration(), token)
    proof = TokenProof(tokens(octets), frozenset({"12345", "one"}), "registrar", Replays(300), PHONE, 1, True)
    assert proof.verify(RAC, "12345", NOW) is expected


def test_a_signed_message_without_a_sender_is_from_nobody() -> None:
    phone = endpoint()
    kind, (inner, token) = h2351_token(phone)
    del token["hashedVals"]["sendersID"]
    octets = signed(phone, "registrationRequest", phone.registration(), (kind, (inner, token)))
    proof = TokenProof(tokens(octets), frozenset({"12345"}), "registrar", Replays(300), PHONE, 1, True)
    assert proof.verify(RAC, "12345", NOW) is Verdict.WRONG_SENDER


def test_what_is_vouched_for_is_right() -> None:
    assert Vouched().verify(RAC, "12345", NOW) is Verdict.RIGHT


# -- replays --------------------------------------------------------------------------------------------------------

STAMP = int(NOW)


def test_a_token_counts_once_for_a_number() -> None:
    replays = Replays(300)
    assert replays.use("1", (STAMP, 7), PHONE, 1, NOW)
    assert not replays.use("1", (STAMP, 7), PHONE, 2, NOW)
    assert replays.use("1", (STAMP, 8), PHONE, 3, NOW), "random tells messages of one second apart"
    assert replays.use("1", (STAMP + 1, 7), PHONE, 4, NOW), "GnuGk's random is always the same"
    assert replays.use("2", (STAMP, 7), PHONE, 5, NOW)


def test_without_a_random_the_next_request_of_the_second_may_carry_the_same_token_from_the_same_place() -> None:
    replays, pair = Replays(300), (STAMP, "Anna")
    assert replays.use("1", pair, PHONE, 5, NOW)
    assert not replays.use("1", pair, PHONE, 5, NOW)
    assert not replays.use("1", pair, ("127.0.0.2", 40000), 6, NOW)
    assert not replays.use("1", pair, ("127.0.0.1", 40001), 6, NOW)
    assert replays.use("1", pair, PHONE, 6, NOW + SAME_SECOND)
    assert not replays.use("1", pair, PHONE, 6, NOW + SAME_SECOND)
    assert not Replays(300).use("1", pair, PHONE, 5, NOW) or replays.use("1", (STAMP, "Bo"), PHONE, 7, NOW)


def test_without_a_random_a_token_is_used_up_when_the_second_is_over() -> None:
    replays, pair = Replays(300), (STAMP, "Anna")
    assert replays.use("1", pair, PHONE, 5, NOW)
    assert not replays.use("1", pair, PHONE, 6, NOW + SAME_SECOND + 0.1)


def test_more_tokens_than_are_kept_use_up_the_oldest() -> None:
    replays = Replays(300)
    for second in range(KEPT + 1):
        assert replays.use("1", (STAMP + second, 1), PHONE, second, NOW)
    assert not replays.use("1", (STAMP, 2), PHONE, 99, NOW), "older than what is kept"
    assert replays.use("1", (STAMP + 1, 2), PHONE, 99, NOW)


def test_after_a_restart_what_a_number_registered_with_is_still_used() -> None:
    replays = Replays(300, {"1": STAMP}.get)  # type: ignore[arg-type]
    assert not replays.use("1", (STAMP, 7), PHONE, 1, NOW)
    assert not replays.use("1", (STAMP - 10, 7), PHONE, 1, NOW)
    assert replays.use("1", (STAMP + 1, 7), PHONE, 1, NOW)


@given(st.lists(st.tuples(st.integers(-300, 300), st.integers(0, 3), st.floats(0, 5)), max_size=200))
def test_whatever_comes_no_token_counts_twice_while_it_is_in_time(steps: list[tuple[int, int, float]]) -> None:
    replays, used, now = Replays(300), set(), NOW
    for offset, random, passed in steps:
        now += passed
        pair = (STAMP + offset, random)
        if replays.in_time(pair[0], now) and replays.use("1", pair, PHONE, 1, now):
            assert pair not in used
            used.add(pair)


def test_memory_is_bounded_by_the_numbers_that_were_in_use() -> None:
    replays = Replays(300)
    for number in range(1_000):
        replays.use(str(number), (STAMP, 1), PHONE, 1, NOW)
    assert len(replays) == 1_000
    for turn in range(1, 4):
        replays.use("0", (STAMP + 601 * turn, 1), PHONE, 1, NOW + 601 * turn)
    assert len(replays) == 1


# -- signing --------------------------------------------------------------------------------------------------------


def test_what_the_gatekeeper_signs_is_right_for_whoever_knows_the_pin() -> None:
    octets = Signer("4711", "registrar", "one").sign("unregistrationConfirm", {"requestSeqNum": 1}, 7, NOW)
    assert is_signed(octets, "4711", sender="registrar", receiver="one")
    assert not is_signed(octets, "4712", sender="registrar", receiver="one")


@pytest.mark.parametrize("captured", WITH_TOKENS, ids=str)
def test_the_gatekeeper_signs_as_others_do(captured: Captured) -> None:
    message = decode(captured.octets)
    token = next((token for token in message.value.get("cryptoTokens", ()) if token[0] == "nestedcryptoToken"), None)
    if token is None or not message.name.endswith("Confirm"):
        return
    values = token[1][1]["hashedVals"]
    signer = Signer("secret", values["sendersID"], values["generalID"])
    value = {name: part for name, part in message.value.items() if name != "cryptoTokens"}
    ours = signer.sign(message.name, value, values["random"], values["timeStamp"])
    place = tokens(ours)[0].matches.args[2]  # type: ignore[attr-defined]
    assert decode(ours).value["cryptoTokens"][0][1][1]["hashedVals"] == values
    assert finalised(ours, place, "secret") == ours
