"""Every other RAS request gets its answer, whoever asks: discovery, calls, resources, what is not understood."""

from typing import Any

import pytest

from registrar.h323.ras import RasMessage, decode, encode
from registrar.h323.services import RESPONSES
from registrar.model.events import EventType, WireEvent
from registrar.model.flow import Flow, Listener, Transport
from registrar.model.policy import Protocol
from registrar.servers.unfinished import MESSAGE_SECONDS
from tests.h323.endpoint import ERICSSON, Endpoint, is_signed, transport
from tests.h323.values import message, picker
from tests.lab import TLS_3727, flow
from tests.servers.ras_book import PHONE, SETTINGS, Book, reason, with_extensions

ELSEWHERE = ("127.0.0.2", 40000)
MULTICAST = Listener(Protocol.H323, Transport.UDP, "127.0.0.1", 1718)
GUID = bytes(range(16))
CALL: dict[str, Any] = {"conferenceID": GUID, "callReferenceValue": 7, "callIdentifier": {"guid": GUID}}


async def registered(book: Book, number: str = "12347", **more: Any) -> Endpoint:
    endpoint = book.endpoint(number, **more)
    assert (await book.ask(endpoint, endpoint.register())).name == "registrationConfirm"
    return endpoint


def admission(endpoint: Endpoint, *called: tuple[str, str], **more: Any) -> bytes:
    value = {
        "requestSeqNum": next(endpoint.sequence),
        "callType": ("pointToPoint", None),
        "endpointIdentifier": endpoint.identifier or "never issued",
        "destinationInfo": list(called),
        "srcInfo": endpoint.aliases,
        "bandWidth": 1280,
        "activeMC": False,
        "answerCall": False,
        "canMapAlias": False,
        "willSupplyUUIEs": False,
        "canMapSrcAlias": False,
        **CALL,
    }
    return encode(("admissionRequest", value | more))


# -- discovery ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "preferred", "chosen"),
    [
        (("H.235.1", "CAT", "MD5"), "MD5", ("pwdHash", "1.2.840.113549.2.5")),
        (("H.235.1", "CAT", "MD5"), "H.235.1", ("pwdHash", "0.0.8.235.0.2.6")),
        (("H.235.1", "CAT", "MD5"), "CAT", ("authenticationBES", "1.2.840.113548.10.1.2.1")),
        (("H.235.1", "CAT"), "MD5", ("authenticationBES", "1.2.840.113548.10.1.2.1")),
        (("H.235.1",), "MD5", ("pwdHash", "0.0.8.235.0.2.6")),
    ],
)
@pytest.mark.parametrize("number", ["12345", "12347"])
async def test_discovery_agrees_on_one_way_of_those_offered_with_and_without_a_pin(
    offered: tuple[str, ...], preferred: str, chosen: tuple[str, str], number: str
) -> None:
    book = await with_extensions(Book(settings=SETTINGS._replace(preferred=preferred)))
    endpoint = book.endpoint(number)
    request = endpoint.discover(offered)
    confirm = await book.ask(endpoint, request)
    assert confirm.name == "gatekeeperConfirm"
    mode = confirm.value["authenticationMode"]
    assert (mode[0], confirm.value["algorithmOID"]) == chosen
    assert confirm.value["gatekeeperIdentifier"] == "registrar"
    assert confirm.value["rasAddress"] == transport(("127.0.0.1", 1719))
    assert confirm.value["requestSeqNum"] == decode(request).value["requestSeqNum"]


@pytest.mark.parametrize(
    "more",
    [
        {"authenticationCapability": None, "algorithmOIDs": None},
        {"algorithmOIDs": ["1.2.3"]},
        {"authenticationCapability": [("certSign", None)]},
        {
            "authenticationCapability": [("authenticationBES", ("radius", None))],
            "algorithmOIDs": ["1.2.840.113549.2.5"],
        },
    ],
)
async def test_discovery_agrees_on_nothing_that_was_not_offered(more: dict[str, Any]) -> None:
    book = await with_extensions()
    endpoint = book.endpoint()
    confirm = await book.ask(endpoint, endpoint.discover(**more))
    assert confirm.name == "gatekeeperConfirm"
    assert confirm.value.keys().isdisjoint({"authenticationMode", "algorithmOID"})


async def test_discovery_inside_tls_names_the_secure_port() -> None:
    book = await with_extensions()
    endpoint = book.endpoint()
    wire = book.connect(flow(TLS_3727, connection=1))
    request = endpoint.discover()
    (answer,) = await book.over(wire, b"\x03\0" + (len(request) + 4).to_bytes(2, "big") + request)
    assert endpoint.take(answer[4:]).value["rasAddress"] == transport(("127.0.0.1", 3727))


async def test_a_terminal_that_could_never_register_is_told_at_discovery_by_which_row() -> None:
    book = await with_extensions()
    await book.execute("extension -e -d 12346..12347", "sec_policy -set 1")
    soft, phone = book.endpoint(product="H323Plus simple"), book.endpoint(product="DBC 446 01")
    answer = await book.ask(soft, soft.discover())
    assert (answer.name, reason(answer)) == ("gatekeeperReject", "terminalExcluded")
    assert b"(T2.4)" in answer.value["nonStandardData"]["data"]
    assert (await book.ask(phone, phone.discover())).name == "gatekeeperConfirm"
    await book.execute("sec_policy -set 3")
    assert (await book.ask(soft, soft.discover())).name == "gatekeeperConfirm"


async def test_an_endpoint_that_does_not_say_what_it_is_counts_as_insecure() -> None:
    book = await with_extensions()
    endpoint = book.endpoint()
    kind = {"terminal": {}, "mc": False, "undefinedNode": False}
    assert (await book.ask(endpoint, endpoint.discover(endpointType=kind))).name == "gatekeeperConfirm"
    await book.execute("extension -e -d 12346..12347", "sec_policy -set 1")
    assert reason(await book.ask(endpoint, endpoint.discover(endpointType=kind))) == "terminalExcluded"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"protocolIdentifier": "0.0.8.2251.0.1"}, "invalidRevision"),
        ({"gatekeeperIdentifier": "another"}, "terminalExcluded"),
    ],
)
async def test_discovery_of_something_else_is_rejected(more: dict[str, Any], why: str) -> None:
    book = await with_extensions()
    endpoint = book.endpoint()
    assert reason(await book.ask(endpoint, endpoint.discover(**more))) == why


async def test_discovery_by_multicast_is_answered_for_this_gatekeeper_alone_and_nothing_else_is() -> None:
    book = await with_extensions()
    book.ras.multicast = MULTICAST
    endpoint = book.endpoint("12347")

    async def answer(request: bytes) -> bytes:
        return await book.exchange(request, listener=MULTICAST)

    assert decode(await answer(endpoint.discover())).name == "gatekeeperConfirm"
    assert decode(await answer(endpoint.discover(gatekeeperIdentifier="registrar"))).name == "gatekeeperConfirm"
    assert await answer(endpoint.discover(gatekeeperIdentifier="another")) == b""
    assert await answer(endpoint.register()) == b""
    assert book.bindings("12347") == []


# -- calls ----------------------------------------------------------------------------------------------------------


async def test_a_call_is_granted_with_the_callees_signal_address() -> None:
    book = await with_extensions()
    caller = await registered(book)
    callee = await registered(book, "12345", pin="4711", names=["Anna"], signal=("127.0.0.9", 1730))
    for called in (("dialledDigits", "12345"), ("h323-ID", "Anna")):
        request = admission(caller, called)
        confirm = await book.ask(caller, request)
        assert confirm.name == "admissionConfirm"
        assert confirm.value["destCallSignalAddress"] == transport(("127.0.0.9", 1730))
        assert confirm.value["callModel"] == ("direct", None)
        assert confirm.value["bandWidth"] == 1280
    answering = await book.ask(callee, admission(callee, answerCall=True))
    assert answering.value["destCallSignalAddress"] == transport(("127.0.0.9", 1730))


@pytest.mark.parametrize(
    ("called", "more", "why"),
    [
        (("dialledDigits", "12345"), {}, "calledPartyNotRegistered"),
        (("h323-ID", "Nobody"), {}, "calledPartyNotRegistered"),
        (("dialledDigits", "12347"), {"endpointIdentifier": "never issued"}, "callerNotRegistered"),
        (
            ("dialledDigits", "12347"),
            {"endpointIdentifier": "never issued", "answerCall": True},
            "invalidEndpointIdentifier",
        ),
    ],
)
async def test_a_call_that_cannot_be_is_not_granted(called: tuple[str, str], more: dict[str, Any], why: str) -> None:
    book = await with_extensions()
    caller = await registered(book)
    assert reason(await book.ask(caller, admission(caller, called, **more))) == why


async def test_an_identifier_alone_makes_no_caller_it_must_come_from_where_it_registered() -> None:
    book = await with_extensions()
    caller = await registered(book)
    answer = await book.ask(caller, admission(caller, ("dialledDigits", "12347")), ELSEWHERE)
    assert reason(answer) == "callerNotRegistered"


async def test_a_call_to_an_address_is_granted_as_calls_to_anybody_are() -> None:
    book = await with_extensions()
    caller = await registered(book)
    request = admission(caller, destinationInfo=[], destCallSignalAddress=transport(("192.0.2.1", 1720)))
    confirm = await book.ask(caller, request)
    assert confirm.value["destCallSignalAddress"] == transport(("192.0.2.1", 1720))


async def test_every_request_of_an_endpoint_that_signs_is_answered_signed() -> None:
    book = await with_extensions()
    endpoint = await registered(book, "12345", pin="4711", token="H.235.1")
    for request in (admission(endpoint, ("dialledDigits", "12345")), *requests(endpoint)):
        answer = await book.exchange(request)
        name = decode(answer).name
        signed = is_signed(answer, "4711", sender="registrar", receiver=endpoint.identifier)
        assert signed is (name != "unknownMessageResponse"), name


# -- everything else ------------------------------------------------------------------------------------------------


def requests(endpoint: Endpoint) -> list[bytes]:
    """One of each of the other requests."""
    identifier = {"endpointIdentifier": endpoint.identifier or "never issued"}

    def number() -> dict[str, Any]:
        return {"requestSeqNum": next(endpoint.sequence)}

    located = [("dialledDigits", "12347")]
    reply = {"replyAddress": transport(("192.0.2.1", 1719)), "canMapAlias": False, "canMapSrcAlias": False}
    status = {
        "endpointType": {"terminal": {}, "mc": False, "undefinedNode": False},
        "rasAddress": transport(("127.0.0.1", 40000)),
        "callSignalAddress": [],
        "unsolicited": True,
    }
    resources = {"protocolIdentifier": "0.0.8.2250.0.7", "protocols": [], "almostOutOfResources": False}
    return [
        encode(("bandwidthRequest", number() | identifier | CALL | {"bandWidth": 640, "answeredCall": False})),
        encode(
            (
                "disengageRequest",
                number() | identifier | CALL | {"disengageReason": ("normalDrop", None), "answeredCall": False},
            )
        ),
        encode(("locationRequest", number() | identifier | {"destinationInfo": located} | reply)),
        encode(("resourcesAvailableIndicate", number() | identifier | resources)),
        encode(("serviceControlIndication", number() | identifier | {"serviceControl": []})),
        encode(("infoRequestResponse", number() | identifier | status | {"needResponse": True})),
        encode(("infoRequest", number() | {"callReferenceValue": 0, "callIdentifier": {"guid": GUID}})),
        encode(("nonStandardMessage", number() | {"nonStandardData": NON_STANDARD})),
    ]


NON_STANDARD = {"nonStandardIdentifier": ("h221NonStandard", ERICSSON), "data": b"?"}
ANSWERS = [
    ("bandwidthConfirm", "bandwidthReject", "notBound"),
    ("disengageConfirm", "disengageReject", "notRegistered"),
    ("locationConfirm", "locationReject", "notRegistered"),
    ("resourcesAvailableConfirm", "resourcesAvailableConfirm", ""),
    ("serviceControlResponse", "serviceControlResponse", ""),
    ("infoRequestAck", "infoRequestNak", "notRegistered"),
    ("unknownMessageResponse", "unknownMessageResponse", ""),
    ("unknownMessageResponse", "unknownMessageResponse", ""),
]


@pytest.mark.parametrize("place", range(len(ANSWERS)), ids=[answers[0] for answers in ANSWERS])
async def test_every_other_request_is_answered_registered_or_not(place: int) -> None:
    book = await with_extensions()
    confirmed, rejected, why = ANSWERS[place]
    stranger = book.endpoint()
    request = requests(stranger)[place]
    answer = await book.ask(stranger, request)
    assert answer.name == rejected
    assert answer.value["requestSeqNum"] == decode(request).value["requestSeqNum"]
    if why:
        assert (answer.value.get("rejectReason") or answer.value["nakReason"]) == (why, None)
    endpoint = await registered(book)
    answer = await book.ask(endpoint, requests(endpoint)[place])
    assert answer.name == confirmed


async def test_what_is_granted_is_what_was_asked() -> None:
    book = await with_extensions()
    endpoint = await registered(book)
    bandwidth, _, located, *_ = [await book.ask(endpoint, request) for request in requests(endpoint)]
    assert bandwidth.value["bandWidth"] == 640
    assert located.value["callSignalAddress"] == transport(("127.0.0.1", 1720))
    assert located.value["rasAddress"] == transport(("127.0.0.1", 40000))


async def test_a_location_is_asked_in_vain_for_whoever_is_not_registered() -> None:
    book = await with_extensions()
    endpoint = await registered(book, "12345", pin="4711")
    assert reason(await book.ask(endpoint, requests(endpoint)[2])) == "requestDenied"


async def test_an_answer_goes_to_where_the_request_came_from_not_to_an_address_in_it() -> None:
    book = await with_extensions()
    endpoint = book.endpoint()
    for request in (*requests(endpoint), endpoint.discover(), endpoint.register()):
        await book.exchange(request, ELSEWHERE)
        assert {address for _, address in book.datagrams} == {ELSEWHERE}


@pytest.mark.parametrize("octets", [b"\x89\x03abc", b"\xbf\x01a"])
async def test_a_message_of_a_later_version_is_sent_back_as_not_understood(octets: bytes) -> None:
    book = await with_extensions()
    book.ras._proven.add(PHONE[0])
    assert decode(octets).name.startswith("...")
    answer = decode(await book.exchange(octets))
    assert answer == RasMessage("unknownMessageResponse", {"requestSeqNum": 1, "messageNotUnderstood": octets})


async def test_a_long_message_that_is_not_understood_is_sent_back_in_part() -> None:
    book = await with_extensions()
    data = {"nonStandardIdentifier": ("h221NonStandard", ERICSSON), "data": bytes(16_000)}
    request = encode(("nonStandardMessage", {"requestSeqNum": 9, "nonStandardData": data}))
    answer = decode(await book.exchange(request))
    assert answer.value["messageNotUnderstood"] == request[:1024]


@pytest.mark.parametrize("name", sorted(RESPONSES))
async def test_no_answer_is_answered(name: str) -> None:
    book = await with_extensions()
    assert await book.exchange(encode(message(name, picker(1)))) == b""


@pytest.mark.parametrize("octets", [b"", b"\0", b"\x0e", b"REGISTER sip:a SIP/2.0\r\n\r\n", bytes(100), b"\xff" * 40])
async def test_what_is_no_message_is_counted_and_dropped(octets: bytes) -> None:
    book = await with_extensions()
    assert await book.exchange(octets) == b""
    last = book.events()[-1].subject
    assert last.type is EventType.MALFORMED


# -- streams --------------------------------------------------------------------------------------------------------


def framed(*messages: bytes) -> bytes:
    return b"".join(b"\x03\0" + (len(message) + 4).to_bytes(2, "big") + message for message in messages)


async def test_frames_are_found_at_any_split_and_an_empty_one_is_a_keep_alive() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    wire = book.connect(flow(TLS_3727, connection=1))
    octets = framed(endpoint.register(), b"", endpoint.discover())
    sent: list[bytes] = []
    for place in range(len(octets)):
        sent += await book.over(wire, octets[place : place + 1])
    assert [decode(each[4:]).name for each in sent] == ["registrationConfirm", "gatekeeperConfirm"]
    together = await book.over(wire, framed(endpoint.register(), b"", endpoint.discover()))
    assert sorted(decode(each[4:]).name for each in together) == ["gatekeeperConfirm", "registrationConfirm"]
    (binding,) = book.bindings("12347")
    assert binding.flow == wire.flow
    assert not wire.is_closed


@pytest.mark.parametrize("octets", [b"REGISTER", b"\x03\0\0\x03", b"\x04\0\0\x05\0", b"\x0e\xc0\xee\xf5"])
async def test_what_is_no_frame_ends_the_connection(octets: bytes) -> None:
    book = await with_extensions()
    wire = book.connect(flow(TLS_3727, connection=1))
    assert await book.over(wire, octets) == []
    assert wire.is_closed
    assert book.events()[-1].subject.type is EventType.MALFORMED


async def test_what_was_complete_before_it_is_still_answered() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    wire = book.connect(flow(TLS_3727, connection=1))
    (answer,) = await book.over(wire, framed(endpoint.register()) + b"REGISTER")
    assert endpoint.take(answer[4:]).name == "registrationConfirm"
    assert wire.is_closed


async def test_a_frame_that_does_not_end_ends_the_connection() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    slow, busy = (book.connect(flow(TLS_3727, connection=number)) for number in (1, 2))
    book.ras.received(slow, b"\x03\0\xff\xff")
    for _ in range(8):
        await book.tick(MESSAGE_SECONDS / 8)
        book.ras.received(slow, b"x")
        whole = framed(endpoint.discover())
        book.ras.received(busy, whole + whole[:10])
        book.ras.received(busy, whole[10:])
    assert (slow.is_closed, busy.is_closed) == (True, False)
    (told,) = [event.subject for event in book.events() if event.subject.type is EventType.MALFORMED]
    assert isinstance(told, WireEvent)
    assert told.detail == "the message was not finished in time"


async def test_without_frames_each_record_is_a_message() -> None:
    book = await with_extensions(Book(settings=SETTINGS._replace(framed=False)))
    endpoint = book.endpoint("12347")
    wire = book.connect(flow(TLS_3727, connection=1))
    (answer,) = await book.over(wire, endpoint.register())
    assert endpoint.take(answer).name == "registrationConfirm"
    await book.over(wire, b"nonsense")
    assert not wire.is_closed


async def test_a_registration_outlives_its_connection() -> None:
    book = await with_extensions()
    endpoint = book.endpoint("12347")
    wire = book.connect(flow(TLS_3727, connection=1))
    (answer,) = await book.over(wire, framed(endpoint.register()))
    endpoint.take(answer[4:])
    book.ras.closed(wire)
    assert len(book.bindings("12347")) == 1
    other = book.connect(Flow(TLS_3727, PHONE, 2, wire.flow.tls))
    (answer,) = await book.over(other, framed(endpoint.keep_alive()))
    assert endpoint.take(answer[4:]).name == "registrationConfirm"
    assert [binding.flow.connection for binding in book.bindings("12347")] == [2]
