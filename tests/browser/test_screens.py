"""Every page on every screen: nothing runs off a phone's, nothing is unreadable, nothing cannot be reached."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from registrar.model.reason import Reason
from tests.browser.conftest import Console
from tests.browser.phones import asks, sipsak
from tests.interop.running import Running

pytestmark = [pytest.mark.interop("chromium"), pytest.mark.interop("sipsak")]

PAGES = (
    "/",
    "/registrations",
    "/why",
    "/why?number=12345&policy=1&protocol=sip&terminal=Mitel+6930&exception=no&rac=yes&port=5060",
    "/why?number=12345&policy=1&protocol=sip&terminal=sipsak&exception=no&rac=yes&port=5060&transport=UDP",
    "/policy",
    "/policy?to=1",
    "/trace",
    "/trace?record=4",
    "/trace?record=5",
    "/extensions",
    "/media",
    "/certificates",
    "/routes",
    "/terminals",
    "/scenarios",
    "/commands",
)
ATTACK = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>"


@pytest.fixture
def busy(registrar: Running) -> Running:
    """A program that has something to show on every page."""
    sipsak(registrar, "12345", "4711")
    sipsak(registrar, "12346", "0000")
    return registrar


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_page_has_a_serious_accessibility_fault(look: Callable[..., Console], busy: Running, dark: bool) -> None:
    console = look(dark=dark)
    console.login()
    axe = Axe()
    for path in ("/login", *PAGES):
        page = console.see(path)
        found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        told = [(each["id"], node["html"][:200], node["failureSummary"]) for each in found for node in each["nodes"]]
        serious = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
        assert not serious, f"{path}: {told}"


def test_a_phone_sized_screen_shows_every_page_without_scrolling_sideways(
    look: Callable[..., Console], busy: Running
) -> None:
    console = look(width=360, height=740)
    console.login()
    for path in PAGES:
        page = console.see(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.get_by_role("button", name="Pages", exact=True).click()
        page.get_by_role("link", name="Registrations").wait_for()
        page.keyboard.press("Escape")


def test_the_pages_of_the_reasons_fit_a_phone_sized_screen_too(look: Callable[..., Console]) -> None:
    console = look(width=360, height=740)
    for path in [f"/reasons/{reason.value}" for reason in Reason]:
        page = console.see(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_a_table_of_registrations_of_before_a_change_of_policy_is_as_wide_as_a_laptops_screen(
    look: Callable[..., Console], busy: Running
) -> None:
    console = look(width=1280, height=800)
    console.login()
    busy.execute("extension -c -d 12346,12347 --security-exception no", "sec_policy -set 1")
    page = console.see("/registrations")
    expect(page.locator("td").get_by_text("old policy")).to_be_visible()
    hidden = page.locator(".scroll").evaluate_all("all => all.map(each => each.scrollWidth - each.clientWidth)")
    assert max(hidden) == 0


def test_script_in_what_a_phone_says_does_nothing_in_any_page(look: Callable[..., Console], busy: Running) -> None:
    console = look()
    console.login()
    assert asks(busy, "12347", ATTACK, ATTACK.replace('"', ""), f"Subject: {ATTACK}").startswith(b"SIP/2.0 200 OK")
    for path in (*PAGES, "/trace?record=1", f"/why?number={ATTACK}", f"/registrations?q={ATTACK}"):
        page = console.see(path)
        page.wait_for_load_state()
        assert "owned" not in page.title(), path
    page = console.see("/registrations")
    expect(page.get_by_text("<script>document.title").first).to_be_visible()


def test_an_attackers_page_in_the_same_browser_changes_nothing_and_reads_nothing(
    look: Callable[..., Console], registrar: Running
) -> None:
    console = look()
    console.login()
    attacks = f"""<!doctype html><title>attack</title>
      <form id="f" method="post" action="{console.origin}/run" target="t">
        <input name="command" value="extension -e -d 12345"></form>
      <iframe name="t"></iframe><iframe src="{console.origin}/registrations"></iframe>
      <script>
        const told = [];
        document.querySelector("#f").submit();
        const tries = [
          fetch("{console.origin}/run", {{method: "POST", credentials: "include", mode: "no-cors",
            headers: {{"Content-Type": "application/x-www-form-urlencoded"}}, body: "command=extension+-e+-d+12345"}}),
          fetch("{console.origin}/api/v1/commands", {{method: "POST", credentials: "include", mode: "no-cors",
            body: '{{"command": "extension -e -d 12345"}}'}}),
          fetch("{console.origin}/api/v1/extensions", {{credentials: "include"}})
            .then((answer) => answer.text()).then((text) => told.push(text)),
        ];
        Promise.allSettled(tries).then(() => {{ document.title = told.length ? "read" : "nothing"; }});
      </script>"""
    page = console.context.new_page()
    for site in ("http://attacker.example/", "http://127.0.0.1:1/"):
        page.route(site, lambda route: route.fulfill(body=attacks, content_type="text/html"))
        page.goto(site)
        expect(page).to_have_title("nothing")
        page.wait_for_load_state("networkidle")
    assert {each["number"] for each in registrar.get("extensions")["extensions"]} >= {"12345"}
