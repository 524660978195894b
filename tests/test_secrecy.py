"""PINs, and what is made of them, show nowhere: a busy session, and then every output and every file is searched."""

import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.interop.capture import Capture
from tests.interop.running import Running
from tests.interop.terminal import Terminal
from tests.interop.wire import Tls, Udp

PINS = ["90210573", "Zwiebel-4711-Kuchen", 'a="b"\'c']
"""Set, changed, guessed wrong, mistyped."""
PAGES = ["/", "/registrations", "/extensions", "/policy", "/commands", "/trace", "/certificates", "/media", "/why"]


class Session:
    """Everything that a registrar printed, answered and wrote during a busy time."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.outputs: dict[str, str] = {}
        self.digests: set[str] = set()
        self.registrar = Running(self.data, "--log-level", "debug", "--log-format", "json", "--empty")
        self.capture = Capture()
        try:
            self._operate()
            self._register()
            self._misuse()
            self._look()
        finally:
            self.registrar.stop()
        self.outputs["log"] = self.registrar.printed

    def _line(self, line: str) -> None:
        self.outputs[f"printout of {len(self.outputs)}"] = self.registrar.line(line).printout

    def _operate(self) -> None:
        first, second, third = PINS
        for line in (
            f"auth_code -i -d 12345 --auth-code {first}",
            "extension -i -d 12345 --csp 1 --lim 1 --security-exception no",
            f"auth_code -i -d 12345 --auth-code {second}",
            f'auth_code -c -d 12345 --auth-code "{second}"',
            f"auth_code -c -d 99999 --auth-code {first}",
            f"auth_code -i -d 12346 --auth-cod {first}",
            f"auth_code --auth-code {first}",
            f"auth_code {first}",
            f"auth_cde -i -d 12346 --auth-code {first}",
            f"extension -i -d 12346 --auth-code {first}",
            f'auth_code -i -d 12346 --auth-code "{first}',
            f"auth_code -i -d 12346 --auth-code {third}",
            f"auth_code -c -d 12345 --auth-code {first} -v",
            "auth_code -p -v",
            "extension -p -v",
            "sec_policy -print",
            "data_backup",
            "ip_extension -p --state refused -v",
        ):
            self._line(line)

    def _register(self) -> None:
        registrar = self.registrar
        with Udp(registrar.address("sip_udp"), self.capture) as wire:
            terminal = Terminal(wire, "12345", "baresip")
            self._remember(terminal.register(PINS[0]))
            self._remember(Terminal(wire, "12345", "baresip").register(PINS[1]))
            self._remember(Terminal(wire, "99999", "baresip").register(PINS[1]))
        with Tls(registrar.address("sip_tls"), self.capture, ca_file=registrar.ca_file) as wire:
            self._remember(Terminal(wire, "12345", "Mitel 6930 SIP/5.1.0").register(PINS[0]))
        self._line("extension_unregistration -d all")

    def _remember(self, answers: list[Any]) -> None:
        for answer in answers:
            for challenge in answer.all("WWW-Authenticate"):
                self.digests |= set(re.findall(r'nonce="([^"]+)"', challenge))

    def _misuse(self) -> None:
        for body in (
            f'{{"comand": "auth_code -i -d 1 --auth-code {PINS[0]}"}}',
            f'{{"command": ["{PINS[0]}"]}}',
            f'{{"command": "{PINS[0]}',
            f"{PINS[0]}",
        ):
            self._ask("/api/v1/commands", body)
        self._ask(f"/api/v1/registrations?pin={PINS[0]}")

    def _look(self) -> None:
        for path in ("registrations", "extensions", "policy", "events", "trace", "trace.pcapng", "commands"):
            self._ask(f"/api/v1/{path}")
        for path in ("/metrics", "/openapi.json", *PAGES):
            self._ask(path)
        self._line("ip_extension -p -v")
        self._line("ip_extension -p --state refused -v")

    def _ask(self, path: str, body: str | None = None) -> None:
        host, port = self.registrar.address("http")
        headers = {"Authorization": f"Bearer {self.registrar.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"http://{host}:{port}{path.replace(chr(34), '%22')}", body.encode() if body else None, headers
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                told = answer.read()
        except urllib.error.HTTPError as refusal:
            told = refusal.read()
        self.outputs[f"{path} {body and len(body)}"] = told.decode("latin-1")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(tmp_path_factory.mktemp("secrecy"))


def test_the_session_was_a_busy_one(session: Session) -> None:
    """What is searched holds what it should: a search of nothing would find nothing."""
    log = session.outputs["log"]
    assert '"event": "registered"' in log
    assert '"event": "refused"' in log
    assert "auth_code -c -d 12345 --auth-code ****" in log
    assert "WRONG_PIN" in session.outputs["/api/v1/events None"]
    assert "Authorization: Digest" in session.outputs["/api/v1/trace None"].replace("\\r\\n", "\n")
    assert "EXECUTED" in session.outputs.values()
    assert len(session.digests) >= 4
    assert any(file.name.startswith("registrar.db") for file in session.data.iterdir())
    assert sum("<html" in text for text in session.outputs.values()) >= len(PAGES)


@pytest.mark.parametrize("pin", PINS)
def test_no_pin_is_in_any_output(session: Session, pin: str) -> None:
    assert [name for name, text in session.outputs.items() if pin in text or pin.encode().hex() in text] == []


@pytest.mark.parametrize("pin", PINS)
def test_no_pin_is_in_any_file(session: Session, pin: str) -> None:
    files = [file for file in session.data.parent.rglob("*") if file.is_file()]
    assert len(files) >= 8
    assert [file.name for file in files if pin.encode() in file.read_bytes()] == []


def test_no_challenge_and_no_answer_to_one_is_in_the_log_the_events_or_the_trace(session: Session) -> None:
    searched = {name: text for name, text in session.outputs.items() if "pcapng" not in name}
    responses = set(re.findall(rb'response="([0-9a-f]{32})"', b"".join(session.capture.packets)))
    assert len(responses) == 3, "those of UDP; what went through TLS cannot be read here"
    for secret in responses:
        assert [name for name, text in session.outputs.items() if secret.decode() in text] == []
    for nonce in session.digests:
        assert [name for name, text in searched.items() if nonce in text and "trace" not in name] == []
