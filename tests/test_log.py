"""The log: a line for everything that happened, for people or for programs, whatever the stream does."""

import io
import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from registrar.log import WAITING, Log
from registrar.model.attempt import Attempt
from registrar.model.events import (
    BindingEvent,
    Cause,
    CommandEvent,
    Event,
    EventType,
    LockEvent,
    RefusalEvent,
    StoreEvent,
    Subject,
    WarningEvent,
    WireEvent,
)
from registrar.model.policy import Policy
from registrar.model.reason import Reason
from registrar.tls.channel import HandshakeRefused, TlsChannel
from registrar.tls.client import ClientChannel, client_context
from registrar.tls.context import server_context
from registrar.tls.installed import install
from tests.lab import NOW, SOFTPHONE, TLS_5061, UDP_5060, attempt, flow
from tests.sip.road import TERMINAL, binding, decision, refused


def refusal(asked: Attempt, times: int = 1) -> RefusalEvent:
    outcome = refused(Reason.TERMINAL_NOT_ALLOWED, decision(Policy.ALL_SECURE, exception=False))
    return RefusalEvent(EventType.REFUSED, asked, outcome, times, NOW, NOW)


SUBJECTS: dict[EventType, Subject] = {
    EventType.REGISTERED: BindingEvent(EventType.REGISTERED, binding(flow=flow(TLS_5061))),
    EventType.REFRESHED: BindingEvent(EventType.REFRESHED, binding()),
    EventType.UNREGISTERED: BindingEvent(EventType.UNREGISTERED, binding(), Cause.EXPIRED),
    EventType.REFUSED: refusal(attempt(), 3),
    EventType.LOCKED: LockEvent(EventType.LOCKED, "12345", "127.0.0.1", NOW + 300),
    EventType.COMMAND: CommandEvent(EventType.COMMAND, "auth_code -i -d 1 --auth-code ****", "EXECUTED\nmore"),
    EventType.HANDSHAKE_REFUSED: WireEvent(
        EventType.HANDSHAKE_REFUSED, TLS_5061, ("::1", 40000), "the peer speaks HTTP, not TLS", 1, NOW, NOW
    ),
    EventType.MALFORMED: WireEvent(EventType.MALFORMED, UDP_5060, ("127.0.0.1", 9), "400 Bad Via", 2, NOW, NOW),
    EventType.STORE_FAILED: StoreEvent(EventType.STORE_FAILED, "the disk is full", 7, NOW, NOW),
    EventType.WARNING: WarningEvent(EventType.WARNING, "the certificate expires"),
}


def logged(form: str, *subjects: Subject, level: str = "debug") -> list[str]:
    stream = io.StringIO()
    log = Log(form, level, stream)
    for number, subject in enumerate(subjects, 1):
        log.event(Event(number, NOW, subject))
    log.close()
    return stream.getvalue().splitlines()


def entry(subject: Subject) -> dict[str, Any]:
    (line,) = logged("json", subject)
    fields: dict[str, Any] = json.loads(line)
    return fields


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("kind", EventType, ids=lambda kind: kind.value)
def test_every_event_is_one_line_with_its_name(form: str, kind: EventType) -> None:
    (line,) = logged(form, SUBJECTS[kind])
    assert kind.value in line
    assert "2027-01-15T08:00:00" in line


def test_a_registration_in_fields() -> None:
    assert entry(SUBJECTS[EventType.REGISTERED]) == {
        "timestamp": "2027-01-15T08:00:00.000Z",
        "level": "info",
        "event": "registered",
        "number": "12345",
        "row": "T1.4",
        "signalling": "NOT_ENCRYPTED",
        "terminal": SOFTPHONE,
        "class": "INSECURE",
        "source": "127.0.0.1:40000",
        "on": "tls 5061",
        "tls": "TLSv1.3",
    }


def test_a_refusal_in_fields_with_its_reason_its_row_and_how_often() -> None:
    fields = entry(SUBJECTS[EventType.REFUSED])
    assert fields["level"] == "warning"
    assert (fields["number"], fields["reason"], fields["row"], fields["times"]) == (
        "12345",
        "TERMINAL_NOT_ALLOWED",
        "T2.4",
        3,
    )


def test_a_refused_handshake_in_fields_with_its_reason() -> None:
    fields = entry(SUBJECTS[EventType.HANDSHAKE_REFUSED])
    assert (fields["detail"], fields["source"], fields["on"]) == (
        "the peer speaks HTTP, not TLS",
        "[::1]:40000",
        "tls 5061",
    )
    assert "times" not in fields


def test_a_command_in_fields_with_its_whole_printout() -> None:
    fields = entry(SUBJECTS[EventType.COMMAND])
    assert (fields["command"], fields["printout"]) == ("auth_code -i -d 1 --auth-code ****", "EXECUTED / more")


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("debug", set(EventType)),
        ("info", set(EventType) - {EventType.REFRESHED}),
        (
            "warning",
            {
                EventType.REFUSED,
                EventType.LOCKED,
                EventType.HANDSHAKE_REFUSED,
                EventType.MALFORMED,
                EventType.STORE_FAILED,
                EventType.WARNING,
            },
        ),
        ("error", {EventType.STORE_FAILED}),
    ],
)
def test_less_than_the_level_is_left_out(level: str, written: set[EventType]) -> None:
    lines = logged("json", *SUBJECTS.values(), level=level)
    assert {json.loads(line)["event"] for line in lines} == {kind.value for kind in written}


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("hostile", ["a\nregistered number=1", "\x1b[2J\x1b]0;title\x07", "\udcff\u202e", "a\r\x00b"])
def test_what_comes_from_the_wire_cannot_break_a_line_or_move_a_cursor(form: str, hostile: str) -> None:
    asked = attempt(terminal=hostile, number=hostile)
    event = refusal(asked)
    event = event._replace(outcome=event.outcome._replace(terminal=TERMINAL._replace(text=hostile)))
    (line,) = logged(form, event)
    assert line.isprintable()
    line.encode()


class Stuck(io.StringIO):
    """A terminal that somebody stopped with Ctrl-S."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()

    def write(self, text: str) -> int:
        assert self.goes_on.wait(20)
        return super().write(text)


def test_a_stream_that_takes_nothing_holds_nothing_up_and_what_is_lost_is_counted() -> None:
    stream = Stuck()
    log = Log("json", "info", stream)
    for number in range(WAITING * 2):
        log.event(Event(number, NOW, SUBJECTS[EventType.WARNING]))
    stream.goes_on.set()
    log.close()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    lost = sum(line["lines"] for line in lines if line["event"] == "log lines lost")
    assert lost > 0
    assert lost + sum(line["event"] == "warning" for line in lines) == WAITING * 2


def test_a_stream_that_is_gone_is_no_matter() -> None:
    stream = io.StringIO()
    log = Log("json", "info", stream)
    stream.close()
    for number in range(3):
        log.event(Event(number, NOW, SUBJECTS[EventType.WARNING]))
    log.close()


def test_other_things_are_said_with_their_fields() -> None:
    stream = io.StringIO()
    log = Log("json", "info", stream)
    log.say("info", "listening", http="127.0.0.1 8080")
    log.say("debug", "not at this level")
    log.close()
    fields = json.loads(stream.getvalue())
    assert (fields["level"], fields["event"], fields["http"]) == ("info", "listening", "127.0.0.1 8080")


def test_what_libraries_log_is_one_line_with_the_place_of_an_exception() -> None:
    stream = io.StringIO()
    with Log("json", "info", stream).takes_libraries():
        try:
            raise ValueError("first line\nsecond line")
        except ValueError:
            logging.getLogger("uvicorn.error").exception("Exception in %s", "application")
    fields = json.loads(stream.getvalue())
    assert fields["event"] == "Exception in application"
    assert (fields["by"], fields["level"]) == ("uvicorn.error", "error")
    assert fields["error"] == "ValueError: first line?second line"
    assert __file__ in fields["at"]


class Unwell:
    def __del__(self) -> None:
        raise ValueError("nobody catches it")


def test_what_nobody_catches_is_one_line_with_its_place(capfd: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    with Log("json", "info", stream).takes_libraries():
        Unwell()
    fields = json.loads(stream.getvalue())
    assert (fields["level"], fields["error"]) == ("error", "ValueError: nobody catches it")
    assert __file__ in fields["at"]
    assert capfd.readouterr() == ("", "")


def test_a_hello_with_a_server_name_that_is_none_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    installed = install(tmp_path, ["lab.example"], time.time())
    hello = ClientChannel(client_context(None, verify=False), "lab.example")
    hello.start()
    stream = io.StringIO()
    server = TlsChannel(server_context(installed.certificate, installed.key, installed.ca))
    with Log("json", "info", stream).takes_libraries(), pytest.raises(HandshakeRefused) as refused:
        server.receive(hello.outgoing().replace(b"lab.example", b"lab\xae\n.ample"))
    assert refused.value.reason == "the peer asks for a server name that is none"
    assert (stream.getvalue(), *capfd.readouterr()) == ("", "", "")
