"""What happens meanwhile, as lines between the operator's own."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from registrar.errors import StartError
from registrar.model.binding import Binding
from registrar.model.events import BindingEvent, Cause, Event, EventType, LockEvent, RefusalEvent, Subject
from registrar.model.policy import Policy, TerminalClass
from registrar.model.reason import Reason
from registrar.remote import Remote
from registrar.shell import news
from registrar.shell.news import TOLD, News, line
from registrar.web import views
from tests.lab import NOW, attempt
from tests.sip.road import accepted, binding, decision, refused


def told(subject: Subject) -> str:
    """The line of an event, as the API gives it."""
    return line(views.event(Event(1, NOW, subject))).partition("  ")[2]


def registered() -> Binding:
    return accepted(binding()).bindings[0]


def test_a_terminal_that_registers_is_told() -> None:
    text = told(BindingEvent(EventType.REGISTERED, registered()))
    assert text == "REGISTERED    12345  SIP baresip v1.0.0 (x86_64/linux)  127.0.0.1 on 5060  NOT_ENCRYPTED T1.4"


def test_a_downgrade_is_told() -> None:
    lower = decision(Policy.NONE, TerminalClass.SECURE)
    assert told(BindingEvent(EventType.REGISTERED, binding(decision=lower))).endswith("DOWNGRADED T1.2")


def test_a_terminal_that_goes_is_told_with_the_cause() -> None:
    assert told(BindingEvent(EventType.UNREGISTERED, registered(), Cause.OPERATOR)).endswith("on 5060  operator")


def test_a_refusal_is_told_with_reason_row_and_count() -> None:
    outcome = refused(Reason.TLS_REQUIRED, decision(Policy.ALL_SECURE, TerminalClass.SECURE, exception=False))
    subject = RefusalEvent(EventType.REFUSED, attempt(), outcome, 1, NOW, NOW)
    assert told(subject).endswith("127.0.0.1 on 5060  TLS_REQUIRED T2.3")
    assert told(subject._replace(times=7)).endswith("TLS_REQUIRED T2.3 (7 times)")


def test_a_lock_is_told() -> None:
    subject = LockEvent(EventType.LOCKED, "12345", "10.0.0.1", NOW)
    assert told(subject) == "LOCKED        12345 for wrong PINs, from 10.0.0.1"


def test_every_event_that_is_asked_for_has_a_line() -> None:
    assert set(TOLD) <= {kind.value for kind in EventType}


def test_lines_wait_while_something_else_is_on_the_screen() -> None:
    shown: list[str] = []
    paper = News(Remote("127.0.0.1", 1, "token"), shown.append)
    paper.tell("before")
    assert shown == []
    paper.open()
    paper.tell("at once")
    paper.close()
    paper.tell("later")
    assert shown == ["before", "at once"]
    paper.open()
    assert shown == ["before", "at once", "later"]


def test_what_came_from_the_wire_moves_no_cursor() -> None:
    shown: list[str] = []
    paper = News(Remote("127.0.0.1", 1, "token"), shown.append)
    paper.open()
    paper.tell("evil\x1b[2J\n")
    assert shown == ["evil?[2J?"]


class Flaky(Remote):
    """Gone at first, and again after one event."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, "token")
        self.asked = 0

    def follow(self, path: str) -> Iterator[dict[str, Any]]:
        self.asked += 1
        if self.asked == 3:
            yield views.event(Event(1, NOW, LockEvent(EventType.LOCKED, "12345", "10.0.0.1", NOW)))
        raise StartError("no registrar answers", 3)


def test_a_registrar_that_is_gone_is_told_once_and_followed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "AGAIN", 0.001)
    shown: list[str] = []
    enough = threading.Event()

    def show(text: str) -> None:
        shown.append(text.partition("  ")[2] or text)
        if len(shown) == 3:
            enough.set()

    paper = News(Flaky(), show)
    paper.open()
    paper.start()
    assert enough.wait(20)
    assert shown[:3] == [
        "no registrar answers",
        "LOCKED        12345 for wrong PINs, from 10.0.0.1",
        "no registrar answers",
    ]
