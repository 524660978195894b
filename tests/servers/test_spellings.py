"""Number 123 is 123 and an escape of its ASCII digits, nothing that looks like it, whoever asks by whatever way."""

from urllib.parse import quote

import pytest

from registrar.commands.catalogue import COMMANDS
from registrar.commands.run import Execution, execute
from registrar.model.policy import Protocol
from tests.lab import NOW
from tests.servers.playbook import Phone, Playbook, text_of
from tests.servers.ras_book import Book
from tests.sip.road import digest, octets, status, with_lines
from tests.web.calls import Api

SPELLINGS = {
    "fullwidth": "１２３",
    "Arabic-Indic": "١٢٣",
    "Devanagari": "१२३",
    "mathematical": "𝟏𝟐𝟑",
    "superscript": "¹²³",
    "one of them fullwidth": "1２3",
    "a combining mark": "123\u0308",
    "a combining mark within": "1\u03382\u03383",
    "a zero-width joiner": "1\u200d23",
    "a soft hyphen": "12\u00ad3",
    "a byte order mark": "\ufeff123",
    "a bidi override": "\u202e321",
    "a space": "123 ",
    "NUL": "123\0",
    "a plus sign": "+123",
    "a zero": "0123",
}
NOT_OURS = ("400 ", "401 ", "403 ", "404 ")


async def node() -> Playbook:
    """123 needs no PIN, so that whoever is taken for it is let in; 124 has one."""
    return await Playbook().execute(
        "extension -i -d 123 --csp 1 --lim 1 --security-exception yes",
        "auth_code -i -d 124 --auth-code 4711",
        "extension -i -d 124 --csp 1 --lim 1",
    )


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("escaped", [False, True], ids=["as it is", "escaped"])
async def test_to_names_123_by_no_other_spelling(spelling: str, escaped: bool) -> None:
    book = await node()
    user = quote(spelling, safe="+") if escaped else spelling
    answer = await book.ask(Phone(book, "123").request("REGISTER", f"To: <sip:{user}@lab.example>"))
    assert status(answer).startswith(NOT_OURS)
    assert book.system.state.binding_count == 0


@pytest.mark.parametrize("user", ["%31%32%33", "1%323", "123;phone-context=lab.example", "%31%32%33;x=%3b"])
async def test_an_escape_of_a_digit_is_the_digit_and_parameters_are_not_the_number(user: str) -> None:
    book = await node()
    answer = await book.ask(Phone(book, "123").request("REGISTER", f"To: <sip:{user}@lab.example>"))
    assert status(answer) == "200 OK"
    assert [binding.number for binding in book.system.state.all_bindings()] == ["123"]


@pytest.mark.parametrize("scheme", ["\u017fip", "s\u0131p", "S\u0130P", "ｓｉｐ"])
async def test_no_letter_but_ascii_spells_the_scheme(scheme: str) -> None:
    book = await node()
    answer = await book.ask(Phone(book, "123").request("REGISTER", f"To: <{scheme}:123@lab.example>"))
    assert status(answer).startswith("400 ")
    assert book.system.state.binding_count == 0


@pytest.mark.parametrize("username", [*(text.replace("3", "4").replace("３", "４") for text in SPELLINGS.values()),
                                      "%31%32%34", "124%00", "124;x=1"])  # fmt: skip
async def test_credentials_speak_for_124_under_no_other_spelling(username: str) -> None:
    book = await node()
    phone = Phone(book, "124")
    phone.take_challenge(await phone.send(phone.request()))
    credentials = digest(username.replace("\0", "\\\0"), "4711", "REGISTER", "sip:lab.example", phone.nonce)
    answer = await book.ask(phone.request("REGISTER", credentials))
    assert status(answer).startswith(NOT_OURS)
    assert book.system.state.binding_count == 0


async def test_the_right_user_name_is_the_number_with_or_without_a_domain() -> None:
    for username in ("124", "124@lab.example"):
        book = await node()
        phone = Phone(book, "124")
        phone.take_challenge(await phone.send(phone.request()))
        credentials = digest(username, "4711", "REGISTER", "sip:lab.example", phone.nonce)
        assert status(await book.ask(phone.request("REGISTER", credentials))) == "200 OK"


@pytest.mark.parametrize("spelling", [each for each in SPELLINGS.values() if each != "123\0"],
                         ids=[name for name in SPELLINGS if name != "NUL"])  # fmt: skip
async def test_an_alias_is_123_by_no_other_spelling(spelling: str) -> None:
    book = await Book().execute("extension -i -d 123 --csp 1 --lim 1 --security-exception yes")
    endpoint = book.endpoint("123")
    answer = await book.ask(endpoint, endpoint.register(terminalAlias=[("h323-ID", spelling)]))
    assert answer.name == "registrationReject"
    assert book.system.state.binding_count == 0
    taken = await book.ask(endpoint, endpoint.register(terminalAlias=[("h323-ID", "123\0\0")]))
    assert taken.name == "registrationConfirm", "padding is none of the name (H.225.0 section 7.5)"
    assert [binding.number for binding in book.system.state.all_bindings()] == ["123"]


@pytest.mark.parametrize("spelling", [each for each in SPELLINGS.values() if each not in ("123 ", "0123")],
                         ids=[name for name in SPELLINGS if name not in ("a space", "a zero")])  # fmt: skip
async def test_commands_refuse_it_with_a_caret(spelling: str) -> None:
    book = await node()
    seen = 0
    place = next(place for place, character in enumerate(spelling) if character not in "0123456789")
    for command in COMMANDS.values():
        for form in command.forms:
            if not any("-d" in (switch.name, *switch.aliases) for switch in form.switches):
                continue
            line = f"{command.name} {form.name}".rstrip() + " -d "
            execution = execute(f"{line}{spelling}", book.system.node(NOW), NOW)
            assert isinstance(execution, Execution)
            printout = execution.printout
            assert execution.exit_status == 2, printout
            seen += 1
            caret = next(shown for shown in printout.split("\n") if shown.strip() == "^")
            at = place if spelling.isprintable() else 0  # what cannot be shown has no place: the word has
            assert caret.index("^") == len(line) + at, printout
    assert seen > 8
    assert book.system.state.extensions.keys() == {"123", "124"}


@pytest.mark.parametrize("spelling", [each for each in SPELLINGS.values() if each != "123 "],
                         ids=[name for name in SPELLINGS if name != "a space"])  # fmt: skip
async def test_the_api_finds_nothing_under_it(spelling: str) -> None:
    book = await node()
    await Phone(book, "123").register()
    async with Api(book) as api:
        assert (await api.json("/api/v1/registrations", number="123"))["registrations"] != []
        assert (await api.json("/api/v1/registrations", number=spelling))["registrations"] == []
        assert (await api.json("/api/v1/extensions", number=spelling))["extensions"] == []
        assert (await api.get("/api/v1/registrations", params={"limit": "１"})).status_code == 422
        for line in (f"extension -e -d {spelling}", f"ip_extension -p -d {spelling}"):
            told = await api.told("/api/v1/commands", command=line)
            assert "12345" not in told["printout"]
    assert book.system.state.extensions.keys() == {"123", "124"}
    assert len(book.system.state.bindings_of(Protocol.SIP, "123")) == 1


def test_what_is_sent_here_is_what_is_written() -> None:
    """A test's spelling reaches the wire as UTF-8."""
    assert "１２３".encode() in octets(with_lines("REGISTER sip:h SIP/2.0\nTo: x", "To: １２３"))
    assert text_of("１２３".encode()) == "１２３"
