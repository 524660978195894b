"""What belongs together is shown together: challenge, answer and decision, and the handshake they came through."""

from registrar.model.flow import Flow
from registrar.trace.exchanges import LONGEST, PAUSE, Exchange, Exchanges
from registrar.trace.recorder import Kind, Trace
from tests.lab import NOW, TLS_5061, UDP_5060, attempt, flow
from tests.sip.road import REGISTER, octets, with_lines
from tests.trace.test_recorder import REFUSED

QUESTION = octets(REGISTER)
OTHER = octets(with_lines(REGISTER, "Call-ID: call-2"))


def kinds(exchange: Exchange) -> list[Kind]:
    return [record.kind for record in exchange.records]


class Wire:
    """A trace that is read after every record."""

    def __init__(self, records: int = 1000) -> None:
        self.trace = Trace(records)
        self.exchanges = Exchanges(self.trace)
        self.now = NOW

    def asks(
        self, message: bytes = QUESTION, on: Flow | None = None, number: str = "12345", call: str = "call-1"
    ) -> None:
        self.trace.received(on or flow(), message, self.now)
        self.trace.decided(attempt(number, on=on or flow(), call_id=call), REFUSED, self.now)
        self.trace.sent(
            on or flow(), b"SIP/2.0 403 Terminal Type Not Allowed\r\nCall-ID: " + call.encode() + b"\r\n\r\n", self.now
        )
        self.exchanges.update()

    def told(self) -> list[Exchange]:
        self.exchanges.update()
        return self.exchanges.newest_first()


def test_one_call_id_from_one_address_is_one_exchange() -> None:
    wire = Wire()
    wire.asks()
    wire.asks(OTHER, call="call-2")
    wire.asks()
    first, second = wire.told()
    assert [record.id for record in first.records] == [1, 2, 3, 7, 8, 9]
    assert len(second.records) == 3


def test_the_same_call_id_from_elsewhere_is_another_exchange() -> None:
    wire = Wire()
    wire.asks()
    wire.asks(on=flow(host="127.0.0.2"))
    assert len(wire.told()) == 2


def test_a_refresh_after_a_pause_is_another_exchange() -> None:
    wire = Wire()
    wire.asks()
    wire.now += PAUSE
    wire.asks()
    assert len(wire.told()) == 1
    wire.now += PAUSE + 1
    wire.asks()
    assert len(wire.told()) == 2


def test_an_exchange_that_never_pauses_ends_all_the_same() -> None:
    wire = Wire(10_000)
    for _ in range(LONGEST):
        wire.asks()
    assert all(len(exchange.records) <= LONGEST for exchange in wire.told())


def test_a_handshake_leads_the_exchange_of_its_connection() -> None:
    wire = Wire()
    secure = flow(TLS_5061, connection=7)
    wire.trace.handshake(secure, NOW)
    assert [kinds(each) for each in wire.told()] == [[Kind.HANDSHAKE]]
    wire.asks(on=secure)
    assert [kinds(each) for each in wire.told()] == [[Kind.HANDSHAKE, Kind.RECEIVED, Kind.DECIDED, Kind.SENT]]


def test_a_second_connection_shows_its_handshake_where_the_phone_goes_on() -> None:
    wire = Wire()
    for connection in (7, 8):
        secure = flow(TLS_5061, connection=connection)
        wire.trace.handshake(secure, NOW)
        wire.asks(on=secure)
    (exchange,) = wire.told()
    assert kinds(exchange) == [Kind.HANDSHAKE, Kind.RECEIVED, Kind.DECIDED, Kind.SENT] * 2


def test_refused_handshakes_of_one_address_are_one_exchange_that_failed() -> None:
    wire = Wire()
    for port in (1, 2):
        wire.trace.wire(Kind.HANDSHAKE_REFUSED, TLS_5061, ("127.0.0.1", port), "unknown CA", NOW)
    (exchange,) = wire.told()
    assert (exchange.refused, len(exchange.records)) == (True, 2)


def test_a_malformed_message_stands_with_the_message_it_is_about() -> None:
    wire = Wire()
    wire.trace.received(flow(), b"REGISTER", NOW)
    wire.trace.wire(Kind.MALFORMED, UDP_5060, flow().address, "400 Bad Start Line", NOW)
    (exchange,) = wire.told()
    assert (kinds(exchange), exchange.refused) == ([Kind.RECEIVED, Kind.MALFORMED], True)


def test_an_exchange_knows_its_number_before_anything_is_decided_and_its_decision_after() -> None:
    wire = Wire()
    wire.trace.received(flow(), octets(with_lines(REGISTER, "To: Ada <sip:12345:4711@lab.example>")), NOW)
    (exchange,) = wire.told()
    assert (exchange.number, exchange.judgement) == ("12345", None)
    wire.asks()
    assert exchange.judgement is not None
    assert exchange.judgement.decision.row.id == "T2.4"


def test_what_the_trace_forgot_is_forgotten_here_and_any_record_of_an_exchange_finds_it() -> None:
    wire = Wire(records=6)
    wire.asks()
    wire.asks(OTHER, call="call-2")
    assert wire.exchanges.find(2) is wire.told()[-1]
    wire.asks(OTHER, call="call-2")
    (exchange,) = wire.told()
    assert wire.exchanges.find(2) is None
    assert wire.exchanges.find(9) is exchange


def test_who_looks_at_the_newest_only_passes_over_the_rest_until_somebody_wants_all() -> None:
    wire = Wire()
    wire.asks()
    for number in range(10):
        message = octets(with_lines(REGISTER, f"Call-ID: many-{number}"))
        wire.trace.received(flow(), message, NOW)
    wire.exchanges.update(most=3)
    assert [exchange.id for exchange in wire.exchanges.newest_first()] == [13, 12, 11, 1]
    assert (wire.exchanges.whole, wire.exchanges.find(7)) == (False, None)
    wire.exchanges.update()
    assert len(wire.exchanges.newest_first()) == 11
    assert wire.exchanges.whole
    assert wire.exchanges.find(7) is not None
