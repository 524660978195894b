"""Pages show how things stand, and nothing that came from the wire does anything in them."""

import re

import pytest

from registrar.h323.ras import decode, encode
from tests.lab import flow
from tests.servers.playbook import Phone, Playbook
from tests.trace.test_mask import captured
from tests.trace.test_words import H323
from tests.web.conftest import Browser

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"{{7*7}}"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"
PAGES = (
    "/",
    "/registrations",
    "/why?number=12345",
    "/policy?to=1",
    "/trace",
    "/extensions",
    "/certificates",
    "/media",
    "/routes",
)


def executable(page: str) -> list[str]:
    """What in a page a browser would run: scripts that are not our files, handlers, script addresses."""
    tags = re.findall(r"<[a-zA-Z][^>]*>", page)
    scripts = [tag for tag in tags if tag.lower().startswith("<script") and 'src="/static/' not in tag]
    handlers = [tag for tag in tags if re.search(r"\son[a-z]+\s*=", re.sub(r'"[^"]*"', '""', tag))]
    return scripts + handlers + [tag for tag in tags if "javascript:" in tag.lower()]


async def test_a_registration_is_shown_with_its_port_class_row_and_policy(browser: Browser, book: Playbook) -> None:
    await Phone(book, agent="Mitel 6930 SIP/5.1.0").register()
    page = await browser.see("/registrations")
    for shown in ("12345", "5060 UDP", "Mitel 6930 SIP/5.1.0", "secure · Mitel 6900", "T1.3", "downgraded"):
        assert shown in page
    await book.execute("extension -c -d 12346..12347 --security-exception no", "auth_code -i -d 12347 --auth-code 1")
    await book.execute("sec_policy -set 1")
    assert "accepted under policy 0 NONE; unregister to apply" in await browser.see("/registrations")


async def test_registrations_are_filtered_sorted_and_paged(browser: Browser, book: Playbook) -> None:
    await book.execute("extension -i -d 200..259 --csp 1 --lim 1 --security-exception yes")
    for number in range(200, 260):
        book.now += 1
        await Phone(book, str(number), call_id=f"c{number}", source=("127.0.0.1", 41000 + number)).register()
    page = await browser.see("/registrations")
    assert "60 registrations" in page
    assert "page 1 of 2" in page
    assert page.index("/why?number=259") < page.index("/why?number=258")
    assert "page 2 of 2" in await browser.see("/registrations?page=2")
    ascending = await browser.see("/registrations?sort=number&order=up")
    assert ascending.index("number=200&") < ascending.index("number=201&")
    assert "1 of 60 registration" in await browser.see("/registrations?q=215")
    assert "None of 60" in await browser.see("/registrations?flag=encrypted")


@pytest.mark.parametrize(
    "page",
    [
        *("page=0", "page=-1", "page=99999999999", "page=x", "sort=x", "port=x", "flag=x", "order=x"),
        *("page=²", "port=²", "page=１", "port=٥٠٦٠", f"page={'9' * 5000}", f"port={'9' * 5000}", "port=99999"),
    ],
)
async def test_an_address_that_makes_no_sense_shows_what_there_is(browser: Browser, book: Playbook, page: str) -> None:
    await Phone(book).register()
    assert "12345" in await browser.see(f"/registrations?{page}")


@pytest.mark.parametrize("number", ["²", "１", "٥٠٦٠", "9" * 5000], ids=["superscript", "fullwidth", "arabic", "long"])
@pytest.mark.parametrize(
    "path", ["/why?port={}", "/extensions?page={}", "/extensions?number={}", "/extensions?q={}", "/trace?record={}"]
)
async def test_digits_of_other_scripts_and_too_many_of_them_count_as_not_given(
    browser: Browser, path: str, number: str
) -> None:
    page = await browser.see(path.format(number))
    assert number == "9" * 5000 or f'value="{number}"' not in page


async def test_the_explainer_marks_the_row_and_its_near_misses(browser: Browser, book: Playbook) -> None:
    page = await browser.see("/why?policy=1&protocol=sip&terminal=Mitel+6930&exception=no&rac=yes&port=5060")
    assert "SIP 403 TLS Required" in page
    assert "Port rule P3" in page
    deciding = re.search(r'<tr class="decides".*?</tr>', page, re.DOTALL)
    assert deciding is not None
    assert "T2.3" in deciding[0]
    assert len(re.findall("near miss", page)) == 3


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("WRONG_PIN", "the PIN was wrong"),
        ("LOCKED_OUT", "locked after"),
        ("UNKNOWN_NUMBER", "the number is not initiated"),
    ],
)
async def test_what_the_policy_allowed_and_the_pin_did_not_is_explained(
    browser: Browser, reason: str, said: str
) -> None:
    page = await browser.see(f"/why?policy=0&terminal=x&exception=no&rac=yes&port=5060&number=1&reason={reason}")
    assert said in page
    assert reason in page


async def test_a_refusal_leads_to_its_explanation(browser: Browser, book: Playbook) -> None:
    await Phone(book, pin="0000", agent="Linphone/5").ask()
    page = await browser.see("/")
    link = re.search(r'href="(/why\?number=12345[^"]+)"', page)
    assert link is not None
    assert "the PIN was wrong" in await browser.see(link[1].replace("&amp;", "&"))
    assert "refused, WRONG_PIN" in await browser.see("/why?number=12345")


async def test_a_refusal_of_a_locked_number_offers_its_unlocking_for_as_long_as_it_is_locked(
    browser: Browser, book: Playbook
) -> None:
    button = "ip_extension -u -d 12345"
    for call in range(5):
        assert button not in await browser.see("/")
        await Phone(book, pin="0000", call_id=f"guess-{call}").ask()
        book.now += 11
    assert button in await browser.see("/")
    assert "EXECUTED" in (await browser.run(button)).text
    page = await browser.see("/")
    assert "WRONG_PIN" in page
    assert button not in page


async def test_a_policy_is_looked_at_refused_mended_and_set(browser: Browser, book: Playbook) -> None:
    await Phone(book, agent="Linphone/5").register()
    before = await browser.see("/policy?to=1")
    assert "DIRECTORY NUMBERS WITH SECURITY EXCEPTION EXIST" in before
    assert "TERMINAL_NOT_ALLOWED" in before
    assert 'value="extension -c -d 12346,12347 --security-exception no"' in before
    refused = await browser.run("sec_policy -set 1")
    assert "not executed" in refused.text
    await browser.run("extension -c -d 12346,12347 --security-exception no")
    await browser.run("auth_code -i -d 12347 --auth-code 4713")
    assert "The command would be executed." in await browser.see("/policy?to=1")
    done = await browser.run("sec_policy -set 1")
    assert done.headers["hx-trigger"] == '{"executed": "1 ALL_SECURE"}'
    after = await browser.see("/policy")
    assert "1 of 1 registrations were accepted under another policy" in after
    assert "extension_unregistration -d all" in after


async def test_a_pin_that_is_typed_is_not_shown_again(browser: Browser, book: Playbook) -> None:
    answer = await browser.run("auth_code -c -d 12345 --auth-code 987654")
    assert "987654" not in answer.text
    assert "****" in answer.text
    assert book.system.state.racs["12345"].pin == "987654"
    for page in PAGES:
        assert "987654" not in await browser.see(page)


async def test_a_line_that_is_not_the_language_changes_nothing_and_says_so(browser: Browser) -> None:
    answer = await browser.run("sec_policy -est 1")
    assert "not the language" in answer.text
    assert "hx-trigger" not in answer.headers


async def test_an_exchange_is_drawn_and_its_messages_are_readable(browser: Browser, book: Playbook) -> None:
    await Phone(book, agent="Linphone/5").register()
    listing = await browser.see("/trace")
    link = re.search(r'href="(/trace\?record=\d+)"', listing)
    assert link is not None
    page = await browser.see(link[1])
    for words in ("REGISTER with credentials", "PIN asked for (T1.6)", "401 Unauthorized", "200 OK"):
        assert f">{words}</text>" in page
    credentials = await browser.see("/trace?record=4")
    assert "<b>Authorization</b>: Digest" in credentials
    assert re.search(r"response=&#34;<mark>\*{32}</mark>", credentials)


async def test_the_trace_is_filtered(browser: Browser, book: Playbook) -> None:
    await Phone(book).register()
    await Phone(book, "12346", pin="0000", call_id="call-2").ask()
    assert "/trace?q=12346&amp;record=" in await browser.see("/trace?q=12346")
    refused = await browser.see("/trace?outcome=refused")
    assert "WRONG_PIN" in refused
    assert "accepted, NOT_ENCRYPTED" not in refused
    assert "No exchange is like that" in await browser.see("/trace?protocol=h323")
    assert "holds this exchange no more" in await browser.see("/trace?record=99999")


async def test_script_in_a_user_agent_a_name_a_number_and_a_header_is_only_text(
    browser: Browser, book: Playbook
) -> None:
    phone = Phone(book, agent=ATTACK, call_id="call-<b>x</b>")
    await phone.ask(f'From: "{ATTACK}" <sip:12345@lab.example>;tag=x', f"X-Header: {ATTACK}", f"Subject: {ATTACK}")
    await Phone(book, "%3Cscript%3E", pin="x", agent=ATTACK, call_id="call-2").ask()
    await book.execute(f'terminal_type -i --pattern x --class secure --family "{ATTACK[:40].replace(chr(34), "")}"')
    pages = [*PAGES, "/trace?record=1", "/trace?record=2", "/why?number=" + ATTACK, "/why?terminal=" + ATTACK]
    pages += [f"/registrations?q={ATTACK}", f"/trace?q={ATTACK}", f"/extensions?q={ATTACK}"]
    for path in pages:
        assert executable(await browser.see(path)) == [], path
    link = re.search(r'href="(/why\?number=[^"]+)"', await browser.see("/"))
    assert link is not None
    assert ESCAPED in await browser.see(link[1].replace("&amp;", "&"))
    answer = await browser.run(f"help {ATTACK}")
    assert executable(answer.text) == []
    assert ESCAPED in answer.text


async def test_script_in_an_alias_and_a_product_of_an_h323_endpoint_is_only_text(
    browser: Browser, book: Playbook
) -> None:
    request = dict(captured())["auth_md5 3"]
    name, value = decode(request)
    value["terminalAlias"] = [("h323-ID", ATTACK)]
    value["endpointVendor"]["productId"] = ATTACK.encode()
    book.system.trace.received(flow(H323), encode((name, value)), book.now)
    page = await browser.see("/trace?record=1")
    assert executable(page) == []
    assert "h323-ID &#34;&lt;script&gt;" in page


async def test_octets_that_are_no_text_are_shown_as_such(browser: Browser, book: Playbook) -> None:
    await Phone(book, agent="\udcff\udc80\u202e").ask()
    for path in ("/registrations", "/trace?record=1", "/", "/why?number=12345"):
        page = await browser.see(path)
        assert "\u202e" not in page
        link = re.search(r'href="(/why\?number=12345&[^"]+)"', page)
        if link is not None:
            await browser.see(link[1].replace("&amp;", "&"))


async def test_search_leads_to_registrations_else_to_the_trace(browser: Browser, book: Playbook) -> None:
    await Phone(book).register()
    assert (await browser.get("/search?q=12345")).headers["location"] == "/registrations?q=12345"
    assert (await browser.get("/search?q=WRONG_PIN")).headers["location"] == "/trace?q=WRONG_PIN"


async def test_a_number_is_explained_by_what_was_last_decided_of_it(browser: Browser, book: Playbook) -> None:
    await Phone(book, agent="Linphone/5").register()
    page = await browser.see("/why?number=12345")
    assert "Linphone/5" in page
    assert "SIP 200 OK" in page
    assert 'aria-current="true"' in page


async def test_an_exchange_is_copied_as_a_scenario_without_its_credentials(browser: Browser, book: Playbook) -> None:
    await Phone(book, agent="Linphone/5").register()
    page = await browser.see("/trace?record=1")
    copied = page.partition('data-copy="scenario: ')[2].partition('"')[0]
    assert "- register: phone" in copied
    assert "says: &#34;Linphone/5&#34;" in copied
    assert "response" not in copied
