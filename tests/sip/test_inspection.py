"""What every request is checked for before its method is looked into, and OPTIONS."""

from textwrap import dedent

import pytest

from tests.sip.road import REGISTER, TAG, Road, header, octets, status, with_lines

OPTIONS = REGISTER.replace("REGISTER", "OPTIONS")


def sent(method: str, *lines: str, uri: str = "sip:lab.example") -> str:
    message = REGISTER.replace("REGISTER sip:lab.example", f"{method} {uri}").replace("1 REGISTER", f"1 {method}")
    return Road().answer(with_lines(message, *lines))


def test_options_is_told_what_this_registrar_can_do() -> None:
    assert Road().answer(OPTIONS) == dedent(
        f"""\
        SIP/2.0 200 OK
        Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1
        From: <sip:12345@lab.example>;tag=phone
        To: <sip:12345@lab.example>;tag={TAG}
        Call-ID: call-1
        CSeq: 1 OPTIONS
        Allow: REGISTER, OPTIONS, SUBSCRIBE
        Accept: */*
        Accept-Language: en
        Supported: path, gruu, outbound
        Allow-Events: reg
        Content-Length: 0

        """
    )


def test_options_does_not_tell_which_numbers_exist() -> None:
    assert status(sent("OPTIONS", uri="sip:nobody@lab.example")) == "200 OK"


@pytest.mark.parametrize(
    "method", ["INVITE", "BYE", "UPDATE", "PRACK", "INFO", "MESSAGE", "REFER", "PUBLISH", "NOTIFY"]
)
def test_a_known_method_is_not_allowed(method: str) -> None:
    answer = sent(method)
    assert status(answer) == "405 Method Not Allowed"
    assert header(answer, "Allow") == "REGISTER, OPTIONS, SUBSCRIBE"


@pytest.mark.parametrize("method", ["FETCH", "register", "RE%47ISTER"])
def test_an_unknown_method_is_not_implemented(method: str) -> None:
    answer = sent(method)
    assert status(answer) == "501 Not Implemented"
    assert header(answer, "Allow") == "REGISTER, OPTIONS, SUBSCRIBE"


def test_there_is_nothing_to_cancel() -> None:
    assert status(sent("CANCEL")) == "481 Call/Transaction Does Not Exist"


def test_an_ack_is_dropped() -> None:
    assert sent("ACK") == ""


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "SUBSCRIBE"])
def test_a_request_out_of_hops_goes_no_further(method: str) -> None:
    assert status(sent(method, "Max-Forwards: 0")) == "483 Too Many Hops"
    assert status(sent(method, "Max-Forwards: 00")) == "483 Too Many Hops"


def test_one_hop_is_enough_and_none_need_be_counted() -> None:
    assert status(sent("OPTIONS", "Max-Forwards: 1")) == "200 OK"
    assert status(sent("OPTIONS", "Max-Forwards:")) == "200 OK"


@pytest.mark.parametrize("uri", ["tel:12345", "nobodyKnowsThisScheme:totallyopaquecontent", "http://lab.example"])
@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS"])
def test_another_scheme_is_not_supported(method: str, uri: str) -> None:
    assert status(sent(method, uri=uri)) == "416 Unsupported URI Scheme"


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "SUBSCRIBE"])
def test_another_domain_is_not_served(method: str) -> None:
    assert status(sent(method, uri="sip:elsewhere.example")) == "404 Domain Not Served Here"


def test_extensions_unknown_here_are_listed() -> None:
    answer = sent("REGISTER", "Require: path, nosuch, Outbound, 100rel", "Proxy-Require: other")
    assert status(answer) == "420 Bad Extension"
    assert header(answer, "Unsupported") == "nosuch, 100rel"


def test_extensions_known_here_may_be_required() -> None:
    assert status(sent("REGISTER", "Require: path,gruu", "Require: outbound")) == "200 OK"


def test_a_message_that_cannot_be_read_is_answered_all_the_same() -> None:
    answer = Road().answer(with_lines(REGISTER, "CSeq: 1 INVITE"))
    assert status(answer) == "400 CSeq Method Differs"
    assert header(answer, "Call-ID") == "call-1"


def test_a_message_that_shows_no_way_back_is_not_answered() -> None:
    assert Road().exchange(octets("REGISTER sip:lab.example SIP/2.0")) == b""
