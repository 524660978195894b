"""Over UDP anybody may write any source address: nobody is sent more than thrice what came in his name.

RFC 9000 section 8 has the measure. Whoever proved a PIN there, answered a NOTIFY there, or has a connection from there
is where he says he is.
"""

import struct
from itertools import count

import pytest

from registrar.core.limits import Limits
from registrar.model.events import WireEvent
from registrar.model.flow import Address
from registrar.servers.proven import FACTOR, LARGEST, Proven
from tests.lab import TCP_5060, UDP_1719, UDP_5060, flow
from tests.servers.playbook import Phone, Playbook, text_of, with_extensions
from tests.servers.ras_book import Book
from tests.servers.ras_book import with_extensions as with_ras_extensions
from tests.servers.watching import Watcher, contacts, of
from tests.sip.road import SETTINGS, header, headers, octets, status

LAB = SETTINGS._replace(product="registrar")
VICTIM: Address = ("10.9.8.7", 53)
LONG = "x" * 200

SMALLEST = """\
    {method} {uri} SIP/2.0
    v:SIP/2.0/UDP a;branch=z9hG4bK1{rport}
    f:<sip:{number}@h>;tag=1
    t:<sip:{number}@127.0.0.1>
    i:1
    CSeq:1 {method}
    {more}
    """


def smallest(method: str, number: str = "12347", *lines: str, uri: str = "sip:127.0.0.1", rport: str = "") -> bytes:
    """The shortest request there is."""
    text = SMALLEST.format(method=method, number=number, uri=uri, rport=rport, more="\n".join(lines))
    return octets("\n".join(line.strip() for line in text.splitlines() if line.strip()))


def usual(method: str, number: str = "12347", *lines: str, uri: str = "sip:lab.example") -> bytes:
    """What a phone sends."""
    return octets(Phone(Playbook(), number, call_id="usual").request(method, *lines, uri=uri))


NUMBERS = ("12345", "12346", "12347", "99999")
PROOF = 'Authorization: Digest username="12345", realm="lab.example", nonce="{}", uri="sip:lab.example", response="{}"'
REGISTERS = (
    (),
    ("m:<sip:a@b>",),
    ("m:<sip:a@b>,<sip:c@d>,<sip:e@f>",),
    ('m:<sip:a@b>;+sip.instance="<urn:uuid:1>";reg-id=1', "k:gruu,outbound,path", "Path:<sip:p;lr>"),
    ("m:<sip:a@b>;expires=5",),
    ("m:*", "Expires:0"),
    ("m:<sip:a@b>;expires=0",),
    ("m:<",),
    ("Require:100rel",),
    ("Proxy-Require:sec-agree", "Require:sec-agree,x,y,z"),
    ("Max-Forwards:0",),
    (PROOF.format("x", "0" * 32),),
    (PROOF.format("x", "short"),),
)
SUBSCRIBES = (
    (),
    ("o:reg",),
    ("o:reg", "m:<sip:a>"),
    ("o:reg", "m:<sip:a>", "Expires:0"),
    ("o:reg", "m:<sip:a>", "Expires:1"),
    ("o:reg", "m:<sip:a>", "Accept:text/plain"),
    ("o:presence", "m:<sip:a>"),
)
OTHERS = ("OPTIONS", "INVITE", "CANCEL", "ACK", "BYE", "MESSAGE", "NOTIFY", "FROBNICATE")


def datagrams() -> list[bytes]:
    """Every kind of datagram that a port for SIP may meet, as short as can be and as phones send it."""
    found = [
        make("REGISTER", number, *lines) for make in (smallest, usual) for number in NUMBERS for lines in REGISTERS
    ]
    found += [
        make("SUBSCRIBE", number, *lines, uri=uri)
        for make, uri in ((smallest, "sip:{}@127.0.0.1"), (usual, "sip:{}@lab.example"))
        for number in NUMBERS
        for lines in SUBSCRIBES
        for uri in (uri.format(number),)
    ]
    for make in (smallest, usual):
        found += [make(method) for method in OTHERS]
        found += [
            make(method, uri=uri) for method in ("REGISTER", "OPTIONS") for uri in ("tel:1", "sip:elsewhere", "x:")
        ]
    found += [smallest("REGISTER", rport=";rport"), smallest("OPTIONS", rport=";rport")]
    whole = usual("REGISTER")
    found += [whole[:at] for at in range(0, len(whole), 25)]
    found += [whole.replace(b"SIP/2.0", b"SIP/3.0", 1), b"SIP/2.0 200 OK" + whole[whole.index(b"\r\n") :]]
    found += [b"", b"\0", b"\r\n\r\n", b"\xff" * 40, b"REGISTER", b"GET / HTTP/1.1\r\n\r\n"]
    stun = b"\x21\x12\xa4\x42" + bytes(12)
    found.append(struct.pack("!HH", 1, 0) + stun)
    found += [struct.pack("!HH", 1, 4 * many) + stun + struct.pack("!HH", 0x7000, 0) * many for many in (1, 2, 10, 300)]
    return found


async def flooded(book: Playbook, data: bytes, source: Address = VICTIM) -> int:
    """How many octets the source is sent for a datagram in the next minute."""
    book.datagrams.clear()
    book.sip.datagram(UDP_5060, data, source)
    await book.settle()
    book.tick(40)
    assert {address[0] for _, address in book.datagrams} <= {source[0]}
    return sum(len(sent) for sent, _ in book.datagrams)


async def unregistered(book: Playbook) -> list[bytes]:
    """What is sent when the operator unregisters everybody."""
    book.datagrams.clear()
    await book.execute("extension_unregistration -d all")
    book.tick(40)
    return [sent for sent, _ in book.datagrams]


@pytest.mark.parametrize("policy", [0, 1, 2, 3])
async def test_no_datagram_draws_more_than_thrice_its_length(policy: int) -> None:
    book = Playbook(settings=LAB, limits=Limits(lockout_failures=0, lockout_source_failures=0, lockout_delay=0))
    await with_extensions(book)
    if policy:
        book.system.state.policy = type(book.system.state.policy)(policy)
    answered = 0
    for number, data in enumerate(datagrams()):
        sent = await flooded(book, data, (f"10.0.{number // 250}.{number % 250}", 53))
        assert sent <= FACTOR * len(data), (data, [text_of(each) for each, _ in book.datagrams])
        answered += sent > 0
        asked_back = await unregistered(book)
        assert len(asked_back) <= 1
        assert sum(map(len, asked_back)) < 500
    assert answered > 150
    assert len(book.sip._proven) == 0


async def filled(book: Playbook, number: str = "12347", many: int = 10) -> Phone:
    """A number with as many contacts as it may have, each of them long."""
    phone = Phone(book, number, source=("127.0.0.5", 5060), call_id="filling")
    listed = ", ".join(f"<sip:{number}@127.0.0.1;x={LONG}{each}>" for each in range(many))
    await phone.register(f"Contact: {listed}")
    return phone


async def test_a_query_of_a_number_without_pin_lists_no_more_than_was_asked_with() -> None:
    book = await with_extensions()
    await filled(book)
    query = usual("REGISTER", "12347", "Contact:")
    answer = text_of(await book.exchange(query, VICTIM))
    assert status(answer) == "513 Answer Too Large For UDP"
    assert len(octets(answer)) <= FACTOR * len(query)
    told = [each.subject.detail for each in book.events() if isinstance(each.subject, WireEvent)]
    assert told == ["513 Answer Too Large For UDP"]
    wire = book.connect(flow(TCP_5060, host=VICTIM[0], connection=1))
    (answer,) = await book.over(wire, query)
    assert len(headers(answer, "Contact")) == 10, "over TCP it is there"
    book.datagrams.clear()
    answer = text_of(await book.exchange(usual("REGISTER", "12347", "Contact:", "Call-ID: again"), VICTIM))
    assert len(headers(answer, "Contact")) == 10, "who has had a connection is there"


async def test_a_registration_from_an_unproven_address_is_told_of_its_own_contacts() -> None:
    book = await with_extensions()
    phone = await filled(book, many=9)
    mine = Phone(book, "12347", source=VICTIM, call_id="mine")
    (contact,) = await mine.register()
    assert contact == f"<sip:12347@{VICTIM[0]}:{VICTIM[1]}>;expires=3600"
    assert len(book.contacts("12347")) == 10
    assert header(await mine.ask("Expires: 0"), "Contact") is None
    assert len(book.contacts("12347")) == 9
    assert phone.cseq == 1


async def test_a_phone_that_proved_its_pin_is_told_of_all_contacts() -> None:
    book = await with_extensions()
    phone = Phone(book, "12346", "4712", call_id="proves")
    listed = ", ".join(f"<sip:12346@127.0.0.1;x={LONG}{each}>" for each in range(10))
    assert len(await phone.register(f"Contact: {listed}")) == 10
    assert len(await phone.register("Contact:")) == 10


async def test_a_kept_answer_is_not_sent_to_a_copy_that_is_much_shorter() -> None:
    """A long first request has a long answer, and copies of it need be no longer than what tells them apart."""
    book = await with_extensions()
    padded = smallest("REGISTER", "12347", f"m:<sip:{LONG}@b>", "Padding:" + "x" * 200)
    short = smallest("REGISTER", "12347")
    first = await book.exchange(padded, VICTIM)
    assert first.startswith(b"SIP/2.0 200")
    assert FACTOR * len(short) < len(first)
    assert await book.exchange(short, VICTIM) == b""
    assert await book.exchange(padded, VICTIM) == first


async def test_a_watcher_that_has_not_shown_itself_is_told_everything_once_it_has_answered() -> None:
    book = await with_extensions()
    await filled(book)
    watcher = Watcher(book, "12347", source=VICTIM, call_id="watch")
    answer, (probe,) = await watcher.subscribe("User-Agent: a watcher with a name of ordinary length/1.0")
    assert status(answer) == "200 OK"
    assert header(probe, "Subscription-State") == "pending;expires=3761"
    assert (header(probe, "Content-Type"), probe.partition("\n\n")[2]) == (None, "")
    book.tick(10)
    assert book.take() == [], "never repeated"
    (notify,) = await watcher.says(probe)
    assert header(notify, "Subscription-State") == "active;expires=3751"
    assert len(contacts(notify)) == 10
    book.tick(1)
    assert of("NOTIFY", book.take()) == [notify], "now it is repeated"
    assert VICTIM[0] in book.sip._proven


async def test_a_watcher_that_never_answers_is_forgotten() -> None:
    book = await with_extensions()
    await Watcher(book, "12347", source=VICTIM, call_id="watch").subscribe()
    book.tick(33)
    assert len(book.sip._events._subscriptions) == 0


async def test_who_answers_a_notify_proves_the_address_it_was_sent_to_not_the_one_he_writes() -> None:
    book = await with_extensions()
    mine = ("127.0.0.9", 5060)
    watcher = Watcher(book, "12347", source=mine, call_id="watch")
    _, (probe,) = await watcher.subscribe()
    watcher.source = VICTIM
    await watcher.says(probe)
    assert (mine[0] in book.sip._proven, VICTIM[0] in book.sip._proven) == (True, False)


async def test_an_answer_that_no_datagram_holds_is_513_and_told_of() -> None:
    many = 40
    book = await with_extensions(Playbook(limits=Limits(max_contacts=many)))
    phone = Phone(book, "12346", "4712")
    for part in range(0, many, 4):
        listed = ", ".join(f"<sip:12346@127.0.0.1;x={'y' * 1900}{each}>" for each in range(part, part + 4))
        found = await phone.register(f"Contact: {listed}")
    assert len(found) == 4, "its own"
    assert len(book.contacts("12346")) == many
    answer = await phone.ask("Contact:")
    assert status(answer) == "513 Answer Too Large For UDP"
    assert [each.subject.detail for each in book.events() if isinstance(each.subject, WireEvent)] == [
        "513 Answer Too Large For UDP"
    ]
    assert all(len(data) <= LARGEST for data, _ in book.datagrams)


async def test_what_proved_itself_before_a_restart_has() -> None:
    book = await with_extensions()
    await Phone(book, source=("127.0.0.1", 1)).register()
    await Phone(book, "12347", source=("127.0.0.2", 1), call_id="no-pin").register()
    await Phone(
        book, "12347", wire=book.connect(flow(TCP_5060, host="127.0.0.3", connection=1)), call_id="tcp"
    ).register()
    proven = Proven(book.system.state.all_bindings())
    assert [f"127.0.0.{number}" in proven for number in (1, 2, 3)] == [True, False, True]


def test_proven_addresses_are_bounded() -> None:
    proven = Proven(limit=10)
    for number in range(100):
        proven.add(f"10.0.0.{number}")
    assert len(proven) == 10
    assert "10.0.0.99" in proven


# -- RAS ------------------------------------------------------------------------------------------------------------


async def ras_flooded(book: Book, *requests: bytes) -> int:
    book.datagrams.clear()
    for data in requests:
        book.ras.datagram(UDP_1719, data, VICTIM)
        await book.commit.flush()
    return sum(len(sent) for sent, _ in book.datagrams)


@pytest.mark.parametrize("end", ["", "extension_unregistration -d all", "extension -e -d 12347"])
async def test_a_registration_in_somebodys_name_costs_him_no_more_than_thrice_its_length(end: str) -> None:
    book = await with_ras_extensions()
    request = book.endpoint("12347", product="").register(
        endpointVendor={"vendor": {"t35CountryCode": 9, "t35Extension": 0, "manufacturerCode": 61}}
    )
    book.ras.datagram(UDP_1719, request, VICTIM)
    await book.commit.flush()
    assert len(book.bindings("12347")) == 1
    if end:
        await book.execute(end)
    await book.tick(600)
    assert book.bindings("12347") == []
    assert 0 < sum(len(sent) for sent, _ in book.datagrams) <= FACTOR * len(request)


@pytest.mark.parametrize("end", ["", "extension_unregistration -d all", "extension -e -d 12345"])
@pytest.mark.parametrize("token", ["MD5", "CAT", "H.235.1"])
async def test_neither_does_one_with_the_right_pin_which_shows_no_address(token: str, end: str) -> None:
    book = await with_ras_extensions()
    endpoint = book.endpoint("12345", "4711", token=token, product="")
    request = endpoint.register()
    book.ras.datagram(UDP_1719, request, VICTIM)
    await book.commit.flush()
    assert len(book.bindings("12345")) == 1
    assert VICTIM[0] not in book.ras._proven
    assert VICTIM[0] not in Proven(book.system.state.all_bindings())
    if end:
        await book.execute(end)
    await book.tick(600)
    assert book.bindings("12345") == []
    unasked = [len(sent) for sent, _ in book.datagrams[1:]]
    assert len(unasked) > (token != "H.235.1"), "it is repeated where that is not too much"
    sent = sum(len(sent) for sent, _ in book.datagrams)
    assert sent <= FACTOR * len(request) < sent + max(unasked), "not one more"
    names = [name for name, _ in book.take()[1:]]
    assert names[-1] == "unregistrationRequest", "whatever else there is room for"
    assert ("infoRequest" in names) is (not end)


@pytest.mark.parametrize("end", ["", "extension_unregistration -d all", "extension -e -d 20000..20018"])
async def test_numbers_added_in_somebodys_name_cost_him_no_more_than_thrice_what_that_took(end: str) -> None:
    book = await with_ras_extensions()
    await book.execute("extension -i -d 20000..20018 --csp 1 --lim 1 --security-exception yes")
    endpoint = book.endpoint("12347", product="")
    first = endpoint.register()
    others = [("dialledDigits", str(20000 + number)) for number in range(19)]
    more = endpoint.add(*others, endpointIdentifier=None, terminalAlias=[("dialledDigits", "12347"), *others])
    assert await ras_flooded(book, first, more) > 0
    assert len(book.bindings("20018")) == 1
    if end:
        await book.execute(end)
    await book.tick(600)
    assert len(book.datagrams) > 4
    assert sum(len(sent) for sent, _ in book.datagrams) <= FACTOR * (len(first) + len(more))


async def test_an_endpoint_that_refreshes_with_its_identifier_is_where_it_says() -> None:
    book = await with_ras_extensions()
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register(), VICTIM)
    book.now += 1
    await book.ask(endpoint, endpoint.keep_alive(), VICTIM)
    assert VICTIM[0] in book.ras._proven
    assert VICTIM[0] in Proven(book.system.state.all_bindings())
    await book.execute("extension_unregistration -d all")
    book.take()
    await book.tick(120)
    assert [name for name, _ in book.take()] == ["unregistrationRequest"] * 6


async def test_one_without_a_pin_that_refreshes_with_its_identifier_is_where_it_says_also_after_a_restart() -> None:
    book = await with_ras_extensions()
    endpoint = book.endpoint("12347")
    await book.ask(endpoint, endpoint.register(), VICTIM)
    assert VICTIM[0] not in book.ras._proven
    restarted = Book(loaded=book.memory.stored)
    await restarted.execute("extension_unregistration -d all")
    await restarted.tick(120)
    assert restarted.take() == [], "what it said is not known any more"
    await book.ask(endpoint, endpoint.keep_alive(), VICTIM)
    assert VICTIM[0] in book.ras._proven
    assert VICTIM[0] in Proven(book.system.state.all_bindings())
    restarted = Book(loaded=book.memory.stored)
    await restarted.execute("extension_unregistration -d all")
    await restarted.tick(120)
    assert [name for name, _ in restarted.take()] == ["unregistrationRequest"] * 6


async def test_an_identifier_that_was_sent_elsewhere_shows_no_address() -> None:
    book = await with_ras_extensions()
    endpoint = book.endpoint("12345", "4711")
    await book.ask(endpoint, endpoint.register(), ("127.0.0.9", 40000))
    for _ in range(3):
        book.now += 2
        assert (await book.ask(endpoint, endpoint.keep_alive(), VICTIM)).name == "registrationConfirm"
    assert VICTIM[0] not in book.ras._proven
    assert VICTIM[0] not in Proven(book.system.state.all_bindings())


def test_what_may_be_sent_unasked_is_bounded_in_memory_and_a_proof_ends_the_count() -> None:
    proven = Proven(limit=2)
    over = [flow(UDP_1719, f"10.0.0.{number}") for number in range(4)]
    for each in over:
        proven.earn(each, 100, 50)
    assert [proven.spend(each, 1) for each in over] == [False, False, True, True]
    assert [proven.spend(over[3], octets) for octets in (250, 249, 1)] == [False, True, False]
    proven.add("10.0.0.3")
    assert proven.spend(over[3], LARGEST)
    assert len(proven._left) == 1


async def test_a_kept_rcf_is_not_sent_for_a_request_that_is_much_shorter() -> None:
    book = await with_ras_extensions()
    numbers = count(5000)
    endpoint = book.endpoint("12347")
    endpoint.sequence = iter(lambda: 77, 0)  # type: ignore[assignment]
    names = [("h323-ID", f"{LONG}{next(numbers)}") for _ in range(10)]
    long = endpoint.register(terminalAlias=[*names, ("dialledDigits", "12347")])
    short = endpoint.register()
    first = await book.exchange(long, VICTIM)
    assert len(first) > FACTOR * len(short)
    assert await ras_flooded(book, short, short) <= FACTOR * len(short) * 2
    assert await book.exchange(long, VICTIM) == first
