"""The real program on a disk that takes no more: 503 and resourceUnavailable, never a false 200; then it goes on."""

import resource
import time
from pathlib import Path

from registrar.h323.ras import RasMessage
from tests.h323.endpoint import Endpoint
from tests.interop.running import Running
from tests.interop.terminal import Terminal
from tests.interop.wire import Udp

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def limit(registrar: Running, octets: int | None) -> None:
    """Let the program's files grow to so many octets and no further (setrlimit(2))."""
    resource.prlimit(
        registrar.process.pid, resource.RLIMIT_FSIZE, UNLIMITED if octets is None else (octets, UNLIMITED[1])
    )


def ask(wire: Udp, endpoint: Endpoint) -> RasMessage:
    wire.send(endpoint.register())
    return endpoint.take(wire.receive())


def test_what_a_full_disk_does_not_take_is_refused_and_taken_later(tmp_path: Path) -> None:
    registrar = Running(tmp_path / "data", "--empty")
    registrar.execute("extension -i -d 100..103 --csp 1 --lim 1 --security-exception yes")
    with Udp(registrar.address("sip_udp"), None) as sip, Udp(registrar.address("ras_udp"), None) as ras:
        phone, other = Terminal(sip, "100"), Terminal(sip, "101")
        endpoint = Endpoint("102", signal=("127.0.0.1", 1720), clock=time.time)
        assert phone.register()[-1].start == "200 OK"
        limit(registrar, (tmp_path / "data" / "registrar.db-wal").stat().st_size)
        refused = other.register()[-1]
        assert refused.start.startswith("503 ")
        assert refused.one("Retry-After")
        rejected = ask(ras, endpoint)
        assert (rejected.name, rejected.value["rejectReason"][0]) == ("registrationReject", "resourceUnavailable")
        assert phone.register(expires=0)[-1].start.startswith("503 "), "what is not taken away is not said to be"
        printout, status = registrar.line("extension -i -d 104 --csp 1 --lim 1")
        assert status == 1
        assert printout.startswith("NOT EXECUTED\nTHE CHANGE COULD NOT BE STORED\n")
        assert [each["number"] for each in registrar.registrations()] == ["100"]
        limit(registrar, None)
        assert other.register()[-1].start == "200 OK"
        assert ask(ras, endpoint).name == "registrationConfirm"
    registrar.stop()
    again = Running(tmp_path / "data")
    assert sorted(each["number"] for each in again.registrations()) == ["100", "101", "102"]
    assert [each["number"] for each in again.get("extensions")["extensions"]] == ["100", "101", "102", "103"]
    again.stop()
