"""The torture messages of RFC 4475, a file for each of its sections: what a registrar makes of them.

The messages are this project's own, written after the sections whose numbers their names carry; where the RFC has an
INVITE and the point is not the method, a REGISTER stands for it.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from registrar.model.events import EventType, WireEvent
from registrar.model.flow import Listener
from registrar.sip.address import parse_address
from registrar.sip.framing import StreamParser
from registrar.sip.headers import accepted_types, contacts, routes
from registrar.sip.message import Request, Response
from registrar.sip.parser import parse_datagram
from registrar.sip.transactions import transaction_key
from tests.lab import TCP_5060, TLS_5061, flow
from tests.servers.playbook import Playbook, text_of
from tests.sip.road import header, headers, status

FOLDER = Path(__file__).parent
FILES = {file.name.partition("-")[0]: file for file in FOLDER.glob("*.dat")}
OK, NOT_ALLOWED = "200 OK", "405 Method Not Allowed"


class Treatment(NamedTuple):
    """What becomes of a message."""

    answers: tuple[str, ...]
    """The status lines that a datagram gets, and the same octets on a connection."""
    contacts: tuple[str, ...] = ()
    """What is registered for 1001 over UDP."""
    malformed: bool = False
    """It is told of as malformed."""
    closes: bool = False
    """The connection it came over is closed."""
    over_tcp: tuple[str, ...] | None = None
    """Where a connection gets other answers."""


def wrong(line: str, *, closes: bool = False) -> Treatment:
    return Treatment((line,), malformed=line[:3] in ("400", "505"), closes=closes)


TREATMENTS = {
    "3.1.1.1": Treatment((OK,), ("sip:1001@192.0.2.20",)),
    "3.1.1.2": Treatment(("501 Not Implemented",)),
    "3.1.1.3": Treatment((OK,), ("sip:de%73k@192.0.2.21;%6C%72;colou%72=gree%6E%25%34%31",)),
    "3.1.1.4": Treatment(("401 Unauthorized",)),
    "3.1.1.5": Treatment(("501 Not Implemented",)),
    "3.1.1.6": Treatment((OK,)),
    "3.1.1.7": Treatment((OK,), (f"sip:{'1001' * 30}@{'corridor.' * 20}lab.example",)),
    "3.1.1.8": Treatment((OK,), ("sip:1001@192.0.2.26",), over_tcp=(OK, OK)),
    "3.1.1.9": Treatment((OK,)),
    "3.1.1.10": Treatment((OK,)),
    "3.1.1.11": Treatment((NOT_ALLOWED,)),
    "3.1.1.12": Treatment(()),
    "3.1.1.13": Treatment(()),
    "3.1.2.1": wrong("400 Bad Via"),
    "3.1.2.2": Treatment(("400 Content-Length Beyond Datagram",), malformed=True, over_tcp=()),
    "3.1.2.3": wrong("400 Bad Content-Length", closes=True),
    "3.1.2.4": wrong("400 CSeq Too Large"),
    "3.1.2.5": Treatment((), malformed=True),
    "3.1.2.6": wrong("400 Bad To"),
    "3.1.2.7": wrong("400 Bad Request-URI"),
    "3.1.2.8": wrong("400 Bad Request-Line"),
    "3.1.2.9": wrong("400 Bad Request-Line"),
    "3.1.2.10": wrong("400 Bad Request-Line"),
    "3.1.2.11": wrong("400 Bad Request-URI"),
    "3.1.2.12": Treatment((OK,), ("sip:1001@192.0.2.43",)),
    "3.1.2.13": wrong("400 Bad Contact"),
    "3.1.2.14": wrong("400 Bad To"),
    "3.1.2.15": wrong("400 Bad From"),
    "3.1.2.16": wrong("505 Version Not Supported"),
    "3.1.2.17": wrong("400 CSeq Method Differs"),
    "3.1.2.18": wrong("400 CSeq Method Differs"),
    "3.1.2.19": Treatment((), malformed=True, closes=True),
    "3.2.1": Treatment((OK,)),
    "3.3.1": wrong("400 Missing From"),
    "3.3.2": wrong("416 Unsupported URI Scheme"),
    "3.3.3": wrong("416 Unsupported URI Scheme"),
    "3.3.4": wrong("416 Unsupported URI Scheme"),
    "3.3.5": wrong("420 Bad Extension"),
    "3.3.6": Treatment((NOT_ALLOWED,)),
    "3.3.7": Treatment((OK,)),
    "3.3.8": wrong("400 Several CSeq"),
    "3.3.9": wrong("400 Several Content-Length", closes=True),
    "3.3.10": Treatment(()),
    "3.3.11": wrong("483 Too Many Hops"),
    "3.3.12": Treatment((OK,), ("sip:+4612345678@192.0.2.64",)),
    "3.3.13": Treatment((OK,), ("sip:+4612345678@192.0.2.64;colour",)),
    "3.3.14": Treatment((OK,), ("sip:1001@192.0.2.66?Route=%3Csip:other.example%3E",)),
    "3.3.15": Treatment((NOT_ALLOWED,)),
    "3.4.1": Treatment((OK,), ("sip:1001@192.0.2.68",), closes=True, over_tcp=("400 Missing Content-Length",)),
}


def octets(section: str) -> bytes:
    return FILES[section].read_bytes()


def message(section: str) -> Request | Response:
    return parse_datagram(octets(section))


def request(section: str) -> Request:
    parsed = message(section)
    assert isinstance(parsed, Request)
    return parsed


async def registrar() -> Playbook:
    """A registrar at which 1001 registers without a PIN."""
    return await Playbook().execute("extension -i -d 1001 --csp 1 --lim 1 --security-exception yes")


async def answer(section: str) -> str:
    return (await (await registrar()).exchange(octets(section), ("192.0.2.200", 5060))).decode().replace("\r\n", "\n")


def test_there_is_a_message_for_every_section() -> None:
    assert FILES.keys() == TREATMENTS.keys()


@pytest.mark.parametrize("section", TREATMENTS)
async def test_what_becomes_of_a_datagram(section: str) -> None:
    book, treatment = await registrar(), TREATMENTS[section]
    await book.exchange(octets(section), ("192.0.2.200", 5060))
    assert tuple(status(text) for text in book.take()) == treatment.answers
    assert tuple(book.contacts("1001")) == treatment.contacts
    told = [each.subject.detail for each in book.events() if isinstance(each.subject, WireEvent)]
    assert bool(told) is treatment.malformed, told


@pytest.mark.parametrize("section", TREATMENTS)
async def test_what_becomes_of_it_on_a_connection(section: str) -> None:
    book, treatment = await registrar(), TREATMENTS[section]
    wire = book.connect(flow(TCP_5060, host="192.0.2.200", connection=1))
    answers = await book.over(wire, octets(section))
    expected = treatment.answers if treatment.over_tcp is None else treatment.over_tcp
    assert tuple(status(text) for text in answers) == expected
    assert wire.is_closed is treatment.closes
    if not wire.is_closed and treatment.over_tcp != ():
        book.sip.received(wire, octets("3.1.1.6"))
        assert wire.sent[-1].startswith(b"SIP/2.0 200 OK"), "the next message is understood"


@pytest.mark.parametrize("listener", [TCP_5060, TLS_5061], ids=["TCP", "TLS"])
@pytest.mark.parametrize("section", TREATMENTS)
async def test_it_becomes_the_same_in_single_octets(section: str, listener: Listener) -> None:
    whole, single = await registrar(), await registrar()
    together = whole.connect(flow(listener, host="192.0.2.200", connection=1))
    apart = single.connect(flow(listener, host="192.0.2.200", connection=1))
    expected = await whole.over(together, octets(section))
    for octet in octets(section):
        if not apart.is_closed:
            single.sip.received(apart, bytes([octet]))
            await single.settle()
    assert sorted(text_of(data) for data in apart.sent) == sorted(expected)  # what is stored is answered later
    assert apart.is_closed is together.is_closed
    assert single.contacts("1001") == whole.contacts("1001")
    assert len(single.events()) == len(whole.events())


@pytest.mark.parametrize("section", TREATMENTS)
def test_it_is_the_same_messages_wherever_it_is_cut(section: str) -> None:
    data = octets(section)
    whole = StreamParser()
    once = [str(item) for item in whole.feed(data)]
    for cut in range(len(data) + 1):
        parser = StreamParser()
        assert [str(item) for part in (data[:cut], data[cut:]) for item in parser.feed(part)] == once
        assert (parser.closed, parser.waiting) == (whole.closed, whole.waiting)


@pytest.mark.parametrize("section", [name for name, treatment in TREATMENTS.items() if treatment.answers])
async def test_the_answer_goes_back_the_way_it_came(section: str) -> None:
    text = await answer(section)
    assert (header_of(text, "Via")).startswith("SIP"), text
    assert ";received=192.0.2.200" in header_of(text, "Via")


def header_of(text: str, name: str) -> str:
    return headers(text, name)[0]


# -- what the valid ones say ----------------------------------------------------------------------------------------


def test_3_1_1_1_folds_and_spaces_change_nothing() -> None:
    short = request("3.1.1.1")
    assert (short.to.uri, short.to.params) == ("sip:1001@lab.example", {"room": "north"})
    assert (short.from_.name, short.from_.tag) == ('Front  \\ Desk "1"', "fold77")
    assert (short.cseq, short.call_id) == (42, "3-1-1-1.many-folds@192.0.2.20")
    assert (short.via.host, short.via.branch) == ("192.0.2.20", "z9hG4bKfolded1")
    assert [hop.uri for hop in routes(short)] == ["sip:edge.lab.example;lr;made-up=value;made-up-alone"]
    (contact,) = contacts(short)
    assert (contact.q, contact.params) == (0.25, ";colour=green;plain")


def test_3_1_1_2_every_character_that_may_be_used_is() -> None:
    odd = request("3.1.1.2")
    assert odd.method == "+Odd-Method.0123456789*_!%`'~"
    assert odd.to.name == "TAB:\t NUL:\0 DEL:\x7f"
    assert odd.from_.tag == "_odd~1'`*%!-.+"
    assert odd.from_.params["param~*+_!.-%'`"] == '"здравствуй"'
    assert odd.call_id == "word%77!.*_+-'@word`~)(><:\\/\"][?}{"
    assert odd.get("odd-header.!%*_+`'~") == "über 東京 \ufeff"


def test_3_1_1_3_escapes_are_undone_in_numbers_and_nowhere_else() -> None:
    assert request("3.1.1.3").to.uri == "sip:%31%30%301@lab.example"
    assert request("3.1.1.3").from_.uri == "sip:front%20desk%3b1@lab.example"


def test_3_1_1_4_an_escaped_nul_is_a_character_like_any_other() -> None:
    first, second = contacts(request("3.1.1.4"))
    assert first.key != second.key
    assert parse_address(request("3.1.1.4").to.uri, "To").uri == "sip:10%0001@lab.example"


def test_3_1_1_5_a_percent_sign_in_a_token_escapes_nothing() -> None:
    percent = request("3.1.1.5")
    assert percent.method == "REGI%53TER"
    assert percent.via.branch == "z9hG4bK%zz%23"
    assert percent.to.name == "%Q%52"
    assert [contact.uri for contact in contacts(percent)] == ["sip:first@192.0.2.23", "sip:third@192.0.2.23"]


async def test_3_1_1_7_long_values_come_back_whole() -> None:
    long, text = request("3.1.1.7"), await answer("3.1.1.7")
    assert len(long.all("via")) == 33
    assert header(text, "Call-ID") == long.call_id
    assert headers(text, "Via")[1:] == long.all("via")[1:]


async def test_3_1_1_8_what_follows_in_a_datagram_is_no_message() -> None:
    assert header(await answer("3.1.1.8"), "Call-ID") == "3-1-1-8.first@192.0.2.26"


def test_3_1_1_9_semicolons_in_the_user_are_the_users() -> None:
    assert request("3.1.1.9").target.user == "1001;line=2%40desk"
    assert accepted_types(request("3.1.1.9")) == (
        *("application/sdp", "application/pidf+xml", "multipart/mixed", "message/sipfrag"),
    )


def test_3_1_1_11_a_body_may_hold_any_octets() -> None:
    assert bytes(range(0x0B, 0x100)) in request("3.1.1.11").body


def test_3_1_1_12_and_13_a_reason_may_be_anything_and_nothing() -> None:
    unusual, empty = message("3.1.1.12"), message("3.1.1.13")
    assert isinstance(unusual, Response)
    assert isinstance(empty, Response)
    assert unusual.phrase == "= 3**3 + 173 été и зима"
    assert (empty.status, empty.phrase) == (100, "")


async def test_3_1_2_12_a_date_in_local_time_is_not_looked_at() -> None:
    assert header(await answer("3.1.2.12"), "Date") == "Fri, 15 Jan 2027 08:00:00 GMT"


def test_3_2_1_a_branch_of_nothing_but_the_cookie_tells_no_transactions_apart() -> None:
    source = ("192.0.2.51", 5060)
    again = parse_datagram(octets("3.2.1").replace(b"3-2-1.cookie", b"3-2-1.another"))
    assert isinstance(again, Request)
    assert transaction_key(request("3.2.1"), source) != transaction_key(again, source)


async def test_3_3_1_what_is_missing_is_not_made_up() -> None:
    text = await answer("3.3.1")
    assert {line.partition(":")[0] for line in text.strip().splitlines()[1:]} == {"Via", "CSeq", "Content-Length"}


async def test_3_3_5_the_server_looks_at_require_and_leaves_proxies_theirs() -> None:
    assert header(await answer("3.3.5"), "Unsupported") == "teleportation, timeTravel"


async def test_3_3_7_an_unknown_scheme_is_no_credentials() -> None:
    book = await (await registrar()).execute("auth_code -i -d 1001 --auth-code 4711")
    first = (await book.exchange(octets("3.3.7"))).decode()
    assert first.startswith("SIP/2.0 401 Unauthorized\r\n")


async def test_3_3_8_the_first_of_several_is_answered() -> None:
    text = await answer("3.3.8")
    assert header(text, "CSeq") == "5 INVITE"
    assert header(text, "From") == "<sip:1002@lab.example>;tag=a59"


async def test_3_3_10_an_answer_is_never_passed_on() -> None:
    book = await registrar()
    await book.exchange(octets("3.3.10"))
    assert book.datagrams == []
    assert book.events()[-1].subject.type is EventType.COMMAND


async def test_3_3_12_and_13_a_parameter_is_the_contacts_or_the_uris() -> None:
    book = await registrar()
    await book.exchange(octets("3.3.12"))
    await book.exchange(octets("3.3.13"))
    assert [binding.contact.params for binding in book.bindings("1001")] == [";colour", ""]


async def test_3_3_14_headers_in_a_contact_are_part_of_it_and_nothing_else() -> None:
    text = await answer("3.3.14")
    assert header(text, "Contact") == "<sip:1001@192.0.2.66?Route=%3Csip:other.example%3E>;expires=3600"
    assert header(text, "Route") is None


async def test_3_4_1_a_client_of_rfc_2543_registers() -> None:
    text = await answer("3.4.1")
    assert (header(text, "To") or "").startswith("sip:1001@lab.example;user=phone;tag=")
