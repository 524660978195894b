"""Somebody else's project: the package and pytest are all it has."""

import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

EXAMPLE = Path(__file__).parents[2] / "docs" / "example"


def pytest_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """pytest as it runs there, without the plugins that only this project asks for."""
    command = [sys.executable, "-m", "pytest", "-p", "no:asyncio", "-p", "no:cacheprovider", "-v", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False
    )


def test_the_example_project_passes(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "example")
    done = pytest_in(tmp_path / "example")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_registration.py::test_a_desk_phone_registers_over_tls PASSED" in done.stdout
    assert "all-secure.scenario.yaml::mitel-6900 PASSED" in done.stdout
    assert "all-secure.scenario.yaml::softphone PASSED" in done.stdout


def test_a_scenario_that_does_not_hold_is_told_with_its_ladder_and_no_python(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "example")
    scenario = tmp_path / "example" / "all-secure.scenario.yaml"
    scenario.write_text(scenario.read_text().replace("row: T2.4", "row: T2.5"))
    (scenario.parent / "wrong.scenario.yaml").write_text("scenario: x\nstebs: []\n")
    done = pytest_in(scenario.parent, "-k", "policy or wrong", "--continue-on-collection-errors")
    assert done.returncode == 1
    assert "all-secure.scenario.yaml:13: register desk\n    row: expected T2.5, got T2.4\n" in done.stdout
    assert "desk │<─ 403 Terminal Type Not Allowed ─" in done.stdout
    assert "wrong.scenario.yaml:2:1: there is no key stebs here; did you mean steps?" in done.stdout
    assert "Traceback" not in done.stdout


def test_what_the_fixtures_say_when_something_does_not_happen(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        dedent("""\
        import pytest
        from registrar.scenario.harness import CommandRefusedError

        def test_it(registrar_server):
            with pytest.raises(TimeoutError, match="no refused event within 0.1 s; there were: command"):
                registrar_server.execute("extension -i -d 1001 --csp 1 --lim 1 --security-exception yes")
                registrar_server.wait_for("refused", timeout=0.1)
            with pytest.raises(CommandRefusedError, match="NOT EXECUTED"):
                registrar_server.execute("extension -e -d 1002")
            with pytest.raises(ValueError, match="transport: Input should be 'udp', 'tcp' or 'tls'"):
                registrar_server.phone("1001", transport="sctp")
            phone = registrar_server.phone("1001")
            with pytest.raises(TimeoutError):
                phone.wait_until("registered", timeout=0.1)
            assert phone.register() == "registered"
            assert "1001 registered, SIP over UDP" in phone.transcript
            phone = registrar_server.phone("1001", "d4-sip", pin="1", configuration="SECURITY = disabled")
            phone.register()
            assert "TLS" not in phone.transcript
            phone.configure("SECURITY = enabled")
            phone.reboot()
            assert "TLS" in phone.transcript
        """)
    )
    done = pytest_in(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_run_that_uses_nothing_of_ours_imports_nothing_of_ours(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n\ndef test_it():\n"
        "    assert not {'pydantic', 'sqlalchemy', 'registrar.running'} & set(sys.modules)"
    )
    done = pytest_in(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
