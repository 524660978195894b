"""Every row of what a registrar answers to a REGISTER."""

import re
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.binding import Contact
from registrar.model.flow import Flow
from registrar.model.outcome import Outcome
from registrar.model.policy import Policy, TerminalClass
from registrar.model.reason import Reason
from registrar.policy import answers
from registrar.sip.headers import contacts
from registrar.sip.message import Request, Response
from registrar.sip.parser import parse_datagram
from registrar.sip.responses import date
from tests.lab import NOW, TCP_5060, TLS_5061, flow
from tests.sip.road import (
    REGISTER,
    SETTINGS,
    TAG,
    Road,
    accepted,
    binding,
    decision,
    header,
    headers,
    octets,
    refused,
    status,
    with_lines,
)

INSTANCE = "<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"


def golden(text: str) -> str:
    return dedent(text) + "\n"


def credentials(nonce: str, **more: str) -> str:
    values = {
        "username": "12345",
        "realm": "lab.example",
        "nonce": nonce,
        "uri": "sip:lab.example",
        "response": "0" * 32,
        "algorithm": "MD5",
        "cnonce": "c",
        "qop": "auth",
        "nc": "00000001",
    } | more
    bare = ("algorithm", "qop", "nc")
    listed = [f"{name}={value}" if name in bare else f'{name}="{value}"' for name, value in values.items()]
    return "Authorization: Digest " + ", ".join(listed)


def nonce_in(answer: str) -> str:
    found = re.search(r'nonce="([^"]+)"', header(answer, "WWW-Authenticate") or "")
    assert found is not None
    return found[1]


# -- 200 ------------------------------------------------------------------------------------------------------------


def test_an_accepted_registration_is_told_its_bindings_and_the_time() -> None:
    assert Road(accepted(binding())).answer(REGISTER) == golden(
        f"""\
        SIP/2.0 200 OK
        Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1
        From: <sip:12345@lab.example>;tag=phone
        To: <sip:12345@lab.example>;tag={TAG}
        Call-ID: call-1
        CSeq: 1 REGISTER
        Contact: <sip:12345@127.0.0.1:40000>;expires=3600
        Date: Fri, 15 Jan 2027 08:00:00 GMT
        Supported: path, gruu, outbound
        Content-Length: 0
        """
    )


def test_every_current_binding_is_listed_with_its_remaining_time_and_its_parameters() -> None:
    road = Road(
        accepted(
            binding(seconds=59.6),
            binding("sips:12345@[::1]:5061;transport=tls", 120, q=0.5, params=';methods="INVITE, BYE";audio'),
            binding("sip:12345@10.0.0.1", instance=INSTANCE, reg_id=2),
        )
    )
    assert headers(road.answer(REGISTER), "Contact") == [
        "<sip:12345@127.0.0.1:40000>;expires=60",
        '<sips:12345@[::1]:5061;transport=tls>;q=0.5;methods="INVITE, BYE";audio;expires=120',
        f'<sip:12345@10.0.0.1>;+sip.instance="{INSTANCE}";reg-id=2;expires=3600',
    ]


def test_a_number_without_bindings_is_told_of_none() -> None:
    answer = Road(accepted()).answer(with_lines(REGISTER, "Contact:"))
    assert status(answer) == "200 OK"
    assert headers(answer, "Contact") == []


def test_the_path_is_echoed() -> None:
    sent = with_lines(REGISTER, "Supported: path", "Path: <sip:p2.example;lr>, <sip:p1.example;lr;ob>;x=1")
    assert headers(Road(accepted(binding())).answer(sent), "Path") == [
        "<sip:p2.example;lr>",
        "<sip:p1.example;lr;ob>;x=1",
    ]


@pytest.mark.parametrize(("over", "seconds"), [(flow(), "29"), (flow(TCP_5060), "120"), (flow(TLS_5061), "120")])
def test_outbound_is_required_and_timed_when_it_was_used(over: Flow, seconds: str) -> None:
    contact = f'Contact: <sip:12345@127.0.0.1:40000>;+sip.instance="{INSTANCE}";reg-id=1'
    answer = Road(accepted()).answer(with_lines(REGISTER, "Supported: path, outbound", contact), over)
    assert header(answer, "Require") == "outbound"
    assert header(answer, "Flow-Timer") == seconds


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(("Supported: outbound",), id="no reg-id"),
        pytest.param(
            ("Supported: path", f'Contact: <sip:a@127.0.0.1>;+sip.instance="{INSTANCE}";reg-id=1'), id="unsupported"
        ),
        pytest.param(("Supported: outbound", "Contact: <sip:a@127.0.0.1>;reg-id=1"), id="no instance"),
        pytest.param(
            ("Supported: outbound", f'Contact: <sip:a@127.0.0.1>;+sip.instance="{INSTANCE}"'), id="instance alone"
        ),
        pytest.param(("Supported: outbound", "Contact:"), id="a query"),
    ],
)
def test_outbound_is_not_required_when_it_was_not_used(lines: tuple[str, ...]) -> None:
    answer = Road(accepted()).answer(with_lines(REGISTER, *lines))
    assert status(answer) == "200 OK"
    assert header(answer, "Require") is None
    assert header(answer, "Flow-Timer") is None


def test_gruus_are_given_to_instances_whose_phone_supports_them() -> None:
    bindings = accepted(binding(instance=INSTANCE, temporary_gruu="t"), binding("sip:12345@10.0.0.1"))
    known, plain = headers(Road(bindings).answer(with_lines(REGISTER, "Supported: gruu")), "Contact")
    assert ';pub-gruu="sip:12345@lab.example;gr=urn:uuid:00000000-0000-1000-8000-000a95a0e128"' in known
    assert re.search(r';temp-gruu="sip:tgruu\.[\w-]+@lab\.example;gr"$', known)
    assert "gruu" not in plain
    assert "gruu" not in Road(bindings).answer(REGISTER).partition("Supported")[0]


def test_a_phone_has_no_say_in_its_gruus() -> None:
    echoed = binding(instance=INSTANCE, params=';pub-gruu="sip:a@b;gr=x";temp-gruu="sip:c;\\"";pub-gruux=1')
    (contact,) = headers(Road(accepted(echoed)).answer(REGISTER), "Contact")
    assert contact == f'<sip:12345@127.0.0.1:40000>;+sip.instance="{INSTANCE}";pub-gruux=1;expires=3600'


def test_the_server_names_itself_only_where_it_is_set_to() -> None:
    assert header(Road(accepted()).answer(REGISTER), "Server") is None
    named = Road(accepted(), SETTINGS._replace(product="registrar/1.0"))
    assert header(named.answer(REGISTER), "Server") == "registrar/1.0"
    assert header(named.answer(with_lines(REGISTER, "Require: x")), "Server") == "registrar/1.0"


# -- 401 and what follows it ----------------------------------------------------------------------------------------


def test_without_credentials_the_pin_is_asked_for_by_one_md5_challenge() -> None:
    answer = Road(refused(Reason.PIN_REQUIRED)).answer(REGISTER)
    challenge = header(answer, "WWW-Authenticate")
    assert answer == golden(
        f"""\
        SIP/2.0 401 Unauthorized
        Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1
        From: <sip:12345@lab.example>;tag=phone
        To: <sip:12345@lab.example>;tag={TAG}
        Call-ID: call-1
        CSeq: 1 REGISTER
        WWW-Authenticate: {challenge}
        Content-Length: 0
        """
    )
    assert challenge == f'Digest realm="lab.example", nonce="{nonce_in(answer)}", qop="auth", algorithm=MD5'


def test_each_challenge_has_a_nonce_of_its_own() -> None:
    road = Road(refused(Reason.PIN_REQUIRED))
    assert nonce_in(road.answer(REGISTER)) != nonce_in(road.answer(REGISTER))


def test_sha256_is_offered_where_the_settings_ask_for_it() -> None:
    settings = SETTINGS._replace(number_algorithms={"12345": ("SHA-256", "MD5")})
    offered = headers(Road(refused(Reason.PIN_REQUIRED), settings).answer(REGISTER), "WWW-Authenticate")
    assert [offer.rpartition("=")[2] for offer in offered] == ["SHA-256", "MD5"]
    assert offered[0].replace("SHA-256", "MD5") == offered[1]
    other = with_lines(REGISTER, "To: <sip:999@lab.example>")
    assert "algorithm=MD5" in (
        header(Road(refused(Reason.PIN_REQUIRED), settings).answer(other), "WWW-Authenticate") or ""
    )


def test_a_stale_nonce_is_replaced_silently() -> None:
    road = Road(refused(Reason.STALE_NONCE))
    used = road.nonces.issue(flow().address[0], NOW)
    answer = road.answer(with_lines(REGISTER, credentials(used)))
    assert status(answer) == "401 Unauthorized"
    assert nonce_in(answer) != used
    assert (header(answer, "WWW-Authenticate") or "").endswith(", stale=true")


@pytest.mark.parametrize("reason", [Reason.WRONG_PIN, Reason.UNKNOWN_NUMBER, Reason.NOT_OWNER])
def test_a_wrong_pin_is_asked_for_again_with_the_same_nonce(reason: Reason) -> None:
    road = Road(refused(reason))
    used = road.nonces.issue(flow().address[0], NOW)
    answer = road.answer(with_lines(REGISTER, credentials(used)))
    assert status(answer) == "401 Unauthorized"
    assert (
        header(answer, "WWW-Authenticate") == f'Digest realm="lab.example", nonce="{used}", qop="auth", algorithm=MD5'
    )


def test_a_nonce_that_is_not_ours_is_not_repeated() -> None:
    road = Road(refused(Reason.WRONG_PIN))
    answer = road.answer(with_lines(REGISTER, credentials("theirs\\\\")))
    assert status(answer) == "401 Unauthorized"
    assert road.nonces.issued_at(nonce_in(answer), flow().address[0])
    assert "stale" not in answer


@pytest.mark.parametrize("reason", [Reason.WRONG_PIN, Reason.UNKNOWN_NUMBER, Reason.NOT_OWNER])
def test_a_wrong_pin_again_in_the_same_burst_is_refused(reason: Reason) -> None:
    road = Road(refused(reason, repeated=True))
    answer = road.answer(with_lines(REGISTER, credentials(road.nonces.issue(flow().address[0], NOW))))
    assert status(answer) == "403 Wrong Number Or PIN"
    assert header(answer, "WWW-Authenticate") is None


@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize("nonce", ["ours", "theirs"])
def test_an_unknown_number_looks_like_a_wrong_pin_to_the_octet(repeated: bool, nonce: str) -> None:
    roads = [
        Road(refused(reason, repeated=repeated))
        for reason in (Reason.WRONG_PIN, Reason.UNKNOWN_NUMBER, Reason.NOT_OWNER)
    ]
    (ours,) = {road.nonces.issue(flow().address[0], NOW) for road in roads}
    sent = octets(with_lines(REGISTER, credentials(ours if nonce == "ours" else "theirs")))
    assert len({road.exchange(sent) for road in roads}) == 1


def test_an_unknown_number_is_named_where_it_may_be() -> None:
    road = Road(refused(Reason.UNKNOWN_NUMBER), SETTINGS._replace(reveal_unknown=True, revealed=answers.SIP_REVEALED))
    assert status(road.answer(REGISTER)) == "404 Unknown Number"


def test_a_locked_number_is_told_how_long() -> None:
    answer = Road(refused(Reason.LOCKED_OUT, retry_after=287)).answer(REGISTER)
    assert status(answer) == "403 Locked Out"
    assert header(answer, "Retry-After") == "287"


# -- refusals by policy ---------------------------------------------------------------------------------------------

SECURE_NO_RAC = decision(Policy.ALL_SECURE, TerminalClass.SECURE, exception=False, rac=False)
SECURE_ON_5060 = decision(Policy.ALL_SECURE, TerminalClass.SECURE, exception=False)
SECURE_EXCEPTION = decision(Policy.ALL_SECURE, TerminalClass.SECURE, exception=True)
INSECURE = decision(Policy.ALL_SECURE)


def test_a_refusal_by_policy_names_its_row_and_links_to_its_page() -> None:
    assert Road(refused(Reason.TLS_REQUIRED, SECURE_ON_5060)).answer(REGISTER) == golden(
        f"""\
        SIP/2.0 403 TLS Required
        Via: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1
        From: <sip:12345@lab.example>;tag=phone
        To: <sip:12345@lab.example>;tag={TAG}
        Call-ID: call-1
        CSeq: 1 REGISTER
        Warning: 399 lab.example "Secure port required: register on TLS 5061 (T2.3)"
        Error-Info: <http://lab.example:8080/decisions/TLS_REQUIRED/T2.3>
        Content-Length: 0
        """
    )


@pytest.mark.parametrize(
    ("outcome", "line", "row"),
    [
        (refused(Reason.TERMINAL_NOT_ALLOWED, INSECURE), "403 Terminal Type Not Allowed", "T2.4"),
        (refused(Reason.EXCEPTION_NOT_ALLOWED, SECURE_EXCEPTION), "403 Security Exception Not Allowed", "T2.2"),
        (refused(Reason.RAC_MANDATORY, SECURE_NO_RAC), "403 PIN Not Configured", "T2.5"),
    ],
)
def test_each_refusal_by_policy_has_its_phrase_and_its_warning(outcome: Outcome, line: str, row: str) -> None:
    answer = Road(outcome).answer(REGISTER)
    assert outcome.reason is not None
    assert status(answer) == line
    assert header(answer, "Warning") == f'399 lab.example "{answers.warning(outcome.reason, row)}"'
    assert header(answer, "Error-Info") == f"<http://lab.example:8080/decisions/{outcome.reason.value}/{row}>"


def test_without_a_page_nothing_is_linked_to() -> None:
    road = Road(refused(Reason.TLS_REQUIRED, SECURE_ON_5060), SETTINGS._replace(decision_url=""))
    assert header(road.answer(REGISTER), "Error-Info") is None


# -- refusals by the registrar --------------------------------------------------------------------------------------


def test_an_interval_too_brief_is_told_the_shortest() -> None:
    answer = Road(refused(Reason.INTERVAL_TOO_BRIEF, min_expires=60)).answer(REGISTER)
    assert status(answer) == "423 Interval Too Brief"
    assert header(answer, "Min-Expires") == "60"


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (Reason.OUT_OF_ORDER, "500 CSeq Out Of Order"),
        (Reason.TOO_MANY_CONTACTS, "403 Too Many Contacts"),
    ],
)
def test_a_refusal_that_needs_no_more_than_its_phrase(reason: Reason, line: str) -> None:
    answer = Road(refused(reason)).answer(REGISTER)
    assert status(answer) == line
    assert header(answer, "Warning") is None


@pytest.mark.parametrize("reason", [Reason.STORE_FAILED, Reason.OVERLOADED])
def test_what_will_pass_is_to_be_tried_again(reason: Reason) -> None:
    answer = Road(refused(reason)).answer(REGISTER)
    assert status(answer).startswith("503 ")
    assert header(answer, "Retry-After") == "10"


@pytest.mark.parametrize("reason", list(Reason))
def test_no_refusal_is_one_that_phones_retry_sooner_or_that_registrars_must_not_send(reason: Reason) -> None:
    code = int(status(Road(refused(reason)).answer(REGISTER))[:3])
    assert code in (401, 403, 423, 500, 503)
    assert code != 503 or reason in (Reason.STORE_FAILED, Reason.OVERLOADED)


# -- the frame of every answer --------------------------------------------------------------------------------------


def test_copies_of_a_request_get_the_same_tag_and_other_calls_another() -> None:
    road = Road(refused(Reason.OUT_OF_ORDER))
    assert road.answer(REGISTER) == road.answer(REGISTER)
    other = header(road.answer(with_lines(REGISTER, "Call-ID: call-2")), "To")
    assert other is not None
    assert not other.endswith(TAG)


def test_a_tag_that_the_phone_sent_stays() -> None:
    to = "<sip:12345@lab.example>;tag=theirs"
    assert header(Road(accepted()).answer(with_lines(REGISTER, f"To: {to}")), "To") == to


def test_the_answer_says_where_the_request_came_from() -> None:
    via = "SIP/2.0/UDP phone.invalid;branch=z9hG4bK1;rport"
    answer = Road(accepted()).answer(with_lines(REGISTER, f"Via: {via}"), flow(host="10.1.2.3", port=1024))
    assert header(answer, "Via") == "SIP/2.0/UDP phone.invalid;branch=z9hG4bK1;received=10.1.2.3;rport=1024"


def test_dates_are_written_as_the_rfc_says_in_any_locale() -> None:
    assert date(1289690940) == "Sat, 13 Nov 2010 23:29:00 GMT"
    assert date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"


visible = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", codec="utf-8"), max_size=30)
quoted = st.from_regex(r'"(?:[^"\\\r\n\x00]|\\[^\r\n\x00])*"', fullmatch=True)


@given(agent=visible, value=quoted, instance=quoted)
def test_whatever_a_phone_says_comes_back_within_its_header(agent: str, value: str, instance: str) -> None:
    contact = f"Contact: <sip:a@127.0.0.1;x=%0d%0aVia:>;+sip.instance={instance};p={value}"
    sent = "\r\n".join(with_lines(REGISTER, contact, f"User-Agent: x{agent}x").split("\n")) + "\r\n\r\n"
    road = Road(lambda attempt: accepted(binding()._replace(contact=attempt.contacts[0])))
    response = parse_datagram(road.exchange(sent.encode("utf-8", "surrogateescape")))
    assert isinstance(response, Response)
    assert set(response.headers) == {
        *("via", "from", "to", "call-id", "cseq", "contact", "date", "supported", "content-length")
    }
    answered = contacts_in(REGISTER, response.headers["contact"][0])
    assert answered == (road.attempts[0].contacts[0]._replace(expires=3600),)


def contacts_in(message: str, value: str) -> tuple[Contact, ...]:
    with_contact = octets(with_lines(message, "Contact: x")).replace(
        b"Contact: x", b"Contact: " + value.encode("utf-8")
    )
    parsed = parse_datagram(with_contact)
    assert isinstance(parsed, Request)
    return contacts(parsed)
