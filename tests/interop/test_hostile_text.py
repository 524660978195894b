"""Whatever a phone says of itself is harmless wherever it is shown: answers, documents, log, printouts, pages, files.

Every field that a phone controls is filled with every text that could do harm somewhere, over real sockets; then all
that the registrar shows is looked at as what reads it would.
"""

import contextlib
import json
import re
import struct
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from registrar.h323.errors import PerError
from registrar.h323.ras import decode
from registrar.model.events import EventType
from tests.h323.endpoint import Endpoint, transport
from tests.interop import reginfo
from tests.interop.conftest import Serve
from tests.interop.ras_wire import RasUdp
from tests.interop.running import PROGRAM, Running
from tests.interop.wire import Tcp, Udp, Wire
from tests.sip.well_formed import check

TEXTS: dict[str, bytes] = {
    "line ends": b"a\r\nInjected: yes\r\n\r\nREGISTER",
    "a line feed": b"a\nInjected: yes",
    "a carriage return": b"a\rInjected: yes",
    "a fold": b"a\r\n Injected: yes",
    "NUL": b"a\0b",
    "controls": b"\x01\x07\x08\x0b\x0c\x7f\xc2\x85\xc2\x9b31m",
    "terminal escapes": b"\x1b[2J\x1b]0;owned\x07\x1b[31m",
    "bidi overrides": "\u202egnp.exe\u2066\u200b\ufeff\u2028\u2029".encode(),
    "half a surrogate pair": b"\xed\xa0\x80\xff\xfe",
    "script": b"<script>alert(1)</script><img src=x onerror=alert(2)>",
    "markup": b"&amp;'\"]]><!--{{7*7}}{% raw %}[bold][/x]%s$(id)`id`",
    "no XML": "\ufffe\uffff\U0001fffe".encode(),
    "fields of the log": b"x number=666 row=T9.9",
    "a formula": b"=cmd|'/c calc'!A1",
    "beyond the plane": "\N{GRINNING FACE}".encode(),
}

# the header lines that take the place of usual ones; NUMBER is the number that registers
FIELDS: dict[str, tuple[bytes, ...]] = {
    "From display name": (b'From: "%b" <sip:NUMBER@127.0.0.1>;tag=1',),
    "From display name without quotes": (b"From: %b <sip:NUMBER@127.0.0.1>;tag=1",),
    "From user": (b"From: <sip:%b@127.0.0.1>;tag=1",),
    "From tag": (b"From: <sip:NUMBER@127.0.0.1>;tag=%b",),
    "To display name": (b'To: "%b" <sip:NUMBER@127.0.0.1>',),
    "To user": (b"To: <sip:%b@127.0.0.1>",),
    "To parameter": (b"To: <sip:NUMBER@127.0.0.1>;x=%b",),
    "Contact display name": (b'Contact: "%b" <sip:NUMBER@192.0.2.1>',),
    "Contact user": (b"Contact: <sip:%b@192.0.2.1>",),
    "Contact host": (b"Contact: <sip:NUMBER@%b>",),
    "Contact URI parameter": (b"Contact: <sip:NUMBER@192.0.2.1;x=%b>",),
    "Contact URI headers": (b"Contact: <sip:NUMBER@192.0.2.1?Subject=%b>",),
    "Contact of another scheme": (b"Contact: <urn:x:%b>",),
    "Contact parameter": (b"Contact: <sip:NUMBER@192.0.2.1>;x=%b",),
    "Contact parameter in quotes": (b'Contact: <sip:NUMBER@192.0.2.1>;x="%b"',),
    "+sip.instance": (b'Contact: <sip:NUMBER@192.0.2.1>;+sip.instance="<%b>"', b"Supported: gruu"),
    "User-Agent": (b"User-Agent: %b",),
    "Call-ID": (b"Call-ID: %b",),
    "Path": (b"Path: <sip:proxy.example;x=%b>", b"Supported: path"),
    "Path parameter": (b'Path: <sip:proxy.example>;x="%b"', b"Supported: path"),
    "Via parameter": (b'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKNUMBER;rport;x="%b"',),
    "user name of credentials": (b'Authorization: Digest username="%b",realm="x",nonce="x",uri="x",response="x"',),
    "a header of its own": (b"X-Own: %b",),
    "a header's name": (b"%b: x",),
}
ESCAPED = ("From user", "To user", "Contact user", "Contact URI parameter")
"""Where a URI's escapes bring in what its grammar does not have."""
EVENTS = frozenset(kind.value for kind in EventType)
LOGGED = EVENTS | {"listening"}
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\ufeff]")
CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
FIELD = r""" (\w+)=('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s'"=]\S*|)"""

_branches = count(1)


def requests() -> Iterator[tuple[str, bytes]]:
    """A number, and a REGISTER of it with one field filled with one text."""
    number = 500
    for name, lines in FIELDS.items():
        for text in TEXTS.values():
            for written in (text, quote_from_bytes(text).encode()) if name in ESCAPED else (text,):
                yield str(number), request(str(number), *[line.replace(b"%b", written) for line in lines])
                number += 1


def request(number: str, *lines: bytes, method: str = "REGISTER", target: str = "127.0.0.1") -> bytes:
    usual = {
        "Via": f"SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{number}.{next(_branches)};rport",
        "From": "<sip:NUMBER@127.0.0.1>;tag=1",
        "To": "<sip:NUMBER@127.0.0.1>",
        "Call-ID": f"call-{number}-{method}",
        "CSeq": f"1 {method}",
        "Contact": "<sip:NUMBER@192.0.2.1>",
        "Expires": "3600",
        "Content-Length": "0",
    }
    given = {line.partition(b":")[0].decode("latin-1") for line in lines}
    head = [f"{method} sip:{target} SIP/2.0".encode()]
    head += [f"{name}: {value}".encode() for name, value in usual.items() if name not in given]
    return b"\r\n".join([*head, *lines, b"", b""]).replace(b"NUMBER", number.encode())


class Phone:
    """A wire for all of it; one that is closed, because its framing was lost, is opened anew."""

    def __init__(self, registrar: Running, transport: str) -> None:
        self._kind = Udp if transport == "udp" else Tcp
        self._address = registrar.address(f"sip_{transport}")
        self._wire: Wire = self._kind(self._address, None)

    def send(self, data: bytes) -> list[bytes]:
        """Send, then ask for something harmless; return what came before the answer to that.

        What waits to be stored is answered a little later: it is in what the next call returns.
        """
        branch = b"z9hG4bKmark%d" % next(_branches)
        mark = request("500", b"Via: SIP/2.0/UDP 127.0.0.1;rport;branch=" + branch, method="OPTIONS")
        found: list[bytes] = []
        try:
            for together in [data, mark] if self._kind is Udp else [data + mark]:
                self._wire.send(together)
            while branch not in (answer := self._wire.receive()):
                found.append(answer)
        except (AssertionError, ConnectionError):
            self.close()
            self._wire = self._kind(self._address, None)
        return found

    def close(self) -> None:
        self._wire.close()


def endpoints() -> Iterator[tuple[Endpoint, bytes]]:
    """Endpoints, each with an RRQ in which one text stands in one field."""
    number = 2000
    for raw in TEXTS.values():
        text = raw.decode("utf-8", "replace")
        ascii_text = raw.decode("ascii", "replace").replace("\ufffd", "?")
        fields: tuple[dict[str, Any], ...] = (
            {"terminalAlias": [("dialledDigits", "NUMBER"), ("h323-ID", text)]},
            {"terminalAlias": [("h323-ID", text)]},
            {"terminalAlias": [("dialledDigits", "NUMBER"), ("url-ID", ascii_text), ("email-ID", ascii_text)]},
            {"endpointVendor": {"vendor": {"t35CountryCode": 9, "t35Extension": 0, "manufacturerCode": 61},
                                "productId": raw, "versionId": raw}},
            {"endpointIdentifier": text},
            {"gatekeeperIdentifier": text},
            {"tokens": [{"tokenOID": "0.0.8.235.0.2.1", "generalID": text, "sendersID": text}]},
            {"tokens": [{"tokenOID": "0.0", "password": text}]},
        )  # fmt: skip
        for more in fields:
            endpoint = Endpoint(str(number), signal=("127.0.0.1", 1720 + number), clock=lambda: 0.0)
            if "terminalAlias" in more:
                aliases = [(kind, value.replace("NUMBER", str(number))) for kind, value in more["terminalAlias"]]
                more = {"terminalAlias": [(kind, f"{value}{number}" if kind != "dialledDigits" else value)
                                          for kind, value in aliases]}  # fmt: skip
            yield endpoint, endpoint.register(rasAddress=[transport(("127.0.0.1", 40000))], **more)
            number += 1


def hostile_ras(registrar: Running) -> int:
    """Send all of it; return how many endpoints registered."""
    registered = 0
    with RasUdp(registrar.address("ras_udp")) as wire:
        for endpoint, octets in endpoints():
            answer = decode(wire.exchange(octets))
            registered += answer.name == "registrationConfirm"
            assert answer.name in ("registrationConfirm", "registrationReject")
            assert answer.value["requestSeqNum"] == decode(octets).value["requestSeqNum"], endpoint.number
        half = endpoint.register(terminalAlias=[("dialledDigits", "2000"), ("h323-ID", "half \u1234 pair")])
        wire.send(half.replace(b"\x12\x34", b"\xd8\x00"))
        with pytest.raises(PerError):
            decode(half.replace(b"\x12\x34", b"\xd8\x00"))
    return registered


@pytest.mark.parametrize(("form", "transport"), [("text", "udp"), ("json", "tcp")])
def test_whatever_a_phone_says_is_harmless_wherever_it_is_shown(serve: Serve, form: str, transport: str) -> None:
    durability = "durable" if transport == "udp" else "memory"  # what waits to be stored is lost with its connection
    registrar = serve("--log-format", form, "--log-level", "debug", "--durability", durability)
    registrar.execute("extension -i -d 500..999,2000..2199 --csp 1 --lim 1 --security-exception yes")
    with contextlib.closing(Phone(registrar, "tcp")) as connected:  # its address is no lie: it is told everything
        connected.send(request("500"))
    with contextlib.closing(Phone(registrar, transport)) as phone:
        answers(phone)
        assert hostile_ras(registrar) > 70
        documents(phone)
    printouts(registrar)
    api(registrar)
    pages(registrar)
    files(registrar)
    followed(registrar)
    metrics(registrar)
    log(registrar, form)


def answers(phone: Phone) -> None:
    taken = 0
    for _, data in requests():
        for answer in phone.send(data):
            check(answer, b"")
            taken += answer.startswith(b"SIP/2.0 200 ")
    assert taken > 120, f"{taken}: much of it is allowed: quoted, escaped, beyond ASCII"


def documents(phone: Phone) -> None:
    """What watchers are sent is XML that holds to the schema."""
    seen = 0
    for number, _ in requests():
        watch = (b"Event: reg;id=x", b"Contact: <sip:w@127.0.0.1>", b"Expires: 0")
        for sent in phone.send(request(number, *watch, method="SUBSCRIBE", target=f"{number}@127.0.0.1")):
            check(sent, b"")
            if sent.startswith(b"NOTIFY"):
                root = reginfo.read(sent.partition(b"\r\n\r\n")[2].decode())
                seen += len(root.findall(f".//{{{reginfo.NAMESPACE}}}contact"))
    assert seen > 120


def harmless(text: str) -> None:
    assert not CONTROL.search(text), CONTROL.search(text)
    assert not BIDI.search(text), BIDI.search(text)


PRINTOUTS = (
    *("ip_extension -p", "ip_extension -p --verbose", "ip_extension -p --state refused"),
    *("ip_extension -p --state refused --verbose", "ip_extension -p --state locked", "extension -p"),
)


def printouts(registrar: Running) -> None:
    """By ``registrar exec``, and by the shell from a pipe."""
    shell = "".join(f"{line}\n" for line in PRINTOUTS)
    for command, typed in (*((["exec", line], "") for line in PRINTOUTS), (["shell"], shell)):
        program = [PROGRAM, *command, "--data", str(registrar.data)]
        done = subprocess.run(program, input=typed.encode(), capture_output=True, timeout=60, check=True)
        harmless(done.stdout.decode())
        harmless(done.stderr.decode())
        assert done.stdout


def api(registrar: Running) -> None:
    host, port = registrar.address("http")
    headers = {"Authorization": f"Bearer {registrar.token}"}
    with httpx.Client(base_url=f"http://{host}:{port}", headers=headers, timeout=60) as client:
        for path in ("registrations?limit=10000", "events", "trace?limit=100000", "extensions", "status"):
            answer = client.get(f"/api/v1/{path}")
            if answer.status_code == 404:
                continue
            assert answer.status_code == 200, answer.text
            json.loads(answer.content)
        for path, kinds in (("events?since=0", EVENTS), ("trace?since=0", {"record"})):
            last = client.get(f"/api/v1/{path}").json()["last_id"]
            with client.stream("GET", f"/api/v1/{path}", headers={"Accept": "text/event-stream"}) as stream:
                for line in stream.iter_lines():
                    name, _, value = line.partition(": ")
                    assert name in ("", "id", "event", "data"), line
                    if name == "event":
                        assert value in kinds
                    elif name == "data":
                        json.loads(value)
                    if line == f"id: {last}":
                        break


class Scripts(HTMLParser):
    """Finds what a browser would run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.found.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            if (name.startswith("on") and value is not None) or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")


def pages(registrar: Running) -> None:
    host, port = registrar.address("http")
    own = {"Origin": f"http://{host}:{port}", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    with httpx.Client(base_url=f"http://{host}:{port}", headers=own, timeout=60) as client:
        assert client.post("/login", data={"token": registrar.token, "next": "/"}).status_code == 303
        paths = ["/", "/trace", "/extensions", *[f"/registrations?page={number}" for number in range(1, 9)]]
        records = registrar.get("trace", limit=100_000)["records"]
        paths += [f"/trace?record={record['id']}" for record in records[:: max(1, len(records) // 60)]]
        shown = client.get("/registrations?sort=number&order=up").text + client.get("/").text
        paths += [found.replace("&amp;", "&") for found in re.findall(r'href="(/why\?[^"]+)"', shown)[:40]]
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200, path
            harmless(answer.text.replace("\r\n", "\n"))
            assert Scripts(answer.text).found == []
        for path in ("/live/registrations?since=1", "/live/trace?since=1", "/live/overview?since=1"):
            with client.stream("GET", path, headers={"Accept": "text/event-stream"}) as stream:
                if stream.status_code == 404:
                    continue
                for line in stream.iter_lines():
                    assert line.partition(":")[0] in ("", "id", "event", "data"), line
                    if line.startswith("data: <") or not line:
                        break


def files(registrar: Running) -> None:
    """The capture file, and exchanges as scenarios."""
    host, port = registrar.address("http")
    headers = {"Authorization": f"Bearer {registrar.token}"}
    with httpx.Client(base_url=f"http://{host}:{port}", headers=headers, timeout=60) as client:
        capture = client.get("/api/v1/trace.pcapng").content
        at = blocks = 0
        while at < len(capture):
            _, length = struct.unpack_from("<II", capture, at)
            assert struct.unpack_from("<I", capture, at + length - 4) == (length,)
            at, blocks = at + length, blocks + 1
        assert (at, blocks > 1000) == (len(capture), True)


def followed(registrar: Running) -> None:
    """``registrar trace follow -v`` in a terminal."""
    last = registrar.get("trace", limit=1)["last_id"]
    printed = registrar.data.with_suffix(".followed")
    with printed.open("wb") as out:
        follow = subprocess.Popen(
            [PROGRAM, "trace", "follow", "-v", "--data", str(registrar.data)], stdout=out, stderr=out
        )
        try:
            phone = Phone(registrar, "udp")

            def seen() -> bool:
                phone.send(request("500"))
                return b"REGISTER" in printed.read_bytes()

            registrar.wait_for(seen)
            for _, data in list(requests())[::3]:
                phone.send(data)
            phone.send(request("999", b"User-Agent: the last one"))
            registrar.wait_for(lambda: b"the last one" in printed.read_bytes())
            phone.close()
        finally:
            follow.terminate()
            follow.wait(20)
    assert registrar.get("trace", limit=1)["last_id"] > last
    harmless(printed.read_text())


def metrics(registrar: Running) -> None:
    host, port = registrar.address("http")
    answer = httpx.get(f"http://{host}:{port}/metrics", headers={"Authorization": f"Bearer {registrar.token}"})
    assert answer.status_code == 200
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            for value in sample.labels.values():
                assert re.fullmatch(r"[\w .+/:()-]*", value, re.ASCII), sample


def log(registrar: Running, form: str) -> None:
    registrar.wait_for(lambda: "the last one" in registrar.printed)
    text = registrar.log.read_text()
    harmless(text)
    lines = text.partition("Ctrl-C stops it.\n")[2].splitlines() if form == "text" else text.splitlines()
    told = 0
    for line in lines:
        if form == "json":
            if line.startswith("{"):
                fields = json.loads(line)
                assert fields["event"] in LOGGED, line
                assert fields.get("number") != "666"
                told += 1
            continue
        if not line:
            continue
        match = re.fullmatch(rf"\S+Z \[\w+ *\] (\w+) *((?:{FIELD})*)", line)
        assert match, line
        assert match[1] in LOGGED, line
        names = [name for name, _ in re.findall(FIELD, match[2])]
        assert len(names) == len(set(names)), line
        assert "number=666" not in re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "", line)
        told += 1
    assert told > 300


def test_a_recorded_exchange_is_yaml_whatever_the_phone_said(tmp_path: Path) -> None:
    """Read by a YAML reader, it says what the phone said and nothing more."""
    from registrar.trace.exchanges import Exchanges
    from registrar.trace.recording import scenario
    from tests.fuzz.node import LOADED, AtOnce
    from tests.lab import UDP_5060
    from tests.servers.playbook import PHONE, Playbook

    book = Playbook(loaded=LOADED, durable=False, commit=AtOnce())
    for _, data in requests():
        book.sip.datagram(UDP_5060, data.replace(b"127.0.0.1", b"lab.example"), PHONE)
    exchanges = Exchanges(book.system.trace)
    exchanges.update()
    for exchange in exchanges.newest_first():
        read = YAML(typ="safe").load(scenario(exchange))
        assert read.keys() <= {"scenario", "tags", "system", "phones", "steps", "leftover"}
        for command in read.get("system", ()):
            assert re.fullmatch(
                r"(auth_code -i -d \d+ --auth-code \d+|extension -i -d \d+ [a-z0-9 -]+|sec_policy -set \d)", command
            )
        for phone in read.get("phones", {}).values():
            phone.get("says", "").encode()
