"""Our phones with somebody else's registrar: Kamailio, over UDP, TCP and TLS."""

import contextlib
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from registrar.model.flow import Transport
from registrar.phones import make
from registrar.phones.configuration import Configuration, Server
from registrar.phones.phone import State
from registrar.phones.profiles import profile
from registrar.phones.terminal import Terminal, Trust
from registrar.phones.transcript import Transcript
from registrar.tls.installed import install
from tests.interop.capture import Capture, Dissection

CONFIG = """\
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
enable_tls=yes
disable_core_dump=yes
auto_aliases=no
alias="127.0.0.1"
listen=udp:127.0.0.1:{sip}
listen=tcp:127.0.0.1:{sip}
listen=tls:127.0.0.1:{sips}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "tls.so"
modparam("tls", "private_key", "{key}")
modparam("tls", "certificate", "{certificate}")
modparam("tls", "tls_method", "TLSv1.2+")
modparam("auth", "nonce_expire", 2)
modparam("auth", "qop", "auth")
modparam("registrar", "min_expires", 60)
request_route {{
  if (method != "REGISTER") {{ sl_send_reply("405", "Only REGISTER"); exit; }}
  if (!pv_www_authenticate("lab.example", "4711", "0")) {{ www_challenge("lab.example", "1"); exit; }}
  if (!save("location")) {{ sl_reply_error(); }}
}}
"""
START_SECONDS = 30.0


class Kamailio:
    """One Kamailio on free ports."""

    def __init__(self, folder: Path) -> None:
        installed = install(folder / "certs", ["127.0.0.1", "localhost"], time.time())
        self.ca = installed.ca
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(socket.socket()) for _ in range(2)]
            for each in held:
                each.bind(("127.0.0.1", 0))
            sip, sips = (each.getsockname()[1] for each in held)
        self.server = Server("127.0.0.1", sip, sips)
        config = folder / "kamailio.cfg"
        config.write_text(
            CONFIG.format(
                sip=sip, sips=sips, key=installed.key.absolute(), certificate=installed.certificate.absolute()
            )
        )
        self.log = folder / "kamailio.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                ["kamailio", "-f", config, "-DD", "-E", "-Y", folder, "-P", folder / "pid", "-m", "16", "-M", "4"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        give_up = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", sips), 1):
                return
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < give_up, self.log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)


@pytest.fixture(scope="module")
def kamailio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kamailio]:
    started = Kamailio(tmp_path_factory.mktemp("kamailio"))
    yield started
    started.stop()


@contextlib.asynccontextmanager
async def desk(
    kamailio: Kamailio, kind: str, number: str, transport: Transport = Transport.UDP, *, security: bool = False
) -> AsyncIterator[Terminal]:
    used = profile(kind)
    configuration = Configuration(kamailio.server, security, transport, kamailio.ca)
    terminal = Terminal(
        make.phone(used, number, configuration),
        Transcript(number, used.protocol),
        clock=time.time,
        trust=Trust(used.tls),
    )
    try:
        yield terminal
    finally:
        await terminal.close()


@pytest.mark.interop("kamailio")
@pytest.mark.parametrize("transport", Transport)
async def test_a_softphone_registers_refreshes_and_leaves(kamailio: Kamailio, transport: Transport) -> None:
    async with desk(kamailio, "softphone", f"1{transport.value}", transport) as terminal:
        terminal.log_on("4711")
        assert await terminal.settled() is State.REGISTERED, terminal.phone.shown
        terminal.enter_pin("4711")
        assert await terminal.settled() is State.REGISTERED, "with the nonce that it has"
        assert terminal.phone.registrations == 2
        terminal.log_off()
        assert await terminal.settled() is State.OFF


@pytest.mark.interop("kamailio")
@pytest.mark.parametrize("kind", ["d4-sip", "mitel-6900", "mitel-6800", "mitel-6700"])
async def test_a_secure_phone_prompts_and_comes_back_over_tls(kamailio: Kamailio, kind: str) -> None:
    async with desk(kamailio, kind, "1001", security=True) as terminal:
        terminal.log_on()
        assert await terminal.settled() is State.PROMPTING
        ways = {entry.over.split()[0] for entry in terminal.transcript.entries if entry.over}
        assert ways == {"UDP"}
        terminal.enter_pin("4711")
        assert await terminal.settled() is State.REGISTERED, terminal.phone.shown
        assert terminal.phone.transport is Transport.TLS


@pytest.mark.interop("kamailio")
async def test_a_wrong_pin_prompts_again(kamailio: Kamailio) -> None:
    async with desk(kamailio, "softphone", "1002") as terminal:
        terminal.log_on("0000")
        assert await terminal.settled() is State.PROMPTING
        assert terminal.phone.shown == "Wrong PIN. Enter PIN:"
        terminal.enter_pin("4711")
        assert await terminal.settled() is State.REGISTERED


@pytest.mark.interop("kamailio")
async def test_a_nonce_that_kamailio_finds_too_old_is_renewed_without_asking(kamailio: Kamailio) -> None:
    async with desk(kamailio, "softphone", "1003") as terminal:
        terminal.log_on("4711")
        await terminal.settled()
        old = terminal.phone.registrations
        # as at a refresh, when the nonce's two seconds are over
        terminal.phone.line._challenge = terminal.phone.line._challenge._replace(nonce=secrets.token_hex(16))  # type: ignore[attr-defined]
        terminal.enter_pin("4711")
        assert await terminal.settled() is State.REGISTERED
        assert terminal.phone.registrations == old + 1
        assert terminal.phone.prompts == 0


@pytest.mark.interop("kamailio", "tshark")
async def test_an_outside_dissector_finds_nothing_wrong_with_what_they_say(kamailio: Kamailio, tmp_path: Path) -> None:
    capture = Capture()
    said = 0
    for kind, transport, security in (
        ("softphone", Transport.UDP, False),
        ("softphone", Transport.TCP, False),
        ("mitel-6900", Transport.UDP, True),
        ("d4-sip", Transport.UDP, True),
    ):
        async with desk(kamailio, kind, "1004", transport, security=security) as terminal:
            terminal.log_on("4711")
            await terminal.settled()
            terminal.log_off()
            await terminal.settled()
            plain = "UDP" if terminal.transcript.entries[0].over.startswith("UDP") else "TCP"
            conversation = capture.conversation(plain, 40000 + said)
            for entry in terminal.transcript.entries:
                if entry.octets:
                    (conversation.sent if entry.kind.name == "SENT" else conversation.received)(entry.octets)
                    said += 1
    capture.write(tmp_path / "phones.pcap")
    dissection = Dissection(tmp_path / "phones.pcap")
    assert len(dissection.requests) + len(dissection.answers) == said
    assert dissection.wrong == []
