"""The torture messages of RFC 5118: IPv6 where a registrar meets it."""

import pytest

from registrar.model.flow import Listener, Transport
from registrar.model.policy import Protocol
from tests.servers.playbook import Playbook
from tests.sip.road import header, headers, octets, status

UDP_IPV6 = Listener(Protocol.SIP, Transport.UDP, "2001:db8::10", 5060)
SOURCE = ("2001:db8::9:1", 5060)

REGISTER = """\
    REGISTER sip:[2001:db8::10] SIP/2.0
    To: sip:1001@lab.example
    From: sip:1001@lab.example;tag=81x2
    Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
    Call-ID: SSG9559905523997077@hlau_4100
    Max-Forwards: 70
    Contact: "Desk" <sip:1001@[2001:db8::1]>
    CSeq: 98176 REGISTER
    Content-Length: 0
    """


async def registrar() -> Playbook:
    return await Playbook().execute("extension -i -d 1001 --csp 1 --lim 1 --security-exception yes")


async def answer(text: str, book: Playbook | None = None, source: tuple[str, int] = SOURCE) -> str:
    return await (book or await registrar()).ask(text, source, UDP_IPV6)


async def test_4_1_a_reference_in_the_request_uri() -> None:
    text = await answer(REGISTER)
    assert status(text) == "200 OK"
    assert header(text, "Via") == "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111"
    assert header(text, "Contact") == "<sip:1001@[2001:db8::1]>;expires=3600"


async def test_4_2_without_brackets_it_is_no_reference() -> None:
    assert status(await answer(REGISTER.replace("[2001:db8::10]", "2001:db8::10"))) == "400 Bad Request-URI"


async def test_4_3_a_port_within_the_brackets_is_part_of_the_address() -> None:
    book = await registrar()
    assert status(await answer(REGISTER.replace("[2001:db8::1]>", "[2001:db8::1:5070]>"), book)) == "200 OK"
    assert book.contacts("1001") == ["sip:1001@[2001:db8::1:5070]"]
    elsewhere = REGISTER.replace("[2001:db8::10]", "[2001:db8::10:5070]")
    assert status(await answer(elsewhere)) == "404 Domain Not Served Here"


async def test_4_4_a_port_after_the_brackets_is_a_port() -> None:
    assert status(await answer(REGISTER.replace("[2001:db8::10]", "[2001:db8::10]:5070"))) == "200 OK"


@pytest.mark.parametrize("received", ["[2001:db8::9:255]", "2001:db8::9:255"])
async def test_4_5_received_is_understood_with_brackets_and_without(received: str) -> None:
    second = f"    Via: SIP/2.0/UDP [2001:db8::9:2];received={received};branch=z9hG4bKas3\n"
    text = await answer(REGISTER.replace("    Call-ID", f"{second}    Call-ID"))
    assert status(text) == "200 OK"
    assert headers(text, "Via")[1] == f"SIP/2.0/UDP [2001:db8::9:2];received={received};branch=z9hG4bKas3"


@pytest.mark.parametrize("via", ["[2001:db8::9:1]:5070;rport", "phone.lab.example;rport"])
async def test_4_5_received_is_written_without_brackets(via: str) -> None:
    text = await answer(REGISTER.replace("[2001:db8::9:1];", f"{via};"), source=("2001:db8::9:1", 1024))
    assert (header(text, "Via") or "").endswith(";branch=z9hG4bKas3-111;received=2001:db8::9:1;rport=1024")


async def test_4_6_to_4_8_bodies_are_nobodys_business_here() -> None:
    body = b"v=0\r\no=a 1 1 IN IP6 2001:db8::20\r\ns=-\r\nc=IN IP6 2001:db8::20\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    text = REGISTER.replace("REGISTER", "OPTIONS").replace("Content-Length: 0", f"Content-Length: {len(body)}")
    data = await (await registrar()).exchange(octets(text) + body, SOURCE, UDP_IPV6)
    assert data.startswith(b"SIP/2.0 200 OK\r\n")


@pytest.mark.parametrize("host", ["[::ffff:192.0.2.10]", "[::FFFF:c000:20a]"])
async def test_4_9_an_ipv4_address_in_ipv6_is_one_contact_in_every_spelling(host: str) -> None:
    book = await registrar()
    await answer(REGISTER.replace("[2001:db8::1]>", "[::ffff:192.0.2.10]>"), book)
    again = REGISTER.replace("[2001:db8::1]>", f"{host}>").replace("98176", "98177").replace("as3-111", "as3-112")
    assert status(await answer(again, book)) == "200 OK"
    assert len(book.contacts("1001")) == 1


async def test_4_10_the_third_colon_of_rfc_3261s_grammar_is_not_taken() -> None:
    text = REGISTER.replace("[2001:db8::1]>", "[2001:db8:::192.0.2.1]>")
    assert status(await answer(text)) == "400 Bad Contact"
    assert status(await answer(text.replace(":::", "::"))) == "200 OK"
