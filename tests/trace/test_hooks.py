"""What the SIP road tells the trace: messages whole, whatever pieces they came in; decisions; handshakes."""

from registrar.sip.framing import KEEP_ALIVE, StreamParser
from tests.sip.road import REGISTER, octets


def test_a_stream_parser_gives_the_octets_of_each_message_however_they_were_cut() -> None:
    message = octets(REGISTER)
    body = octets(REGISTER).replace(b"Content-Length: 0", b"Content-Length: 4") + b"body"
    parser = StreamParser()
    for number in range(len(message)):
        parser.feed(message[number : number + 1])
    assert parser.octets == [message]
    parser.feed(message + KEEP_ALIVE + body[:-2])
    assert parser.octets == [message, KEEP_ALIVE]
    parser.feed(body[-2:])
    assert parser.octets == [body]


def test_the_octets_of_what_ends_a_stream_are_kept_too() -> None:
    parser = StreamParser()
    found = parser.feed(octets(REGISTER) + b"\x16\x03\x01 a TLS hello")
    assert len(found) == len(parser.octets) == 2
    assert parser.octets[1] == b"\x16\x03\x01 a TLS hello"
