"""The trace holds what came in, what was decided on it and what went out, in this order and on its flow."""

from registrar.model.reason import Reason
from registrar.trace.recorder import Kind, Record
from tests.lab import TCP_5060, TLS_5061, flow
from tests.servers.playbook import Phone, Playbook, with_extensions
from tests.sip.road import header, octets, status


def seen(book: Playbook) -> list[tuple[Kind, str]]:
    """The kind and the first words, or the reason, of each record."""
    return [(record.kind, words(record)) for record in book.system.trace.since()]


def words(record: Record) -> str:
    if record.judgement is not None:
        return record.judgement.reason.value if record.judgement.reason else "accepted"
    return record.octets.split(b"\r\n")[0].decode() or record.detail


async def test_a_logon_from_the_request_to_the_answer() -> None:
    book = await with_extensions()
    phone = Phone(book)
    await phone.register()
    assert seen(book) == [
        (Kind.RECEIVED, "REGISTER sip:lab.example SIP/2.0"),
        (Kind.DECIDED, Reason.PIN_REQUIRED.value),
        (Kind.SENT, "SIP/2.0 401 Unauthorized"),
        (Kind.RECEIVED, "REGISTER sip:lab.example SIP/2.0"),
        (Kind.DECIDED, "accepted"),
        (Kind.SENT, "SIP/2.0 200 OK"),
    ]
    assert {record.flow.address for record in book.system.trace.since()} == {phone.source}
    assert "4711" not in repr(book.system.trace.since())


async def test_a_connection_from_its_handshake_on_message_by_message() -> None:
    book = await with_extensions()
    wire = book.connect(flow(TLS_5061, connection=1))
    message = octets(Phone(book).request("OPTIONS"))
    book.sip.received(wire, b"\r\n\r\n" + message[:50])
    book.sip.received(wire, message[50:] + b"nonsense\r\n\r\n")
    assert seen(book) == [
        (Kind.HANDSHAKE, ""),
        (Kind.RECEIVED, "OPTIONS sip:lab.example SIP/2.0"),
        (Kind.SENT, "SIP/2.0 200 OK"),
        (Kind.RECEIVED, "nonsense"),
        (Kind.MALFORMED, "400 Bad Start Line"),
    ]
    assert book.system.trace.since()[1].octets == message
    book.connect(flow(TCP_5060, connection=2))
    assert len(seen(book)) == 5


async def test_what_is_sent_unasked_is_there_too() -> None:
    book = await with_extensions()
    await Phone(book, "12347").register()
    await book.execute("extension_unregistration -d 12347")
    assert seen(book)[-1] == (Kind.SENT, "NOTIFY sip:12347@127.0.0.1:40000 SIP/2.0")


async def test_a_terminal_that_offers_srtp_is_told_when_it_is_enabled() -> None:
    book = await with_extensions()
    phone = Phone(book)
    offer = ("Security-Client: sdes-srtp;mediasec", "Require: mediasec", "Proxy-Require: mediasec")
    assert status(await phone.send(phone.request("REGISTER", *offer))) == "420 Bad Extension"
    await book.execute("media_encryption_enable -type extension")
    challenged = await phone.send(phone.request("REGISTER", *offer))
    assert (status(challenged), header(challenged, "Security-Server")) == ("401 Unauthorized", "sdes-srtp;mediasec")
    assert header(await phone.ask(*offer), "Security-Server") == "sdes-srtp;mediasec"
    assert header(await phone.ask(), "Security-Server") is None
