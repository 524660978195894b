"""The octets of a phone's SIP side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.attempt import Verdict
from registrar.model.extension import Rac
from registrar.model.flow import Transport
from registrar.phones.news import PinWanted, Registered
from registrar.phones.profiles import profile
from registrar.phones.sip_answers import Answer, read, read_usual
from registrar.sip.credentials import Challenge, authorization, choose, parse_challenge, secret
from registrar.sip.digest import proof_of
from registrar.sip.message import Request, Response
from registrar.sip.parser import parse_datagram
from tests.lab import NOW
from tests.phones.desk import HERE, answer, challenge, check_sync, contact, sip_line
from tests.sip.road import Road


def request(data: bytes) -> Request:
    message = parse_datagram(data)
    assert isinstance(message, Request)
    return message


def test_a_register_to_the_letter() -> None:
    line = sip_line("mitel-6800")
    line.connected(HERE, Transport.TLS, "lab.example")
    line.register("", NOW)
    assert line.outgoing[0].decode().split("\r\n") == [
        "REGISTER sip:lab.example SIP/2.0",
        "Via: SIP/2.0/TLS 127.0.0.1:40000;branch=z9hG4bKtoken3;rport",
        "Max-Forwards: 70",
        "From: <sip:12345@lab.example>;tag=token2",
        "To: <sip:12345@lab.example>",
        "Call-ID: token1",
        "Contact: <sip:12345@127.0.0.1:40000;transport=tls>",
        "User-Agent: Aastra 6867i/4.5.0.41",
        "Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, OPTIONS",
        "Supported: path",
        "CSeq: 1 REGISTER",
        "Expires: 3600",
        "Content-Length: 0",
        "",
        "",
    ]


def test_an_ipv6_server_and_a_number_that_needs_escapes() -> None:
    line = sip_line(number="#21 x")
    line.connected(("::1", 40000), Transport.UDP, "::1")
    line.register("", NOW)
    sent = request(line.outgoing[0])
    assert (sent.uri, sent.to.uri) == ("sip:[::1]", "sip:%2321%20x@[::1]")


def test_a_server_of_ours_takes_the_credentials() -> None:
    road = Road()
    line = sip_line()
    line.connected(HERE, Transport.UDP, "lab.example")
    line.register("4711", NOW)
    nonce = road.nonces.issue(HERE[0], NOW)
    asked = f'WWW-Authenticate: Digest realm="lab.example", nonce="{nonce}", qop="auth", algorithm=MD5'
    line.received(answer(line.outgoing.pop().decode(), "401 Unauthorized", asked), NOW)
    proof = proof_of(request(line.outgoing[0]), HERE[0], "lab.example", road.nonces)
    assert proof is not None
    assert proof.verify(Rac("12345", "4711"), "12345", NOW) is Verdict.RIGHT
    assert proof.verify(Rac("12345", "4712"), "12345", NOW) is Verdict.WRONG


# RFC 7616 section 3.9.1, with the method and URI of its GET
@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_digests_of_rfc_7616(algorithm: str, response: str) -> None:
    asked = Challenge("http-auth@example.org", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", algorithm)
    asked = asked._replace(opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    value = authorization(asked, "Mufasa", secret(asked, "Mufasa", "Circle of Life"), "GET", "/dir/index.html", cnonce)
    assert f'response="{response}"' in value
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in value


def test_a_challenge_without_qop_is_answered_as_rfc_2069_says() -> None:
    # RFC 2617's user, realm and nonce; the response is H(H(A1):nonce:H(A2))
    asked = parse_challenge('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"')
    assert asked is not None
    assert not asked.qop
    ha1 = secret(asked, "Mufasa", "Circle Of Life")
    value = authorization(asked, "Mufasa", ha1, "GET", "/dir/index.html", "unused")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in value
    assert "nc=" not in value


def test_the_first_algorithm_that_the_phone_has_is_taken() -> None:
    offered = [Challenge("lab", "a", "SHA-512-256"), Challenge("lab", "b", "SHA-256"), Challenge("lab", "c", "MD5")]
    assert choose(offered, ("MD5",)) == offered[2]
    assert choose(offered, ("SHA-256", "MD5")) == offered[1]
    assert choose(offered[:1], ("MD5",)) is None


@pytest.mark.parametrize("text", ["Basic realm=x", "Digest realm=x", "Digest", "", 'Digest nonce="x"'])
def test_what_is_no_digest_challenge(text: str) -> None:
    assert parse_challenge(text) is None


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("401 Unauthorized", [challenge()]),
        ("401 Unauthorized", [challenge("a/b=c", ", stale=true")]),
        ("401 Unauthorized", ['WWW-Authenticate: Digest realm="r", nonce="1", algorithm=SHA-256', challenge()]),
        ("401 Unauthorized", ['WWW-Authenticate: Digest realm="r", nonce="1"', challenge()]),
        ("401 Unauthorized", ['WWW-Authenticate: Digest realm="r", nonce="1",\r\n qop="auth"']),
        ("401 Who Are You", [challenge()]),
        ("200 Fine", ["CONTACT"]),
        ("200 OK", ["CONTACT", "Date: Wed, 01 Jan 2025 00:00:00 GMT"]),
        ("200 OK", ["CONTACT, <sip:other@192.0.2.1>;expires=5"]),
        ("200 OK", ["Contact: <sip:other@192.0.2.1>;expires=5, <sip:12345@127.0.0.1:40000;transport=udp>;expires=6"]),
        ("200 OK", ["Contact: <sip:12345@127.0.0.1:40000;transport=udp>, <sip:other@192.0.2.1>;expires=5"]),
        ("200 OK", ['Contact: <sip:12345@127.0.0.1:40000;transport=udp>;a=";expires=7";expires=8;q=0.5']),
        ("200 OK", ["Contact: <sip:12345@127.0.0.1:40000;transport=udp>;expires=soon"]),
        ("200 OK", ["X-Was: <sip:12345@127.0.0.1:40000;transport=udp>;expires=5", "CONTACT"]),
        ("200 OK", ["Contact: <sip:other@192.0.2.1>;expires=5", "CONTACT"]),
        ("200 OK", ["Expires: 77"]),
        ("403 Wrong PIN", []),
        ("423 Interval Too Brief", ["Min-Expires: 100"]),
    ],
)
def test_an_answer_read_quickly_says_what_the_parsed_one_says(status: str, headers: list[str]) -> None:
    line = sip_line()
    line.connected(HERE, Transport.UDP, "lab")
    line.register("", NOW)
    sent = line.outgoing[0].decode()
    ours = "sip:12345@127.0.0.1:40000;transport=udp"
    data = answer(sent, status, *[each.replace("CONTACT", contact(sent, 1234)) for each in headers])
    parsed = parse_datagram(data)
    assert isinstance(parsed, Response)
    mark = f"<{ours}>".encode()
    assert read_usual(data, f";branch={parsed.via.branch};".encode(), mark) in (None, read(parsed, ours))
    assert read_usual(data, b";branch=z9hG4bKanother;", mark) is None


def test_the_usual_answers_are_read_quickly() -> None:
    line = sip_line()
    line.connected(HERE, Transport.UDP, "lab")
    line.register("", NOW)
    sent = line.outgoing[0].decode()
    marks = (b";branch=z9hG4bKtoken3;", b"<sip:12345@127.0.0.1:40000;transport=udp>")
    assert read_usual(answer(sent, "401 Unauthorized", challenge()), *marks) is not None
    assert read_usual(answer(sent, "200 OK", contact(sent, 99)), *marks) == Answer(200, "OK", (), 99)
    # as Kamailio writes them
    assert read_usual(answer(sent, "401 Unauthorized", challenge().removesuffix(", algorithm=MD5")), *marks) is not None
    several = f"Contact: <sip:12345@192.0.2.7>;expires=5, {contact(sent, 99).removeprefix('Contact: ')}"
    assert read_usual(answer(sent, "200 OK", several), *marks) == Answer(200, "OK", (), 99)


def test_only_answers_to_the_last_request_count() -> None:
    line = sip_line()
    line.connected(HERE, Transport.UDP, "lab")
    line.register("", NOW)
    first = line.outgoing[0].decode()
    assert line.received(answer(first, "200 OK", contact(first, 600)), NOW) == [Registered(600.0)]
    assert line.received(answer(first, "401 Unauthorized", challenge()), NOW) == []
    line.register("", NOW)
    assert line.received(answer(first, "401 Unauthorized", challenge()), NOW) == []


def test_a_stream_may_come_in_any_pieces() -> None:
    line = sip_line()
    line.connected(HERE, Transport.TCP, "lab")
    line.register("", NOW)
    data = answer(line.outgoing[0].decode(), "401 Unauthorized", challenge())
    news = [each for octet in data for each in line.received(bytes([octet]), NOW)]
    assert news == [PinWanted(False, "401 Unauthorized")]


def test_a_stream_does_not_repeat_and_gives_up_after_32_seconds() -> None:
    line = sip_line()
    line.connected(HERE, Transport.TCP, "lab")
    line.register("", NOW)
    assert line.due == NOW + 32


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("CANCEL", "481 Call Does Not Exist"),
        ("OPTIONS", "200 OK"),
        ("INVITE", "486 Busy Here"),
        ("MESSAGE", "405 Method Not Allowed"),
        ("ACK", ""),
    ],
)
def test_requests_of_a_server_are_answered(method: str, status: str) -> None:
    line = sip_line()
    line.connected(HERE, Transport.UDP, "lab")
    line.received(
        f"{method} sip:12345@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
        f"From: <sip:a@lab>;tag=1\r\nTo: <sip:b@lab>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\n\r\n".encode(),
        NOW,
    )
    assert [each.partition(b"\r\n")[0].decode() for each in line.outgoing] == ([f"SIP/2.0 {status}"] if status else [])


@given(st.binary(max_size=300), st.sampled_from(Transport))
def test_no_octets_can_stop_it(data: bytes, transport: Transport) -> None:
    line = sip_line()
    line.connected(HERE, transport, "lab")
    line.register("4711", NOW)
    assert line.received(data, NOW) == []


@given(st.data())
def test_no_damaged_answer_can_stop_it(data: st.DataObject) -> None:
    line = sip_line()
    line.connected(HERE, Transport.UDP, "lab")
    line.register("4711", NOW)
    sent = line.outgoing[0].decode()
    whole = answer(sent, data.draw(st.sampled_from(["200 OK", "401 Unauthorized"])), challenge(), contact(sent, 60))
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + 1 :]
    line.received(damaged, NOW)


def test_every_sip_profile_has_its_product_string() -> None:
    line = sip_line(profile("softphone"))
    line.connected(HERE, Transport.UDP, "lab")
    line.register("", NOW)
    assert b"\r\nUser-Agent: Softphone 1.0\r\n" in line.outgoing[0]


@pytest.mark.parametrize("event", ["check-sync;;", "talk", "=", "check-sync;reboot=true"])
@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_a_notify_of_any_kind_is_answered(event: str, transport: Transport) -> None:
    line = sip_line()
    line.connected(HERE, transport, "lab")
    line.received(check_sync().replace(b"check-sync;reboot=false", event.encode()), NOW)
    expected = {"talk": b"489", "check-sync;reboot=true": b"200"}.get(event, b"400")
    assert line.outgoing[0].split()[1] == expected
