"""The console walked through as people walk through it, with phones that are real programs."""

import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console
from tests.browser.phones import phone, sipp, sipsak
from tests.interop.clients import client, provision
from tests.interop.running import Running
from tests.pki import Authority

pytestmark = pytest.mark.interop("chromium")

expect.set_options(timeout=20_000)


def run(page: Page, name: str) -> None:
    """Press a button that runs a command, and see that it was carried out."""
    with page.expect_response(lambda response: response.url.endswith("/run")):
        page.get_by_role("button", name=name, exact=True).first.click()


@pytest.mark.interop("sipp")
def test_from_the_first_visit_to_seeing_a_sipp_client_appear(look: Callable[..., Console], registrar: Running) -> None:
    console = look()
    page = console.see("/registrations")
    expect(page).to_have_title("Log in · registrar")
    page.get_by_label("Token").fill(console.token)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("No phone is registered yet.")).to_be_visible()
    sipp(registrar)
    row = page.get_by_role("row").filter(has_text="12345")
    expect(row).to_contain_text("T1.6")
    expect(row).to_contain_text("UDP")
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".stat").first).to_contain_text("1")
    registrar.execute("extension_unregistration -d 12345")
    expect(page.locator(".stat").first).to_contain_text("0")


def test_the_address_that_logs_in_does_so_in_a_tab_that_asks_for_the_token_already(
    look: Callable[..., Console],
) -> None:
    console = look()
    console.see("/login").get_by_label("Token").wait_for()
    console.login()
    assert console.token not in console.page.url


@pytest.mark.interop("baresip")
def test_a_baresip_softphone_appears_is_looked_into_and_leaves(
    console: Console, registrar: Running, tmp_path: Path
) -> None:
    page = console.see("/registrations")
    expect(page.get_by_text("No phone is registered yet.")).to_be_visible()
    with client(provision(registrar, "baresip", "12346", "tls", tmp_path), tmp_path):
        row = page.get_by_role("row").filter(has_text="12346")
        expect(row).to_contain_text("baresip")
        expect(row).to_contain_text("TLSv1.3")
        expect(row).to_contain_text("T1.4")
        row.get_by_role("link", name="Trace").click()
        page.locator(".exchanges a").filter(has_text="accepted, ENCRYPTED").first.click()
        ladder = page.get_by_label("What was sent, from top to bottom")
        expect(ladder).to_contain_text("TLS handshake TLSv1.3")
        page = console.see("/")
        expect(page.locator(".stat.secure")).to_contain_text("1")
        expect(page.locator(".port").filter(has_text="SIP over TLS")).to_contain_text("1 registered")
    expect(page.locator(".stat.secure")).to_contain_text("0")
    expect(page.locator(".port").filter(has_text="SIP over TLS")).to_contain_text("0 registered")


@pytest.mark.interop("sipsak")
def test_a_refusal_appears_and_says_why(console: Console, registrar: Running) -> None:
    page = console.see("/")
    expect(page.get_by_text("Nothing was refused yet.")).to_be_visible()
    sipsak(registrar, "12345", "0000")
    refusal = page.locator("li").filter(has_text="WRONG_PIN")
    expect(refusal).to_contain_text("12345")
    refusal.get_by_role("link", name="T1.6").click()
    expect(page.get_by_role("heading", name="SIP 401 Unauthorized")).to_be_visible()
    expect(page.locator(".way")).to_contain_text("the PIN was wrong")
    expect(page.locator("tr.decides")).to_contain_text("T1.6")


def test_a_policy_is_previewed_refused_mended_and_changed_and_the_phones_come_back_under_it(
    console: Console, registrar: Running
) -> None:
    with phone(registrar, "12345", "mitel-6900", "4711"):
        registrar.event("registered", "12345")
        page = console.see("/policy")
        page.get_by_label("Look at policy 1 before setting it").click()
        expect(page.get_by_text("The command would be refused now.")).to_be_visible()
        expect(page.get_by_label("The refusal")).to_contain_text("DIRECTORY NUMBERS WITH SECURITY EXCEPTION EXIST")
        run(page, "Set this policy")
        expect(page.locator(".ran").last).to_contain_text("not executed")
        page.get_by_label("Close the printouts").click()
        page.get_by_label("PIN for these numbers").fill("4713")
        run(page, "Give a PIN")
        page.get_by_label("Close the printouts").click()
        run(page, "Run")
        page.get_by_label("Close the printouts").click()
        expect(page.get_by_text("The command would be executed.")).to_be_visible()
        run(page, "Set this policy")
        page.get_by_label("Close the printouts").click()
        expect(page.get_by_text("1 of 1 registrations were accepted under another policy.")).to_be_visible()
        before = registrar.last_event
        run(page, "Unregister all")
        registrar.event("registered", "12345", since=before)
        expect(page.get_by_text("Every registration was accepted under the policy in force.")).to_be_visible()
        page = console.see("/registrations")
        expect(page.get_by_role("row").filter(has_text="12345")).to_contain_text("T2.3")


@pytest.mark.interop("tshark")
def test_a_trace_is_opened_and_exported_and_wireshark_reads_the_register_inside_tls(
    console: Console, registrar: Running, tmp_path: Path
) -> None:
    with phone(registrar, "12345", "mitel-6900", "4711"):
        registrar.event("registered", "12345")
        page = console.see("/trace")
        page.locator(".exchanges a").filter(has_text="12345").filter(has_text="accepted").click()
        ladder = page.get_by_label("What was sent, from top to bottom")
        expect(ladder).to_contain_text("TLS handshake TLSv1.3")
        expect(ladder).to_contain_text("accepted, ENCRYPTED (T1.3)")
        ladder.get_by_role("link", name="REGISTER with credentials").click()
        message = page.get_by_role("region", name="The message")
        expect(message).to_contain_text("REGISTER sip:")
        expect(message.locator("mark")).to_have_text("*" * 32)
        with page.expect_download() as download:
            page.get_by_role("link", name="This exchange").click()
        file = tmp_path / "exchange.pcapng"
        download.value.save_as(file)
    wanted = 'sip.Method == "REGISTER" && frame.interface_name == "inside TLS"'
    found = subprocess.run(["tshark", "-r", str(file), "-Y", wanted], check=True, capture_output=True, text=True)
    assert len(found.stdout.splitlines()) == 2


@pytest.mark.interop("sipsak")
def test_everything_by_keyboard_alone(look: Callable[..., Console], registrar: Running) -> None:
    sipsak(registrar, "12345", "4711")
    console = look()
    page = console.see("/")
    expect(page.get_by_label("Token")).to_be_focused()
    page.keyboard.type(console.token)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.origin}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the page")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    page.wait_for_url("**/registrations?q=12345")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="12345", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/why?number=12345&**")
    page.keyboard.press(":")
    expect(page.get_by_label("Operator's command")).to_be_focused()
    page.keyboard.type("extension_unreg")
    expect(page.get_by_role("option", name="extension_unregistration")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("-d 12345")
    page.keyboard.press("Enter")
    expect(page.locator(".ran").last).to_contain_text("EXECUTED")
    page.keyboard.press("Escape")
    page.goto(f"{console.origin}/trace")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/trace?record=*")
    page.keyboard.press("p")
    expect(page.locator("#live")).to_have_attribute("data-state", "paused")


@pytest.mark.interop("sipsak")
def test_a_paused_page_holds_still_and_catches_up(console: Console, registrar: Running) -> None:
    page = console.see("/registrations")
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    page.get_by_role("button", name="Pause").click()
    sipsak(registrar, "12345", "4711")
    expect(page.locator("#live")).to_contain_text("behind")
    expect(page.get_by_role("row").filter(has_text="12345")).to_have_count(0)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("row").filter(has_text="12345")).to_have_count(1)


@pytest.mark.interop("sipsak")
def test_a_lost_connection_is_told_and_what_happened_meanwhile_is_there_after_it(
    console: Console, registrar: Running
) -> None:
    page = console.see("/registrations")
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    sipsak(registrar, "12346", "4712")
    expect(page.get_by_role("row").filter(has_text="12346")).to_have_count(1)
    console.context.set_offline(True)
    page.evaluate("for (const source of window.liveSources) source.source.dispatchEvent(new Event('error'))")
    expect(page.locator("#live")).to_have_attribute("data-state", "lost")
    sipsak(registrar, "12345", "4711")
    console.context.set_offline(False)
    expect(page.get_by_role("row").filter(has_text="12345")).to_have_count(1)
    expect(page.locator("#live")).to_contain_text("events meanwhile")
    console.wrong = [words for words in console.wrong if "ERR_INTERNET_DISCONNECTED" not in words]


@pytest.mark.interop("sipsak")
def test_registrations_are_filtered_sorted_and_one_is_unregistered(console: Console, registrar: Running) -> None:
    sipsak(registrar, "12345", "4711")
    sipsak(registrar, "12346", "4712")
    page = console.see("/registrations")
    numbers = page.locator("td a.number")
    page.get_by_role("link", name="Number").click()
    expect(numbers).to_have_text(["12345", "12346"])
    page.get_by_role("link", name="Number").click()
    expect(numbers).to_have_text(["12346", "12345"])
    before = registrar.last_event
    run(page, "Unregister 12346")
    assert registrar.event("unregistered", "12346", before)["cause"] == "operator"
    expect(page.locator(".ran").last).to_contain_text("extension_unregistration -d 12346")
    expect(numbers).to_have_text(["12345"])
    page.get_by_label("Close the printouts").click()
    page.get_by_label("Filter by text").fill("nobody")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("None of 1 registrations is like that.")).to_be_visible()


def test_what_if_a_softphone_came_under_another_policy(console: Console) -> None:
    page = console.see("/why")
    page.get_by_label("Policy").select_option("1")
    page.get_by_label("What the terminal says it is").fill("Linphone/5.0")
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("heading", name="SIP 403 Terminal Type Not Allowed")).to_be_visible()
    expect(page.locator("tr.decides")).to_contain_text("T2.4")
    expect(page.locator("tr").filter(has_text="near miss")).not_to_have_count(0)


def test_forms_write_the_commands_they_run(console: Console, registrar: Running) -> None:
    page = console.see("/extensions")
    form = page.get_by_label("Initiate extensions")
    form.get_by_label("Numbers").fill("700..702")
    form.get_by_label("Service profile (CSP)").fill("1")
    form.get_by_label("Server (LIM)").fill("1")
    form.get_by_label("Security exception").select_option("yes")
    expect(form.locator("[data-line]")).to_have_text(
        "extension -i -d 700..702 --csp 1 --lim 1 --security-exception yes"
    )
    run(page, "Initiate")
    row = page.get_by_role("row").filter(has_text="701")
    expect(row).to_contain_text("YES")
    page.get_by_label("Close the printouts").click()
    pin = page.get_by_label("Give a PIN (RAC)")
    pin.get_by_label("Numbers").fill("701")
    pin.get_by_label("PIN", exact=True).fill("86420")
    expect(pin.locator("[data-line]")).not_to_contain_text("86420")
    run(page, "Give the PIN")
    expect(page.locator(".ran").last).to_contain_text("EXECUTED")
    expect(row).not_to_contain_text("none")
    assert "86420" not in page.content()
    page = console.see("/media")
    run(page, "Enable")
    expect(page.get_by_role("button", name="Disable")).to_have_count(1)
    page = console.see("/routes")
    route = page.get_by_label("Initiate an H.323 route")
    route.get_by_label("Route", exact=True).fill("7")
    route.get_by_label("Far end").fill("127.0.0.1:1300")
    route.get_by_label("TLS").select_option("yes")
    run(page, "Initiate")
    expect(page.get_by_label("Routes", exact=True).get_by_role("row").filter(has_text="127.0.0.1:1300")).to_be_visible()
    page = console.see("/certificates")
    fingerprint = page.locator("dt", has_text="SHA-256").first.locator("xpath=following-sibling::dd[1]")
    before = fingerprint.inner_text()
    run(page, "Renew from the lab CA")
    expect(fingerprint).not_to_have_text(before)
    assert {each["number"] for each in registrar.get("extensions")["extensions"]} >= {"700", "701", "702"}


def test_a_certificate_is_requested_signed_elsewhere_refused_installed_and_another_authority_trusted(
    console: Console, registrar: Running, tmp_path: Path
) -> None:
    outside, other = Authority(tmp_path, "Outside"), Authority(tmp_path, "Other")
    page = console.see("/certificates")
    asking = page.locator("form[data-compose='certificate -request']")
    asking.get_by_label("Common name").fill("lab.example")
    asking.get_by_label("Further names").fill("localhost,127.0.0.1")
    expect(asking.locator("[data-line]")).to_have_text(
        "certificate -request --cn lab.example --san localhost,127.0.0.1"
    )
    run(page, "Make key and request")
    expect(page.locator("#printouts")).to_contain_text("BEGIN CERTIFICATE REQUEST")
    expect(page.get_by_text("A request for lab.example waits for its certificate.")).to_be_visible()
    request = tmp_path / "request.csr"
    printed = page.locator("#printouts pre").last.inner_text()
    request.write_text(printed[printed.index("-----BEGIN") :])
    outside.sign(request, "signed")

    installing = page.locator("form[data-compose='certificate -install']")
    installing.get_by_label("Certificate file").fill(str(tmp_path / "signed.pem"))
    with page.expect_response(lambda response: response.url.endswith("/run")):
        installing.get_by_role("button", name="Install").click()
    expect(page.locator("#printouts")).to_contain_text("CERTIFICATE CHAIN DOES NOT VERIFY")
    installing.get_by_label("CA file").fill(str(outside.file))
    with page.expect_response(lambda response: response.url.endswith("/run")):
        installing.get_by_role("button", name="Install").click()
    server = page.get_by_label("Server certificate")
    expect(server).to_contain_text("lab.example")
    expect(server).to_contain_text("Outside")
    expect(page.get_by_text("waits for its certificate")).to_have_count(0)
    host, port = registrar.address("sip_tls")
    with (
        socket.create_connection((host, port), 20) as wire,
        ssl.create_default_context(cafile=str(outside.file)).wrap_socket(wire, server_hostname="lab.example") as tls,
    ):
        assert tls.version() == "TLSv1.3"

    trusting = page.locator("form[data-compose='certificate -trust']")
    trusting.get_by_label("CA file").fill(str(other.file))
    with page.expect_response(lambda response: response.url.endswith("/run")):
        trusting.get_by_role("button", name="Trust").click()
    expect(page.get_by_label("Also trusted").filter(has_text="Other")).to_be_visible()


@pytest.mark.interop("sipsak")
def test_what_is_to_be_copied_is_copied(console: Console, registrar: Running) -> None:
    console.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.origin)
    page = console.see("/")
    page.get_by_label("Copy SIP over TLS").click()
    host, port = registrar.address("sip_tls")
    assert page.evaluate("navigator.clipboard.readText()") == f"{host}:{port}"
    expect(page.locator(".qr svg")).to_have_count(2)
    sipsak(registrar, "12346", "0000")
    page = console.see("/trace")
    page.get_by_label("Outcome").select_option("refused")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.locator(".exchanges a").first.click()
    page.get_by_role("button", name="Copy as scenario").click()
    scenario = page.evaluate("navigator.clipboard.readText()")
    assert scenario.startswith('scenario: "12346 registers')
    assert "reason: WRONG_PIN" in scenario


def test_a_second_tab_and_the_shell_show_the_same_state(console: Console) -> None:
    page = console.see("/extensions")
    other = console.watch(console.context.new_page())
    other.goto(f"{console.origin}/commands")
    other.get_by_label("Operator's command").fill("extension -i -d 555 --csp 1 --lim 1 --security-exception yes")
    other.keyboard.press("Enter")
    expect(other.locator(".ran").last).to_contain_text("EXECUTED")
    expect(page.get_by_role("row").filter(has_text="555")).to_be_visible()


def test_a_simulated_phone_is_started_asked_for_its_pin_and_switched_off(console: Console, registrar: Running) -> None:
    page = console.see("/terminals")
    page.get_by_label("Numbers").fill("12345")
    page.locator("select[name=profile]").select_option("mitel-6900")
    expect(page.locator("[data-line]")).to_have_text("registrar phone 12345 --profile mitel-6900")
    page.get_by_role("button", name="Start", exact=True).click()
    card = page.get_by_label("Phone 12345")
    expect(card).to_contain_text("asks for the PIN")
    card.get_by_label("PIN for 12345").fill("4711")
    card.get_by_role("button", name="Enter").click()
    expect(card.get_by_role("status")).to_have_text("12345 registered, SIP over TLS")
    (registration,) = registrar.registrations(number="12345")
    assert registration["secure"]
    card.get_by_role("button", name="Switch off").click()
    expect(card).to_contain_text("off")
    assert registrar.registrations() == []
    assert "4711" not in page.content()


def test_a_phone_that_cannot_be_is_refused_in_words(console: Console) -> None:
    page = console.see("/terminals")
    page.get_by_label("Numbers").fill("12x")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Numbers: a directory number has digits only")
    console.wrong = [words for words in console.wrong if "422" not in words and "Response Status" not in words]


def test_a_scenario_is_run_and_its_steps_and_ladders_are_there(console: Console) -> None:
    page = console.see("/scenarios")
    page.get_by_role("button", name="Run Table 1, no PIN configured, SIP").click()
    expect(page.get_by_role("heading", name="Held")).to_be_visible(timeout=60_000)
    case = page.locator("details.case").first
    case.locator("summary").first.click()
    case.get_by_text("ladder").last.click()
    expect(case.locator("svg.ladder").last).to_contain_text("REGISTER")


def test_phones_end_with_the_registrar(console: Console, registrar: Running) -> None:
    page = console.see("/terminals")
    page.get_by_label("Numbers").fill("12347")
    page.locator("select[name=profile]").select_option("softphone")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_label("Phone 12347").get_by_role("status")).to_have_text("12347 registered, SIP over UDP")
    page.close()
    registrar.stop()
    running = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout
    assert f"phone 12347 --profile softphone --data {registrar.data}" not in running
