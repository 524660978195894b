"""What a REGISTER asks for, and what is wrong with those that ask for nothing sensible."""

import pytest

from registrar.model.attempt import Action, Attempt
from registrar.model.binding import Contact
from registrar.model.flow import Flow, Listener, Transport
from registrar.model.policy import Protocol
from registrar.sip.digest import DigestProof
from registrar.sip.gruu import temporary_gruu
from registrar.sip.settings import served_domains
from tests.lab import TLS_5061, flow
from tests.sip.road import KEY, REGISTER, SETTINGS, Road, binding, header, status, with_lines
from tests.sip.test_responses import INSTANCE, credentials


def asked(*lines: str, over: Flow | None = None, road: Road | None = None) -> Attempt:
    """What the core was asked by a REGISTER with these lines."""
    road = road or Road()
    answer = road.answer(with_lines(REGISTER, *lines), over)
    assert status(answer) == "200 OK", answer
    (attempt,) = road.attempts
    return attempt


def refusal(*lines: str, start: str = "REGISTER sip:lab.example SIP/2.0") -> str:
    """The status line that such a REGISTER gets before the core sees it."""
    road = Road()
    answer = road.answer(with_lines(REGISTER, *lines).replace("REGISTER sip:lab.example SIP/2.0", start))
    assert not road.attempts
    return status(answer)


def test_a_register_becomes_an_attempt() -> None:
    over = flow(TLS_5061, connection=7)
    attempt = asked("User-Agent: Mitel 6930 SIP/5.1.0", "CSeq: 42 REGISTER", over=over)
    assert attempt == Attempt(
        number="12345",
        terminal="Mitel 6930 SIP/5.1.0",
        flow=over,
        proof=None,
        contacts=(Contact("sip:12345@127.0.0.1:40000", key="sip:12345@127.0.0.1:40000"),),
        action=Action.BIND,
        call_id="call-1",
        cseq=42,
        expires=3600,
    )


# -- whose number ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "number"),
    [
        ("sip:12345@lab.example", "12345"),
        ("sips:12345@lab.example", "12345"),
        ("<sip:12345@LAB.Example:5999;transport=tcp>;x=y", "12345"),
        ("<sip:12345@lab.example.>", "12345"),
        ('"Anna" <sip:%31%32345@127.0.0.1>', "12345"),
        ("<sip:12345;phone-context=lab@lab.example>", "12345"),
        ("<sip:12345:secret@[::1]:5060>", "12345"),
        ("<sip:12345@[0:0:0::1]>", "12345"),
        ("<sip:%2a12%3b5@lab.example>", "*12;5"),
        ("<sip:+46101%00@lab.example>", "+46101\0"),
    ],
)
def test_the_number_is_the_user_that_to_names(to: str, number: str) -> None:
    assert asked(f"To: {to}").number == number


def test_a_third_party_may_register_for_the_number() -> None:
    assert asked("From: <sip:boss@elsewhere.example>;tag=phone").number == "12345"


def test_the_listeners_own_address_is_served() -> None:
    v4 = flow(Listener(Protocol.SIP, Transport.UDP, "192.0.2.5", 5060))
    v6 = flow(Listener(Protocol.SIP, Transport.UDP, "2001:db8::5", 5060), host="2001:db8::9")
    assert asked("To: <sip:12345@192.0.2.5>", over=v4).number == "12345"
    assert asked("To: <sip:12345@[2001:DB8:0::5]:5070>", over=v6).number == "12345"


def test_served_domains_are_compared_without_case_and_in_one_spelling() -> None:
    assert served_domains(["Lab.Example", "::1", "[0::2]", "10.0.0.1"]) == {
        *("lab.example", "[::1]", "[::2]", "10.0.0.1")
    }


@pytest.mark.parametrize(
    ("to", "line"),
    [
        ("<sip:12345@elsewhere.example>", "404 Domain Not Served Here"),
        ("<sip:lab.example>", "404 No Number In To"),
        ("<sip:;phone-context=x@lab.example>", "404 No Number In To"),
        ("<tel:12345>", "416 Unsupported URI Scheme"),
        ("<sip:12345@lab.example", "400 Bad To"),
    ],
)
def test_to_must_name_a_number_of_ours(to: str, line: str) -> None:
    assert refusal(f"To: {to}") == line


@pytest.mark.parametrize("uri", ["sip:12345@lab.example", "sips:lab.example", "sip:127.0.0.1:2506", "sip:[::1]"])
def test_the_request_uri_is_a_domain_of_ours_with_or_without_a_user(uri: str) -> None:
    road = Road()
    assert status(road.answer(REGISTER.replace("sip:lab.example", uri, 1))) == "200 OK"


# -- contacts -------------------------------------------------------------------------------------------------------


def test_several_contacts_in_several_lines() -> None:
    message = with_lines(REGISTER, "Contact: <sip:a@10.0.0.1>;q=0.7;expires=60, sip:b@10.0.0.2;expires=0;x=1")
    message += "\nm: <sip:c@10.0.0.3>;audio"
    road = Road()
    assert status(road.answer(message)) == "200 OK"
    assert road.attempts[0].contacts == (
        Contact("sip:a@10.0.0.1", 60, 0.7, key="sip:a@10.0.0.1"),
        Contact("sip:b@10.0.0.2", 0, params=";x=1", key="sip:b@10.0.0.2"),
        Contact("sip:c@10.0.0.3", params=";audio", key="sip:c@10.0.0.3"),
    )


def test_without_contact_it_is_a_query() -> None:
    attempt = asked("Contact:", "Expires:")
    assert (attempt.contacts, attempt.action, attempt.expires) == ((), Action.BIND, None)


def test_a_star_with_expires_0_removes_everything() -> None:
    attempt = asked("Contact: *", "Expires: 0")
    assert (attempt.contacts, attempt.action, attempt.expires) == ((), Action.REMOVE_ALL, 0)


@pytest.mark.parametrize("lines", [("Contact: *",), ("Contact: *", "Expires:"), ("Contact: *", "Expires: 1")])
def test_a_star_needs_expires_0(lines: tuple[str, ...]) -> None:
    assert refusal(*lines) == "400 Contact * Needs Expires 0"


@pytest.mark.parametrize("contact", ["*, <sip:a@10.0.0.1>", "<sip:a@10.0.0.1>, *", "*;expires=0", "<*>"])
def test_a_star_stands_alone(contact: str) -> None:
    assert refusal(f"Contact: {contact}", "Expires: 0") == "400 Bad Contact"


def test_an_endless_expiry_does_not_wrap() -> None:
    assert asked(f"Expires: {2**32 + 1}").expires == 2**32 - 1


@pytest.mark.parametrize(
    ("line", "status_line"),
    [
        ("Expires: soon", "400 Bad Expires"),
        ("Expires: -1", "400 Bad Expires"),
        ("Contact: <sip:a@10.0.0.1>;q=2", "400 Bad Contact q"),
        ("Contact: <sip:a@10.0.0.1>;expires=never", "400 Bad Contact Expires"),
        ("Contact: sip:a@10.0.0.1?Route=x", "400 Bad Contact"),
        ("Max-Forwards: many", "400 Bad Max-Forwards"),
        ("Supported: path\nPath: nowhere", "400 Bad Path"),
    ],
)
def test_a_malformed_header_is_named(line: str, status_line: str) -> None:
    assert refusal(*line.split("\n")) == status_line


# -- credentials ----------------------------------------------------------------------------------------------------


def test_credentials_for_our_realm_are_the_proof() -> None:
    proof = asked(credentials("n")).proof
    assert isinstance(proof, DigestProof)
    assert proof.credentials.nonce == "n"


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: NoOneKnows x=y",
        credentials("n", realm="elsewhere"),
        credentials("n", algorithm="SHA-256", response="0" * 64),
    ],
)
def test_credentials_we_did_not_ask_for_are_none(line: str) -> None:
    assert asked(line).proof is None


def test_only_the_algorithms_offered_to_the_number_count() -> None:
    road = Road(settings=SETTINGS._replace(number_algorithms={"12345": ("SHA-256",)}))
    assert asked(credentials("n"), road=road).proof is None
    road = Road(settings=SETTINGS._replace(algorithms=("SHA-256", "MD5")))
    assert asked(credentials("n", algorithm="SHA-256", response="0" * 64), road=road).proof is not None


def test_malformed_credentials_are_named() -> None:
    assert refusal("Authorization: Digest username") == "400 Bad Authorization"


# -- extensions -----------------------------------------------------------------------------------------------------


def test_a_path_is_kept_in_order() -> None:
    attempt = asked("Supported: gruu, PATH", "Path: <sip:p2.example;lr>,<sip:p1.example;lr>;a=b")
    assert attempt.path == ("<sip:p2.example;lr>", "<sip:p1.example;lr>;a=b")


def test_a_path_that_the_terminal_does_not_support_is_refused() -> None:
    road = Road()
    answer = road.answer(with_lines(REGISTER, "Supported: gruu", "Path: <sip:p1.example;lr>"))
    assert (status(answer), header(answer, "Unsupported")) == ("420 Bad Extension", "path")
    assert not road.attempts


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [(("Supported: path, gruu",), True), (("Require: gruu",), True), (("Supported: path",), False), ((), False)],
)
def test_gruus_are_wanted_by_those_who_support_them(lines: tuple[str, ...], wanted: bool) -> None:
    assert asked(*lines).wants_gruu is wanted


def test_ones_own_gruu_is_no_contact() -> None:
    gruu = "sip:12345@lab.example;gr=urn:uuid:00000000-0000-1000-8000-000a95a0e128"
    own = f'Contact: <{gruu}>;+sip.instance="{INSTANCE}"'
    assert refusal(own) == "403 Contact Is Own GRUU"
    assert asked(own, "To: <sip:99@lab.example>").contacts[0].uri == gruu
    assert asked(own.replace("12345@", "12345@other.")).contacts[0].instance == INSTANCE


def test_a_temporary_gruu_of_the_number_is_no_contact_either() -> None:
    def contact(number: str) -> str:
        aor = f"sip:{number}@lab.example"
        return f"Contact: <{temporary_gruu(binding(number=number, instance=INSTANCE), aor, KEY)}>"

    assert refusal(contact("12345")) == "403 Contact Is Own GRUU"
    assert asked(contact("12346")).contacts[0].uri.startswith("sip:tgruu.")


def test_what_looks_like_a_gruu_in_another_scheme_is_none() -> None:
    assert asked("Contact: <other:12345@lab.example;gr=x>").contacts[0].uri == "other:12345@lab.example;gr=x"


# -- flows (RFC 5626 section 6) ----------------------------------------------------------------------------------

OVER_FLOW = f'<sip:a@10.0.0.1>;+sip.instance="{INSTANCE}";reg-id=1'


def reg_ids(*lines: str) -> list[int]:
    return [contact.reg_id for contact in asked(*lines).contacts]


def test_a_reg_id_counts_with_an_instance_only() -> None:
    assert reg_ids(f"Contact: {OVER_FLOW}") == [1]
    assert reg_ids("Contact: <sip:a@10.0.0.1>;reg-id=1") == [0]


def test_a_reg_id_counts_when_the_first_hop_keeps_the_flow() -> None:
    hops = "Via: SIP/2.0/UDP p1.example;branch=z9hG4bK2, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1"
    path = "Path: <sip:p2.example;lr;ob>, <sip:p1.example;lr>"
    kept = "Path: <sip:p2.example;lr>, <sip:flow@p1.example;lr;ob>"
    contact = f"Contact: {OVER_FLOW}"
    assert reg_ids(contact, hops) == [0]
    assert reg_ids(contact, hops, "Supported: path", path) == [0]
    assert reg_ids(contact, hops, "Supported: path", kept) == [1]


def test_two_lines_of_via_are_two_hops() -> None:
    message = with_lines(REGISTER, f"Contact: {OVER_FLOW}") + "\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1"
    road = Road()
    assert status(road.answer(message)) == "200 OK"
    assert road.attempts[0].contacts[0].reg_id == 0


def test_a_contact_over_a_flow_is_registered_alone() -> None:
    two = f"Contact: {OVER_FLOW}, <sip:b@10.0.0.2>"
    assert refusal(two) == "400 Contact With reg-id Must Be Alone"
    assert reg_ids(f"{two};expires=0") == [1, 0]
    assert reg_ids(f"{two};expires=60", "Expires: 0") == [1, 0]


@pytest.mark.parametrize("reg_id", ["0", "2147483648", "x", "-1"])
def test_a_reg_id_is_a_positive_number(reg_id: str) -> None:
    assert refusal(f'Contact: <sip:a@10.0.0.1>;+sip.instance="{INSTANCE}";reg-id={reg_id}') == "400 Bad Contact reg-id"
