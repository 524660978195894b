"""The messages of a phone's H.323 side, and what it makes of the gatekeeper's."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.h323 import oids
from registrar.h323.framing import tpkt
from registrar.h323.h235.signing import Signer
from registrar.h323.h235.tokens import Kind, tokens_of
from registrar.h323.ras import decode, encode
from registrar.model.flow import Transport
from registrar.phones.news import LoggedOff, NoAnswer, PinWanted, Refused, Registered, Summoned
from registrar.phones.profiles import profile
from registrar.phones.ras_line import COPIES, INTERVAL, RasLine
from tests.h323.test_tshark import dissected
from tests.lab import NOW
from tests.phones.desk import HERE

GATEKEEPER = "the lab"
ENDPOINT = "an endpoint"


class Line:
    """A line, and the gatekeeper's answers to it."""

    def __init__(self, kind: str = "dbc-422-01", transport: Transport = Transport.UDP) -> None:
        chances = iter(range(1000, 10_000))
        self.line = RasLine(profile(kind), "12345", lambda: next(chances))
        self.transport = transport
        self.line.connected(HERE, transport, "127.0.0.1")

    def register(self, pin: str = "") -> "Line":
        self.line.register(pin, NOW)
        return self

    @property
    def sent(self) -> tuple[str, dict[str, Any]]:
        """The last message sent."""
        return tuple(decode(self.line.outgoing[-1]))

    @property
    def sequence(self) -> int:
        return int(self.sent[1]["requestSeqNum"])

    def hears(self, name: str, **value: Any) -> list[Any]:
        return self.receives(encode((name, {"requestSeqNum": self.sequence, **value})))

    def receives(self, data: bytes) -> list[Any]:
        return self.line.received(tpkt(data) if self.transport is Transport.TLS else data, NOW)

    def confirmed(self, **value: Any) -> list[Any]:
        return self.hears("registrationConfirm", **confirmation(**value))

    def rejected(self, why: str) -> list[Any]:
        value = {"protocolIdentifier": oids.PROTOCOL_IDENTIFIER, "gatekeeperIdentifier": GATEKEEPER}
        return self.hears("registrationReject", **value, rejectReason=(why, None))


def confirmation(**value: Any) -> dict[str, Any]:
    return {
        "protocolIdentifier": oids.PROTOCOL_IDENTIFIER,
        "callSignalAddress": [],
        "terminalAlias": [("dialledDigits", "12345")],
        "gatekeeperIdentifier": GATEKEEPER,
        "endpointIdentifier": ENDPOINT,
        "timeToLive": 300,
        "willRespondToIRR": False,
        "maintainConnection": False,
        **value,
    }


def test_a_full_registration() -> None:
    name, value = Line().register().sent
    assert name == "registrationRequest"
    assert value["terminalAlias"] == [("dialledDigits", "12345")]
    assert value["endpointVendor"]["productId"] == b"DBC 422 01"
    assert value["rasAddress"] == [("ipAddress", {"ip": bytes((127, 0, 0, 1)), "port": 40000})]
    assert value["keepAlive"] is False
    assert "tokens" not in value
    assert "cryptoTokens" not in value


def test_it_is_confirmed_and_refreshed() -> None:
    line = Line().register()
    assert line.confirmed() == [Registered(300.0)]
    _, value = line.register().sent
    assert (value["keepAlive"], value["endpointIdentifier"], value["gatekeeperIdentifier"]) == (
        True,
        ENDPOINT,
        GATEKEEPER,
    )
    assert "terminalAlias" not in value
    assert line.confirmed(timeToLive=60) == [Registered(60.0)]


def test_a_gatekeeper_that_forgot_it_is_told_everything_again() -> None:
    line = Line().register()
    line.confirmed()
    line.register()
    assert line.rejected("fullRegistrationRequired") == []
    assert line.sent[1]["keepAlive"] is False
    assert line.confirmed() == [Registered(300.0)]


def test_a_gatekeeper_that_wants_discovery_gets_it() -> None:
    line = Line().register()
    assert line.rejected("discoveryRequired") == []
    assert line.sent[0] == "gatekeeperRequest"
    address = ("ipAddress", {"ip": bytes((127, 0, 0, 1)), "port": 1719})
    known = {"protocolIdentifier": oids.PROTOCOL_IDENTIFIER, "gatekeeperIdentifier": GATEKEEPER}
    assert line.hears("gatekeeperConfirm", rasAddress=address, **known) == []
    _, value = line.sent
    assert (value["discoveryComplete"], value["gatekeeperIdentifier"]) == (True, GATEKEEPER)
    assert line.rejected("discoveryRequired") == [Refused("RRJ discoveryRequired")], "it has discovered already"


@pytest.mark.parametrize(("pin", "wrong"), [("", False), ("9999", True)])
def test_a_security_denial_asks_for_the_pin(pin: str, wrong: bool) -> None:
    assert Line().register(pin).rejected("securityDenial") == [PinWanted(wrong, "RRJ securityDenial")]


@pytest.mark.parametrize("why", ["transportNotSupported", "invalidTerminalType", "resourceUnavailable"])
def test_other_rejections_are_refusals(why: str) -> None:
    assert Line().register().rejected(why) == [Refused(f"RRJ {why}")]


def tokens(line: Line, secure: bool) -> list[Any]:
    data = line.line.outgoing[-1]
    return tokens_of(decode(data)[1], data, secure)


@pytest.mark.parametrize(
    ("kind", "transport", "proof"),
    [
        ("d4", Transport.TLS, Kind.PASSWORD),
        ("d4", Transport.UDP, Kind.PASSWORD_HASH),
        ("dbc-422-01", Transport.UDP, Kind.PASSWORD_HASH),
    ],
)
def test_the_pin_as_a_gatekeeper_checks_it(kind: str, transport: Transport, proof: Kind) -> None:
    (token,) = tokens(Line(kind, transport).register("4711"), transport is Transport.TLS)
    assert token.kind is proof
    assert token.matches("4711")
    assert not token.matches("4712")


def test_a_password_never_goes_in_the_clear() -> None:
    line = Line("d4", Transport.UDP).register("4711")
    assert "4711".encode("utf-16-be") not in line.line.outgoing[-1]
    assert b"4711" not in line.line.outgoing[-1]


def signing() -> Line:
    line = Line("h323-client").register("4711")
    assert line.sent[1]["algorithmOIDs"] == [oids.H2351_HMAC_SHA1_96]
    address = ("ipAddress", {"ip": bytes((127, 0, 0, 1)), "port": 1719})
    known = {"protocolIdentifier": oids.PROTOCOL_IDENTIFIER, "gatekeeperIdentifier": GATEKEEPER}
    line.hears("gatekeeperConfirm", rasAddress=address, **known)
    return line


def test_a_client_that_signs_discovers_first_and_wants_signed_answers() -> None:
    line = signing()
    (token,) = tokens(line, secure=False)
    assert (token.kind, token.sender, token.receiver) == (Kind.SIGNED_MESSAGE, "12345", GATEKEEPER)
    assert token.matches("4711")
    value = {"requestSeqNum": line.sequence, **confirmation()}
    signed = Signer("4711", GATEKEEPER, ENDPOINT).sign("registrationConfirm", value, 7, NOW)
    assert line.receives(signed) == [Registered(300.0)]


def test_an_answer_that_is_signed_with_another_pin_or_not_at_all_does_not_count() -> None:
    line = signing()
    assert line.confirmed() == [Refused("RCF without a right signature")]
    line = signing()
    value = {"requestSeqNum": line.sequence, **confirmation()}
    signed = Signer("4712", GATEKEEPER, ENDPOINT).sign("registrationConfirm", value, 7, NOW)
    assert line.receives(signed) == [Refused("RCF without a right signature")]


def test_a_request_is_repeated_over_udp_and_then_given_up() -> None:
    line = Line().register().line
    for each in range(1, COPIES):
        assert line.due == NOW + each * INTERVAL
        assert line.tick(line.due) is None
    assert line.tick(line.due) == NoAnswer()
    assert len(line.outgoing) == COPIES
    assert len(set(line.outgoing)) == 1


def test_a_gatekeeper_that_is_busy_is_given_more_time() -> None:
    line = Line().register()
    line.hears("requestInProgress", delay=20_000)
    assert line.line.due == NOW + 20


def test_over_tls_messages_are_framed_and_may_come_in_any_pieces() -> None:
    line = Line("d4", Transport.TLS).register("4711")
    assert line.line.framed(b"abc") == bytes((3, 0, 0, 7)) + b"abc"
    whole = tpkt(b"") + tpkt(encode(("registrationConfirm", {"requestSeqNum": line.sequence, **confirmation()})))
    news = [each for octet in whole for each in line.line.received(bytes((octet,)), NOW)]
    assert news == [Registered(300.0)]


def urq(endpoint: str) -> bytes:
    value = {
        "requestSeqNum": 9,
        "callSignalAddress": [],
        "endpointIdentifier": endpoint,
        "gatekeeperIdentifier": GATEKEEPER,
        "reason": ("reregistrationRequired", None),
    }
    return encode(("unregistrationRequest", value))


def test_a_urq_is_confirmed_and_the_phone_comes_back_in_full() -> None:
    line = Line().register()
    line.confirmed()
    words = "The gatekeeper wants this phone to register anew (URQ reregistrationRequired)"
    assert line.receives(urq(ENDPOINT)) == [Summoned(False, words)]
    assert line.sent == ("unregistrationConfirm", {"requestSeqNum": 9})
    assert line.register().sent[1]["keepAlive"] is False


def test_a_urq_for_somebody_else_is_not_for_us() -> None:
    line = Line().register()
    line.confirmed()
    count = len(line.line.outgoing)
    assert line.receives(urq("another endpoint")) == []
    assert len(line.line.outgoing) == count


def test_an_irq_is_answered() -> None:
    line = Line().register()
    line.confirmed()
    no_call = {"guid": bytes(16)}
    asked = {"requestSeqNum": 5, "callReferenceValue": 0, "callIdentifier": no_call}
    assert line.receives(encode(("infoRequest", asked))) == []
    name, value = line.sent
    assert (name, value["requestSeqNum"], value["endpointIdentifier"]) == ("infoRequestResponse", 5, ENDPOINT)


@pytest.mark.parametrize("answer", ["unregistrationConfirm", "unregistrationReject"])
def test_a_registration_is_taken_back(answer: str) -> None:
    line = Line().register()
    line.confirmed()
    line.line.unregister(NOW)
    assert line.sent[1]["endpointIdentifier"] == ENDPOINT
    more = {} if answer.endswith("Confirm") else {"rejectReason": ("notCurrentlyRegistered", None)}
    assert line.hears(answer, **more) == [LoggedOff()]


def test_answers_to_nothing_that_was_asked_do_not_count() -> None:
    line = Line().register()
    value = confirmation()
    assert line.receives(encode(("registrationConfirm", {"requestSeqNum": line.sequence + 1, **value}))) == []
    assert line.hears("unregistrationConfirm") == []
    assert line.confirmed() == [Registered(300.0)]
    assert line.confirmed() == []


@given(st.binary(max_size=200), st.sampled_from([Transport.UDP, Transport.TLS]))
def test_no_octets_can_stop_it(data: bytes, transport: Transport) -> None:
    line = Line("h323-client", transport).register("4711").line
    line.received(data, NOW)


@given(st.data())
def test_no_damaged_answer_can_stop_it(data: st.DataObject) -> None:
    line = Line().register("4711")
    whole = encode(("registrationConfirm", {"requestSeqNum": line.sequence, **confirmation()}))
    at = data.draw(st.integers(0, len(whole) - 1))
    line.receives(whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + 1 :])


@pytest.mark.interop("tshark", "text2pcap")
def test_an_outside_dissector_finds_nothing_wrong_with_what_they_say(tmp_path: Path) -> None:
    said: list[bytes] = []
    for kind in ("d4", "d5", "dbc-422-01", "dbc-425-01", "h323-client"):
        for pin in ("", "4711"):
            line = Line(kind) if kind != "d4" else Line(kind, Transport.TLS)
            line.register(pin)
            said += line.line.outgoing
            if line.sent[0] == "registrationRequest":
                line.confirmed()
                line.register(pin)
                line.line.unregister(NOW)
                line.receives(urq(ENDPOINT))
                said += line.line.outgoing
    said += signing().line.outgoing
    found = dissected(said, tmp_path)
    assert len(found) == len(said)
    assert {(malformed, expert) for _, _, malformed, expert in found} == {("", "")}
