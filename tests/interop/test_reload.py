"""SIGHUP: settings and certificates are read again while phones stay connected."""

import signal
from pathlib import Path

from tests.interop.conftest import Serve
from tests.interop.terminal import Terminal
from tests.interop.wire import Tls
from tests.pki import Authority


def test_what_can_be_taken_over_is_and_the_rest_is_told(serve: Serve, tmp_path: Path) -> None:
    config = tmp_path / "registrar.toml"
    config.write_text("min_expires = 60\n")
    program = serve("--config", str(config))

    def hang_up(settings: str, words: str) -> None:
        config.write_text(settings)
        program.process.send_signal(signal.SIGHUP)
        program.wait_for(lambda: words in program.printed)

    with Tls(program.address("sip_tls"), ca_file=program.ca_file) as tls:
        phone = Terminal(tls, "12346")
        assert [answer.start for answer in phone.register("4712", expires=90)][-1] == "200 OK"
        hang_up("min_expires = 120\nrealm = 'other'\n", "waits for a start")
        assert "min_expires=120" in program.printed
        assert "settings=realm" in program.printed
        short = phone.register("4712", expires=90)[-1]
        assert (short.start, short.one("Min-Expires")) == ("423 Interval Too Brief", "120")
        hang_up("min_expres = 60\n", "not reloaded")
        assert "there is no setting min_expres; did you mean min_expires?" in program.printed
        assert phone.register("4712", expires=90)[-1].start == "423 Interval Too Brief"
        # certificates that somebody put into the folder by hand
        root = Authority(tmp_path, "Outside")
        root.issue("own", "localhost", "127.0.0.1")
        certs = Path(program.ca_file).parent
        (certs / "server.key").write_bytes((tmp_path / "own.key").read_bytes())
        hang_up("min_expires = 120\n", "does not belong to")
        (certs / "server.pem").write_bytes((tmp_path / "own.pem").read_bytes())
        (certs / "ca.pem").write_bytes(root.file.read_bytes())
        hang_up("min_expires = 60\n", "min_expires=60")
        with Tls(program.address("sip_tls"), ca_file=str(root.file)) as new:
            assert Terminal(new, "12346").register("4712", expires=90)[-1].start == "200 OK"
        assert phone.register("4712", expires=90)[-1].start == "200 OK"
