"""What an arrow says."""

import pytest

from registrar.model.flow import Listener, Transport
from registrar.model.policy import Protocol
from registrar.model.reason import Reason
from registrar.trace.recorder import Kind, Record, Trace
from registrar.trace.words import summary
from tests.lab import NOW, TLS_5061, attempt, flow
from tests.sip.road import REGISTER, octets, with_lines
from tests.trace.test_mask import captured
from tests.trace.test_recorder import REFUSED

H323 = Listener(Protocol.H323, Transport.UDP, "127.0.0.1", 1719)


def sip(message: bytes) -> str:
    return summary(Record(1, NOW, Kind.RECEIVED, flow(), message))


def test_a_sip_message_is_named_by_its_start() -> None:
    assert sip(octets(REGISTER)) == "REGISTER"
    assert sip(octets(with_lines(REGISTER, "Authorization: Digest response=1"))) == "REGISTER with credentials"
    assert sip(b"SIP/2.0 403 TLS Required\r\n\r\n") == "403 TLS Required"


def test_octets_that_could_disturb_a_screen_do_not_come_through() -> None:
    assert sip(b"\x1b[2JREGISTER\x07 sip:x\r\n") == "?[2JREGISTER?"
    assert "\x1b" not in sip(b"SIP/2.0 200 \x1b[2J\r\n\r\n")


def test_a_decision_names_its_row() -> None:
    trace = Trace()
    for reason in (Reason.TERMINAL_NOT_ALLOWED, Reason.PIN_REQUIRED):
        trace.decided(attempt(), REFUSED._replace(reason=reason), NOW)
    assert [summary(record) for record in trace.since()] == [
        "refused, TERMINAL_NOT_ALLOWED (T2.4)",
        "PIN asked for (T2.4)",
    ]


def test_a_handshake_tells_what_was_agreed_or_why_not() -> None:
    trace = Trace()
    trace.handshake(flow(TLS_5061), NOW)
    trace.wire(Kind.HANDSHAKE_REFUSED, TLS_5061, ("127.0.0.1", 1), "unknown\nCA", NOW)
    assert [summary(record) for record in trace.since()] == [
        "TLS handshake TLSv1.3 TLS_AES_256_GCM_SHA384",
        "TLS handshake refused: unknown?CA",
    ]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("auth_md5 1", "GRQ"),
        ("auth_md5 2", "GCF"),
        ("auth_md5 3", "RRQ"),
        ("auth_md5 4", "RCF"),
        ("reject_badpw_MD5 4", "RRJ securityDenial"),
    ],
)
def test_a_ras_message_is_named_as_people_name_it(where: str, words: str) -> None:
    message = dict(captured())[where]
    on = flow()
    assert summary(Record(1, NOW, Kind.RECEIVED, on._replace(listener=H323), message)) == words
