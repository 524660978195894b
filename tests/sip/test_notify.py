"""Client transactions for NOTIFY (RFC 3261 section 17.1.2), by a clock that the test turns."""

from itertools import count

import pytest

from registrar.model.flow import Flow
from registrar.sip.message import Request, Response
from registrar.sip.notify import T1, TIMEOUT, TIMER_F, Notifications
from registrar.sip.parser import parse_datagram
from tests.lab import NOW, TCP_5060, TLS_5061, UDP_5060, flow
from tests.sip.road import SETTINGS, octets

DIALOG = [("From", "<sip:a@h>;tag=1"), ("To", "<sip:b@h>;tag=2"), ("Call-ID", "c"), ("CSeq", "1 NOTIFY")]


class Told:
    """What became of each request."""

    def __init__(self, limit: int = 100, octets: int = 1_000_000) -> None:
        tokens = count(1)
        self.notifications = Notifications(SETTINGS, lambda: f"t{next(tokens)}", limit, octets)
        self.done: list[tuple[int, float]] = []

    def send(self, over: Flow | None = None, *, once: bool = False) -> bool:
        def done(status: int, now: float) -> None:
            self.done.append((status, now - NOW))

        return self.notifications.send(over or flow(), "sip:b@h", DIALOG, b"body", NOW, done, once=once)

    def answer(self, status: int, branch: str = "z9hG4bKt1", method: str = "NOTIFY", after: float = 0.0) -> None:
        headers = [f"Via: SIP/2.0/UDP h;branch={branch}", *[f"{name}: {value}" for name, value in DIALOG]]
        text = "\n".join([f"SIP/2.0 {status} OK", *headers]).replace("NOTIFY", method)
        response = parse_datagram(octets(text))
        assert isinstance(response, Response)
        self.notifications.receive(response, NOW + after)


@pytest.mark.parametrize(
    ("listener", "via"),
    [
        (UDP_5060, "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKt1;rport"),
        (TCP_5060, "SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKt1;rport"),
        (TLS_5061._replace(host="::1"), "SIP/2.0/TLS [::1]:5061;branch=z9hG4bKt1;rport"),
        (UDP_5060._replace(host="0.0.0.0"), "SIP/2.0/UDP lab.example:5060;branch=z9hG4bKt1;rport"),
    ],
)
def test_a_notify_as_it_goes_out(listener: object, via: str) -> None:
    told = Told()
    over = flow()._replace(listener=listener)
    assert told.send(over)
    ((where, data),) = told.notifications.take()
    assert where is over
    notify = parse_datagram(data)
    assert isinstance(notify, Request)
    assert (notify.method, notify.uri, notify.body) == ("NOTIFY", "sip:b@h", b"body")
    assert (notify.get("via"), notify.get("max-forwards")) == (via, "70")


def test_a_final_answer_ends_it_and_is_told_once() -> None:
    told = Told()
    told.send()
    told.answer(100)
    assert len(told.notifications) == 1
    told.answer(481, after=1)
    told.answer(200, after=2)
    assert told.done == [(481, 1.0)]
    assert (len(told.notifications), told.notifications.next_timer()) == (0, None)


@pytest.mark.parametrize(("branch", "method"), [("z9hG4bKt2", "NOTIFY"), ("z9hG4bKt1", "INVITE"), ("", "NOTIFY")])
def test_answers_to_something_else_end_nothing(branch: str, method: str) -> None:
    told = Told()
    told.send()
    told.answer(200, branch or "x", method)
    assert len(told.notifications) == 1
    assert told.done == []


def test_the_next_timer_is_the_earliest_one() -> None:
    told = Told()
    assert told.notifications.next_timer() is None
    told.send(flow(TCP_5060, connection=1))
    assert told.notifications.next_timer() == NOW + TIMER_F
    told.send()
    assert told.notifications.next_timer() == NOW + T1
    assert len(told.notifications.tick(NOW + T1)) == 2 + 1
    assert told.notifications.next_timer() == NOW + 3 * T1


def test_what_nobody_answers_is_given_up() -> None:
    told = Told()
    told.send()
    told.send(flow(TCP_5060, connection=1))
    told.notifications.tick(NOW + TIMER_F - 0.01)
    assert told.done == []
    told.notifications.tick(NOW + TIMER_F)
    assert told.done == [(TIMEOUT, TIMER_F)] * 2
    assert len(told.notifications) == 0


def test_what_was_under_way_on_a_closed_connection_is_given_up_at_once() -> None:
    told = Told()
    closed = flow(TCP_5060, connection=1)
    told.send(closed)
    told.send(flow(TCP_5060, connection=2))
    told.notifications.flow_closed(closed, NOW + 1)
    assert told.done == [(TIMEOUT, 1.0)]
    assert len(told.notifications) == 1


def test_beyond_the_limit_of_octets_requests_are_sent_once_and_there_is_room_again() -> None:
    measured = Told()
    measured.send()
    ((_, data),) = measured.notifications.take()
    told = Told(octets=2 * len(data))
    assert told.send()
    assert told.send()
    assert not told.send()
    told.answer(200)
    assert told.send()


def test_beyond_the_limit_requests_are_sent_once_and_not_watched() -> None:
    told = Told(limit=1)
    assert told.send()
    assert not told.send()
    assert not told.send(once=True)
    assert len(told.notifications.take()) == 3
    assert len(told.notifications.tick(NOW + T1)) == 1


def test_one_that_is_sent_once_is_not_watched() -> None:
    told = Told()
    assert not told.send(once=True)
    assert len(told.notifications.take()) == 1
    assert told.notifications.tick(NOW + 40) == []
    assert told.done == []
