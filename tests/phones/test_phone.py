"""What a phone does, as published: no PIN goes in the clear, a PIN goes over TLS."""

import pytest

from registrar.model.flow import Transport
from registrar.phones.phone import RECONNECT, Close, Open, Reread, State, refresh_after
from tests.phones.desk import LAB, PLAIN, Desk, challenge, check_sync, contact, header

UDP = Open(Transport.UDP, "127.0.0.1", 5060)
TLS = Open(Transport.TLS, "127.0.0.1", 5061)


def registered(desk: Desk, seconds: int = 3600) -> Desk:
    return desk.hears("200 OK", contact(desk.sent[-1], seconds))


def test_without_a_pin_it_registers_in_the_clear() -> None:
    desk = registered(Desk().log_on())
    assert desk.done == [UDP]
    assert header(desk.sent[0], "Authorization") is None
    assert (desk.state, desk.phone.shown) == (State.REGISTERED, "12345 registered, SIP over UDP")


def test_with_a_pin_and_security_enabled_it_opens_tls_first() -> None:
    desk = Desk().log_on("4711")
    assert desk.done == [TLS]
    desk.hears("401 Unauthorized", challenge())
    assert 'username="12345"' in (header(desk.sent[1], "Authorization") or "")
    assert registered(desk).state is State.REGISTERED


def test_with_a_pin_but_no_security_it_stays_in_the_clear() -> None:
    desk = Desk(configuration=PLAIN).log_on("4711")
    assert desk.done == [UDP]


def test_a_challenge_without_a_pin_prompts_and_the_pin_then_goes_over_tls() -> None:
    desk = Desk().log_on().hears("401 Unauthorized", challenge())
    assert (desk.state, desk.phone.shown, desk.phone.prompts) == (State.PROMPTING, "Enter PIN:", 1)
    desk.enter_pin("4711")
    assert desk.done == [UDP, Close(), TLS]
    assert header(desk.sent[-1], "Authorization") is None, "the challenge of the insecure port is forgotten"


def test_where_security_is_disabled_the_challenge_that_waits_is_answered_on_the_spot() -> None:
    desk = Desk("softphone", PLAIN).log_on().hears("401 Unauthorized", challenge()).enter_pin("4711")
    assert desk.done == [UDP]
    assert 'nonce="n1"' in (header(desk.sent[-1], "Authorization") or "")


def test_a_proxy_challenge_is_answered_to_the_proxy() -> None:
    desk = Desk(configuration=PLAIN).log_on("4711")
    desk.hears("407 Proxy Authentication Required", challenge().replace("WWW-", "Proxy-"))
    assert header(desk.sent[-1], "Proxy-Authorization") is not None


def test_a_wrong_pin_prompts_again() -> None:
    desk = Desk("softphone", PLAIN).log_on("0000").hears("401 Unauthorized", challenge())
    desk.hears("401 Unauthorized", challenge())
    assert (desk.state, desk.phone.shown, desk.phone.prompts) == (State.PROMPTING, "Wrong PIN. Enter PIN:", 1)
    registered(desk.enter_pin("4711"))
    assert desk.state is State.REGISTERED


def test_a_stale_nonce_is_answered_without_asking_the_user() -> None:
    desk = Desk("softphone", PLAIN).log_on("4711").hears("401 Unauthorized", challenge())
    desk.hears("401 Unauthorized", challenge("n2", ", stale=true"))
    assert desk.state is State.REGISTERING
    assert 'nonce="n2"' in (header(desk.sent[-1], "Authorization") or "")


def test_a_server_whose_nonces_are_always_stale_is_given_up() -> None:
    desk = Desk("softphone", PLAIN).log_on("4711")
    for each in range(10):
        if desk.state is State.REGISTERING:
            desk.hears("401 Unauthorized", challenge(f"n{each}", ", stale=true"))
    assert desk.state is State.REFUSED
    assert len(desk.sent) == 4


def test_a_refusal_is_shown_as_the_server_words_it_and_tried_again_later() -> None:
    desk = Desk().log_on().hears("403 TLS Required")
    assert (desk.state, desk.phone.shown) == (State.REFUSED, "403 TLS Required")
    desk.after(desk.phone.profile.retry)
    assert desk.state is State.REGISTERING
    assert len(desk.sent) == 2


def test_after_a_refusal_the_user_may_enter_a_pin() -> None:
    desk = Desk().log_on().hears("403 TLS Required").enter_pin("4711")
    assert desk.done == [UDP, Close(), TLS]


def test_a_registration_is_refreshed_before_it_ends() -> None:
    desk = registered(Desk(configuration=PLAIN).log_on(), 600)
    desk.after(539)
    assert len(desk.sent) == 1
    desk.after(1)
    assert len(desk.sent) == 2
    assert registered(desk, 600).state is State.REGISTERED
    assert desk.phone.registrations == 2


@pytest.mark.parametrize("seconds", [1, 2, 10, 50, 60, 300, 3600, 86400])
def test_a_refresh_always_comes_before_the_end(seconds: float) -> None:
    assert seconds / 2 <= refresh_after(seconds) < seconds


def test_a_refresh_answers_the_last_challenge_without_being_asked() -> None:
    desk = Desk("softphone", PLAIN).log_on("4711").hears("401 Unauthorized", challenge())
    registered(desk, 600).after(545)
    credentials = header(desk.sent[-1], "Authorization") or ""
    assert "nc=00000002" in credentials
    desk.hears("401 Unauthorized", challenge("n2"))
    assert desk.state is not State.PROMPTING, "the nonce was old, which says nothing of the PIN"
    assert 'nonce="n2"' in (header(desk.sent[-1], "Authorization") or "")


def test_a_check_sync_makes_it_read_its_configuration_and_register_anew() -> None:
    desk = registered(Desk().log_on())
    desk.take_sent()
    desk.receives(check_sync())
    assert desk.done == [UDP, Reread()]
    reply, register = desk.take_sent()
    assert reply.startswith("SIP/2.0 200 OK\r\n")
    assert register.startswith("REGISTER ")
    desk.receives(check_sync())
    assert [each[:11] for each in desk.take_sent()] == ["SIP/2.0 200"], "a repetition is answered and not heard again"


def test_a_check_sync_that_says_reboot_reboots() -> None:
    desk = registered(Desk().log_on()).receives(check_sync(reboot=True))
    assert desk.done == [UDP, Close(), Reread(), UDP]


def test_at_a_reboot_the_configuration_counts_and_the_pin_is_kept() -> None:
    desk = Desk(configuration=PLAIN).log_on("4711").hears("401 Unauthorized", challenge())
    call_id = header(desk.sent[0], "Call-ID")
    registered(desk).reboot(LAB)
    assert desk.done == [UDP, Close(), Reread(), TLS]
    assert header(desk.sent[-1], "Call-ID") != call_id


def test_logging_off_takes_the_registration_back() -> None:
    desk = registered(Desk().log_on()).log_off()
    assert header(desk.sent[-1], "Expires") == "0"
    desk.hears("200 OK")
    assert desk.state is State.OFF
    assert desk.done == [UDP, Close()]


def test_logging_off_ends_even_when_nobody_answers() -> None:
    assert registered(Desk().log_on()).log_off().after(40).state is State.OFF


def test_no_answer_is_told_after_32_seconds_of_asking() -> None:
    desk = Desk().log_on().after(33)
    assert (desk.state, desk.phone.shown) == (State.FAILED, "No service: no answer")
    assert len(desk.sent) == 11, "timer E: 0.5, 1, 2, 4, 4, 4, 4, 4, 4, 4 seconds"
    assert len(set(desk.sent)) == 1


def test_an_unreachable_server_is_told_and_tried_again() -> None:
    desk = Desk()
    desk.reachable = False
    desk.log_on()
    assert (desk.state, desk.phone.shown) == (State.FAILED, "No service: connection refused")
    desk.reachable = True
    assert registered(desk.after(desk.phone.profile.retry)).state is State.REGISTERED


def test_a_lost_connection_is_opened_again() -> None:
    desk = Desk().log_on("4711").hears("401 Unauthorized", challenge())
    registered(desk).closed()
    assert desk.state is State.CONNECTING
    desk.after(RECONNECT)
    assert desk.done == [TLS, Close(), TLS]


def test_a_connection_closed_while_registering_is_a_failure() -> None:
    assert Desk().log_on("4711").closed("TLS: certificate required").phone.words == "TLS: certificate required"


def test_an_interval_too_brief_is_made_longer() -> None:
    desk = Desk().log_on().hears("423 Interval Too Brief", "Min-Expires: 7200")
    assert header(desk.sent[-1], "Expires") == "7200"
    assert registered(desk, 7200).state is State.REGISTERED
