"""Media security agreed on at registration, as the media encryption of extensions demands."""

import pytest

from registrar.model.reason import Reason
from tests.sip.road import REGISTER, Road, accepted, binding, header, refused, status, with_lines

OFFER = with_lines(REGISTER, "Security-Client: sdes-srtp;mediasec")
REQUIRED = with_lines(OFFER, "Require: mediasec", "Proxy-Require: mediasec")


@pytest.mark.parametrize("text", [OFFER, REQUIRED])
def test_a_terminal_that_offers_srtp_is_told_in_the_challenge_and_when_it_is_registered(text: str) -> None:
    challenge = Road(refused(Reason.PIN_REQUIRED), srtp=True).answer(text)
    assert (status(challenge), header(challenge, "Security-Server")) == ("401 Unauthorized", "sdes-srtp;mediasec")
    verified = with_lines(text, "Security-Verify: sdes-srtp;mediasec")
    answer = Road(accepted(binding()), srtp=True).answer(verified)
    assert (status(answer), header(answer, "Security-Server")) == ("200 OK", "sdes-srtp;mediasec")


def test_while_media_encryption_is_disabled_nothing_is_agreed_on() -> None:
    for outcome in (refused(Reason.PIN_REQUIRED), accepted(binding())):
        answer = Road(outcome).answer(with_lines(OFFER, "Security-Verify: sdes-srtp;mediasec"))
        assert header(answer, "Security-Server") is None


def test_a_terminal_that_requires_what_is_disabled_is_told_so_and_does_not_register() -> None:
    road = Road(accepted(binding()))
    answer = road.answer(REQUIRED)
    assert (status(answer), header(answer, "Unsupported")) == ("420 Bad Extension", "mediasec")
    assert road.attempts == []


def test_a_terminal_that_offers_nothing_is_told_nothing() -> None:
    for line in ("Subject: none", "Security-Client: tls;q=0.2", "Require: mediasec"):
        answer = Road(accepted(binding()), srtp=True).answer(with_lines(REGISTER, line))
        assert (status(answer), header(answer, "Security-Server")) == ("200 OK", None)


def test_a_refusal_that_does_not_ask_again_agrees_on_nothing() -> None:
    answer = Road(refused(Reason.TERMINAL_NOT_ALLOWED), srtp=True).answer(OFFER)
    assert status(answer).startswith("403 ")
    assert header(answer, "Security-Server") is None


@pytest.mark.parametrize(
    "offer",
    [
        "Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1, sdes-srtp;mediasec",
        "Security-Client: SDES-SRTP ; MediaSec",
        'Security-Client: x;note="a,b;mediasec", sdes-srtp;mediasec;q=0.1',
        "Security-Client: dtls-srtp;mediasec",
    ],
)
def test_the_offer_is_found_among_others_however_it_is_written(offer: str) -> None:
    answer = Road(accepted(binding()), srtp=True).answer(with_lines(REGISTER, offer))
    assert header(answer, "Security-Server") == "sdes-srtp;mediasec"


def test_a_parameter_inside_quotes_is_no_offer() -> None:
    answer = Road(accepted(binding()), srtp=True).answer(with_lines(REGISTER, 'Security-Client: x;note="a;mediasec"'))
    assert header(answer, "Security-Server") is None


def test_a_list_that_was_changed_on_the_way_is_told_so_and_registers_nothing() -> None:
    road = Road(accepted(binding()), srtp=True)
    for changed in ("dtls-srtp;mediasec", "sdes-srtp;mediasec, dtls-srtp;mediasec"):
        answer = road.answer(with_lines(OFFER, f"Security-Verify: {changed}"))
        assert status(answer) == "400 Security-Verify Differs"
        assert header(answer, "Security-Server") == "sdes-srtp;mediasec"
    assert road.attempts == []


@pytest.mark.parametrize("name", ["Security-Client", "Security-Verify"])
@pytest.mark.parametrize("value", [";mediasec", "sdes-srtp;mediasec,", "sdes-srtp mediasec", 'x;a="', "|"])
def test_what_is_malformed_is_told_400(name: str, value: str) -> None:
    answer = Road(accepted(binding()), srtp=True).answer(with_lines(OFFER, f"{name}: {value}"))
    assert status(answer) == f"400 Bad {name}"
