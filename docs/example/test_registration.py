from typing import Any

import pytest


@pytest.fixture
def registrar(registrar_server: Any) -> Any:
    registrar_server.execute(
        "auth_code -i -d 1001 --auth-code 4711",
        "extension -i -d 1001 --csp 1 --lim 1 --security-exception no",
    )
    return registrar_server


def test_a_desk_phone_registers_over_tls(registrar: Any) -> None:
    phone = registrar.phone("1001", "mitel-6900", pin="4711")
    assert phone.register() == "registered"
    (registration,) = registrar.registrations("1001")
    assert (registration["row"], registration["signalling"]) == ("T1.3", "ENCRYPTED")
    assert registration["port"] == registrar.server.sips_port


def test_a_softphone_is_refused_under_all_secure(registrar: Any) -> None:
    registrar.execute("sec_policy -set 1")
    phone = registrar.phone("1001", "softphone", pin="4711")
    assert phone.register() == "refused"
    assert phone.words == "403 Terminal Type Not Allowed"
    refusal = registrar.wait_for("refused", "1001")
    assert (refusal["row"], refusal["reason"]) == ("T2.4", "TERMINAL_NOT_ALLOWED")


def test_a_phone_asks_for_its_pin(registrar: Any) -> None:
    phone = registrar.phone("1001", "softphone")
    assert phone.register() == "prompted"
    assert phone.enter_pin("4711") == "registered"
    assert phone.unregister() == "off"


def test_the_operator_sends_a_phone_away_and_it_comes_back(registrar: Any) -> None:
    phone = registrar.phone("1001", "mitel-6900", pin="4711")
    phone.register()
    before = registrar.events()[-1]["id"]
    registrar.execute("extension_unregistration -d 1001")
    registrar.wait_for("registered", "1001", since=before)
    phone.wait_until("registered")


def test_time_can_be_let_pass(registrar: Any) -> None:
    phone = registrar.phone("1001", "softphone", pin="4711", expires=600)
    phone.register()
    registrar.pass_time(3 * 3600)
    assert phone.outcome == "registered"
    assert len(registrar.registrations("1001")) == 1


def test_settings_are_the_projects_own(registrar: Any) -> None:
    phone = registrar.phone("1001", "softphone")
    for pin in ("1", "2"):
        phone.register(pin)
    registrar.wait_for("locked", "1001")
    assert phone.register("4711") == "refused"
