"""Every row of what a request is answered, over a whole service node; and that the road holds whatever comes."""

import pytest

from registrar.core.limits import Limits
from registrar.model.changes import SetExtension, SetPolicy, SetRac
from registrar.model.events import EventType, RefusalEvent, WireEvent
from registrar.model.extension import Extension, Rac
from registrar.model.policy import Policy
from registrar.model.reason import Reason
from tests.lab import D4, MITEL, SOFTPHONE, TCP_5060, TLS_5061, flow
from tests.servers.playbook import PHONE, Memory, Phone, Playbook, with_extensions
from tests.sip.road import header, headers, octets, status, with_lines

SECURE_PORT = "Secure port required: register on TLS 5061"
TERMINAL_TYPE = "This type of terminal is not allowed for this number"


def malformed(book: Playbook) -> list[str]:
    subjects = [event.subject for event in book.events()]
    return [s.detail for s in subjects if isinstance(s, WireEvent) and s.type is EventType.MALFORMED]


# -- refusals by policy ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "number", "agent", "line", "warning"),
    [
        (1, "12345", MITEL, "403 TLS Required", f"{SECURE_PORT} (T2.3)"),
        (2, "12345", D4, "403 TLS Required", f"{SECURE_PORT} (T3.3)"),
        (3, "12345", MITEL, "403 TLS Required", f"{SECURE_PORT} (T2.3)"),
        (1, "12345", SOFTPHONE, "403 Terminal Type Not Allowed", f"{TERMINAL_TYPE} (T2.4)"),
        (2, "12345", SOFTPHONE, "403 Terminal Type Not Allowed", f"{TERMINAL_TYPE} (T3.5)"),
        (2, "12346", SOFTPHONE, "401 Unauthorized", ""),
        (2, "12347", SOFTPHONE, "200 OK", ""),
    ],
)
async def test_a_registration_meets_the_policy_before_its_pin(
    policy: int, number: str, agent: str, line: str, warning: str
) -> None:
    book = await with_extensions()
    if policy != 2:
        await book.execute("extension -c -d 12346..12347 --security-exception no")
    await book.execute(f"sec_policy -set {policy}")
    phone = Phone(book, number, agent=agent)
    answer = await phone.send(phone.request())
    assert status(answer) == line
    if warning:
        assert header(answer, "Warning") == f'399 lab.example "{warning}"'
        row, page = warning[-5:-1], (header(answer, "Error-Info") or "").rpartition("/")[2]
        assert page == f"{row}>"
        assert header(answer, "WWW-Authenticate") is None
        assert book.contacts(number) == []


async def test_an_exception_is_refused_where_the_policy_allows_none() -> None:
    memory = Memory()
    memory.stored += [
        SetExtension("12346", Extension("12346", csp=1, lim=1, security_exception=True)),
        SetRac("12346", Rac("12346", "4712")),
        SetPolicy(Policy.ALL_SECURE),
    ]
    book = Playbook(memory)
    phone = Phone(book, "12346", "4712", agent=MITEL, wire=book.connect(flow(TLS_5061, connection=1)))
    answer = await phone.send(phone.request())
    assert status(answer) == "403 Security Exception Not Allowed"
    assert header(answer, "Warning") == '399 lab.example "A number with a security exception is not allowed (T2.2)"'


async def test_a_secure_terminal_registers_over_tls_and_is_listed_encrypted() -> None:
    book = await (await with_extensions()).execute("extension -c -d 12346..12347 --security-exception no")
    await book.execute("sec_policy -set 1")
    phone = Phone(book, agent=MITEL, wire=book.connect(flow(TLS_5061, connection=1)))
    assert await phone.register() == ["<sip:12345@127.0.0.1:40000>;expires=3600"]
    (binding,) = book.bindings()
    assert (binding.decision.row.id, binding.decision.secure_port, binding.flow.tls is not None) == ("T2.3", True, True)


# -- other refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (("Require: nosuch",), "420 Bad Extension"),
        (("Max-Forwards: 0",), "483 Too Many Hops"),
        (("To: <sip:12345@elsewhere.example>",), "404 Domain Not Served Here"),
        (("To: <tel:12345>",), "416 Unsupported URI Scheme"),
        (("Contact: <sip:a@10.0.0.1>;expires=soon",), "400 Bad Contact Expires"),
        (("Contact: <sip:a@10.0.0.1>;q=1.1",), "400 Bad Contact q"),
        (("Contact: sip:a@10.0.0.1?x=y",), "400 Bad Contact"),
        ((f"Contact: <sip:a@10.0.0.1;x={'y' * 2048}>",), "400 Contact Too Long"),
        (("Contact: " + ", ".join(f"<sip:{n}@h>" for n in range(65)),), "400 Bad Contact"),
        (("Expires: -1",), "400 Bad Expires"),
        (("CSeq: 2147483648 REGISTER",), "400 CSeq Too Large"),
        (("CSeq: 1 OPTIONS",), "400 CSeq Method Differs"),
        (("Call-ID:",), "400 Missing Call-ID"),
        ((f"Call-ID: {'x' * 1025}",), "400 Bad Call-ID"),
        (("From: <sip:a@b",), "400 Bad From"),
        (("Authorization: Digest nonsense",), "400 Bad Authorization"),
        (("Content-Length: 5",), "400 Content-Length Beyond Datagram"),
        (("Path: <sip:p.example;lr>",), "420 Bad Extension"),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(lines: tuple[str, ...], line: str) -> None:
    book = await with_extensions()
    phone = Phone(book, "12347")
    answer = await phone.send(phone.request("REGISTER", *lines))
    assert status(answer) == line
    assert header(answer, "Via") == "SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bKcall-11"
    assert book.contacts("12347") == []
    assert malformed(book) == ([line] if line[:3] == "400" else [])


@pytest.mark.parametrize(
    ("start", "line"),
    [
        ("REGISTER sip:elsewhere.example SIP/2.0", "404 Domain Not Served Here"),
        ("REGISTER tel:12345 SIP/2.0", "416 Unsupported URI Scheme"),
        ("REGISTER sip:lab.example SIP/3.0", "505 Version Not Supported"),
        ("REGISTER sip:lab.example?a=b SIP/2.0", "400 Bad Request-URI"),
    ],
)
async def test_a_start_line_that_cannot_be_served_is_told_so(start: str, line: str) -> None:
    book = await with_extensions()
    text = Phone(book, "12347").request().partition("\n")[2]
    assert status(await book.ask(f"{start}\n{text}")) == line


@pytest.mark.parametrize(
    ("method", "line"),
    [
        ("INVITE", "405 Method Not Allowed"),
        ("PUBLISH", "405 Method Not Allowed"),
        ("FETCH", "501 Not Implemented"),
        ("CANCEL", "481 Call/Transaction Does Not Exist"),
    ],
)
async def test_other_methods_are_refused_and_an_ack_to_that_is_no_fault(method: str, line: str) -> None:
    book = await with_extensions()
    phone = Phone(book)
    assert status(await phone.send(phone.request(method))) == line
    assert await phone.send(phone.request("ACK")) == ""
    assert malformed(book) == []


async def test_options_are_told_and_leave_nothing_behind() -> None:
    book = await with_extensions()
    phone = Phone(book)
    answer = await phone.send(phone.request("OPTIONS"))
    assert status(answer) == "200 OK"
    assert header(answer, "Allow") == "REGISTER, OPTIONS, SUBSCRIBE"
    assert header(answer, "Accept") == "*/*"
    assert header(answer, "Supported") == "path, gruu, outbound"


async def test_a_registrar_with_too_much_to_store_says_come_again() -> None:
    book = Playbook()
    await with_extensions(book)
    phone = Phone(book, "12347")
    book.memory.open.clear()
    book.commit._limit = 1
    assert (await _unstored(book, phone.request())) == []
    (answer,) = await _unstored(book, phone.request("REGISTER", "Contact: <sip:b@10.0.0.2>"))
    assert (status(answer), header(answer, "Retry-After")) == ("503 Overloaded", "10")
    book.memory.open.set()
    await book.commit.flush()
    assert book.contacts("12347") == ["sip:12347@127.0.0.1:40000"]


async def _unstored(book: Playbook, text: str) -> list[str]:
    book.datagrams.clear()
    book.sip.datagram(flow().listener, octets(text), PHONE)
    return book.take()


# -- where answers go -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("via", "to"),
    [
        ("SIP/2.0/UDP 10.9.9.9:7070;branch=z9hG4bK1", ("192.0.2.1", 7070)),
        ("SIP/2.0/UDP 10.9.9.9;branch=z9hG4bK1", ("192.0.2.1", 5060)),
        ("SIP/2.0/UDP 10.9.9.9:7070;branch=z9hG4bK1;rport", ("192.0.2.1", 1024)),
        ("SIP/2.0/UDP 10.9.9.9:7070;rport=9;received=10.9.9.9;branch=z9hG4bK1", ("192.0.2.1", 1024)),
        ("SIP/2.0/UDP 10.9.9.9:7070;maddr=10.8.8.8;branch=z9hG4bK1", ("192.0.2.1", 7070)),
        ("SIP/2.0/UDP 10.9.9.9:70700;rport;branch=z9hG4bK1", ("192.0.2.1", 1024)),
        ("SIP/2.0/UDP 10.9.9.9:70700;branch=z9hG4bK1", ("192.0.2.1", 5060)),
        ("SIP/2.0/UDP 10.9.9.9:7070;branch=z9hG4bK1;;", ("192.0.2.1", 7070)),
    ],
)
async def test_an_answer_goes_to_the_source_and_to_no_other_host(via: str, to: tuple[str, int]) -> None:
    book = await with_extensions()
    phone = Phone(book)
    await book.ask(phone.request("OPTIONS", f"Via: {via}"), ("192.0.2.1", 1024))
    assert [address for _, address in book.datagrams] == [to]


async def test_over_a_connection_the_answer_goes_back_over_it() -> None:
    book = await with_extensions()
    wire, other = book.connect(flow(TCP_5060, connection=1)), book.connect(flow(TCP_5060, port=40001, connection=2))
    phone = Phone(book, "12347", wire=wire)
    assert await phone.register()
    assert (other.sent, book.datagrams) == ([], [])


# -- line noise -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\n\r\n", b"\0\0\0\0", b"  \r\n", b"\0"])
async def test_keep_alives_of_all_kinds_are_neither_answered_nor_told_of(data: bytes) -> None:
    book = Playbook()
    assert await book.exchange(data) == b""
    assert book.events() == []


async def test_a_stun_request_is_told_where_it_came_from() -> None:
    request = b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(range(12))
    answer = await Playbook().exchange(request, ("192.0.2.1", 32853))
    assert answer[:4] == b"\x01\x01\x00\x0c"
    assert answer[8:20] == bytes(range(12))


@pytest.mark.parametrize("data", [b"hello", b"\x16\x03\x01\x02\x00\x01", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 65507])
async def test_what_is_no_sip_is_told_of_and_not_answered(data: bytes) -> None:
    book = Playbook()
    assert await book.exchange(data) == b""
    assert len(malformed(book)) == 1


async def test_an_answer_to_nothing_we_asked_is_ignored() -> None:
    book = Playbook()
    phone = Phone(book)
    text = phone.request("NOTIFY").replace("NOTIFY sip:lab.example SIP/2.0", "SIP/2.0 200 OK")
    assert await phone.send(text) == ""
    assert book.events() == []


async def test_what_a_phone_repeats_for_hours_is_one_refusal() -> None:
    book = await (await with_extensions()).execute("extension -c -d 12346..12347 --security-exception no")
    await book.execute("sec_policy -set 1")
    phone = Phone(book, agent=SOFTPHONE)
    for _ in range(30):
        await phone.send(phone.request())
        book.now += 60
    (refusal,) = [event.subject for event in book.events() if isinstance(event.subject, RefusalEvent)]
    assert (refusal.times, refusal.outcome.reason) == (30, Reason.TERMINAL_NOT_ALLOWED)


async def test_a_refusal_that_is_remembered_holds_on_to_nothing_the_peer_sent_at_length() -> None:
    book = await with_extensions()
    phone = Phone(book, agent="x" * 8000)
    contact = f"Contact: <sip:a@h>;long={'y' * 2000}"
    await phone.send(phone.request("REGISTER", contact, "Authorization: Digest username=1", "Supported: path"))
    phone.take_challenge(await phone.send(phone.request("REGISTER", contact)))
    phone.pin = "wrong"
    await phone.send(phone.request("REGISTER", contact, phone.credentials()))
    (refusal,) = [event.subject for event in book.events() if isinstance(event.subject, RefusalEvent)]
    assert len(repr(refusal)) < 3000
    assert refusal.attempt.proof is None


async def test_memory_that_is_lost_with_the_process_is_not_written() -> None:
    memory = Memory()
    book = await with_extensions(Playbook(memory, durable=False))
    before = len(memory.stored)
    assert await Phone(book).register()
    assert len(memory.stored) == before


async def test_limits_of_the_node_are_the_settings() -> None:
    book = await with_extensions(Playbook(limits=Limits(default_expires=1234)))
    assert (await Phone(book).register())[0].endswith("expires=1234")


async def test_several_contact_lines_and_a_body_are_one_request() -> None:
    book = await with_extensions()
    phone = Phone(book, "12347")
    text = with_lines(phone.request(), "Contact: <sip:a@10.0.0.1>") + "\nm: <sip:b@10.0.0.2>"
    data = octets(text).replace(b"Content-Length: 0", b"Content-Length: 4") + b"bodyand more"
    answer = (await book.exchange(data)).decode().replace("\r\n", "\n")
    assert [line.partition(">")[0] for line in headers(answer, "Contact")] == ["<sip:a@10.0.0.1", "<sip:b@10.0.0.2"]
