"""The ring keeps the newest, whatever comes, and holds what happened in its order."""

from registrar.model.outcome import Outcome
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.reason import Reason
from registrar.model.terminal import Terminal
from registrar.policy.decide import decide
from registrar.trace.recorder import Kind, Record, Trace
from tests.lab import NOW, SOFTPHONE, TLS_5061, attempt, flow

TERMINAL = Terminal(SOFTPHONE, TerminalClass.INSECURE, "third party", "")
REFUSED = Outcome(
    False,
    decide(Policy.ALL_SECURE, Protocol.SIP, TerminalClass.INSECURE, False, True, False),
    TERMINAL,
    Reason.TERMINAL_NOT_ALLOWED,
)


def test_what_happened_is_read_in_its_order_with_what_was_decided_between_question_and_answer() -> None:
    trace = Trace()
    trace.received(flow(), b"REGISTER", NOW)
    trace.decided(attempt("12345", pin="4711"), REFUSED, NOW + 1)
    trace.sent(flow(), b"403", NOW + 2)
    asked, decided, answered = trace.since()
    assert asked == Record(1, NOW, Kind.RECEIVED, flow(), b"REGISTER")
    assert answered == Record(3, NOW + 2, Kind.SENT, flow(), b"403")
    assert decided.judgement is not None
    assert decided.judgement.number == "12345"
    assert (decided.judgement.decision.row.id, decided.judgement.reason) == ("T2.4", Reason.TERMINAL_NOT_ALLOWED)


def test_a_decision_keeps_no_credentials() -> None:
    trace = Trace()
    trace.decided(attempt("12345", pin="4711"), REFUSED, NOW)
    assert "4711" not in repr(trace.since())


def test_the_oldest_record_makes_room_for_the_newest() -> None:
    trace = Trace(records=3)
    for number in range(5):
        trace.received(flow(), str(number).encode(), NOW)
    assert [record.octets for record in trace.since()] == [b"2", b"3", b"4"]
    assert trace.last_id == 5


def test_a_reader_comes_back_for_what_is_newer_than_what_it_has() -> None:
    trace = Trace()
    for number in range(4):
        trace.received(flow(), str(number).encode(), NOW)
    assert [record.id for record in trace.since(2)] == [3, 4]
    assert trace.since(trace.last_id) == []


def test_a_long_message_is_cut_and_its_length_kept() -> None:
    trace = Trace(longest=10)
    trace.received(flow(), bytes(11), NOW)
    trace.sent(flow(), bytes(10), NOW)
    cut, whole = trace.since()
    assert (len(cut.octets), cut.length) == (10, 11)
    assert (len(whole.octets), whole.length) == (10, 0)


def test_a_trace_of_no_records_keeps_none() -> None:
    trace = Trace(records=0)
    trace.received(flow(), b"REGISTER", NOW)
    assert (trace.since(), trace.last_id) == ([], 0)


def test_what_never_became_a_message_is_recorded_with_its_reason() -> None:
    trace = Trace()
    trace.handshake(flow(TLS_5061), NOW)
    trace.wire(Kind.HANDSHAKE_REFUSED, TLS_5061, ("127.0.0.1", 40000), "unknown CA", NOW)
    agreed, refused = trace.since()
    assert agreed.flow.tls is not None
    assert (refused.detail, refused.flow.address) == ("unknown CA", ("127.0.0.1", 40000))
