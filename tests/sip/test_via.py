"""Via: what the topmost says, and what an answer's says (RFC 3261 sections 18.2 and 20.42, RFC 3581)."""

import pytest

from registrar.sip.errors import SipError
from registrar.sip.via import MAX_VIAS, answered, parse_via, salvage_via

SOURCE = ("192.0.2.1", 1024)


def answer(*values: str, source: tuple[str, int] = SOURCE) -> str:
    return answered(parse_via(list(values)), source)


@pytest.mark.parametrize(
    ("value", "transport", "host", "port", "branch", "rport"),
    [
        ("SIP/2.0/UDP h;branch=z9hG4bK1", "UDP", "h", None, "z9hG4bK1", False),
        ("SIP/2.0/TCP h.example:5070;rport;branch=z9hG4bK1", "TCP", "h.example", 5070, "z9hG4bK1", True),
        ("SIP/2.0/TLS h;branch=z9hG4bK1;rport", "TLS", "h", None, "z9hG4bK1", True),
        ("SIP/2.0/UDP h", "UDP", "h", None, "", False),
        ("sip / 2.0 / udp   h : 5070 ; BRANCH = x ; RPort = 9", "UDP", "h", 5070, "x", True),
        ("SIP/2.0/UDP [2001:db8::1]:5070;branch=x", "UDP", "[2001:db8::1]", 5070, "x", False),
        ("SIP/2.0/UDP h;received=2001:db8::9;branch=x", "UDP", "h", None, "x", False),
        ("SIP/2.0/UDP h;received=[2001:db8::9];branch=x", "UDP", "h", None, "x", False),
        ("SIP/2.0/CARRIER-PIGEON h;ttl=1;maddr=224.0.0.1;branch=x", "CARRIER-PIGEON", "h", None, "x", False),
        ('SIP/2.0/UDP h;x="a;b,c";branch=x, SIP/2.0/UDP other;branch=y', "UDP", "h", None, "x", False),
        ("SIP/2.0/UDP my_phone;branch=x", "UDP", "my_phone", None, "x", False),
    ],
)
def test_the_topmost_via(value: str, transport: str, host: str, port: int | None, branch: str, rport: bool) -> None:
    via = parse_via([value])
    assert (via.transport, via.host, via.port, via.branch, via.rport) == (transport, host, port, branch, rport)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "h",
        "SIP/2.0/UDP",
        "SIP/2.0 h",
        "SIP/2.0/UDPh",
        "SIP/2.0/UDP h:",
        "SIP/2.0/UDP .0.0.1;branch=z9hG4bK1",
        "SIP/2.0/UDP -h;branch=z9hG4bK1",
        "SIP/2.0/UDP h:port",
        "SIP/2.0/UDP h:65536",
        "SIP/2.0/UDP h:5060:1",
        "SIP/2.0/UDP h;",
        "SIP/2.0/UDP h;;branch=x",
        "SIP/2.0/UDP h;branch=",
        "SIP/2.0/UDP h;branch=1;Branch=2",
        "SIP/2.0/UDP h;branch=1,",
        ", SIP/2.0/UDP h",
        "SIP/2.0/UDP h other",
        "SIP/2.0/UDP [2001:db8::1",
        "SIP/2.0/UDP 2001:db8::1",
        "SIP/2.0/UDP h, nonsense",
    ],
)
def test_a_malformed_via_is_refused(value: str) -> None:
    with pytest.raises(SipError, match=r"^400 Bad Via$"):
        parse_via([value])


def test_every_via_is_looked_at_and_the_first_is_the_topmost() -> None:
    assert parse_via(["SIP/2.0/UDP a;branch=1", "SIP/2.0/UDP b, SIP/2.0/UDP c"]).host == "a"
    with pytest.raises(SipError):
        parse_via(["SIP/2.0/UDP a;branch=1", "nonsense"])


@pytest.mark.parametrize("layout", ["lines", "commas"])
def test_a_request_has_made_a_limited_number_of_hops(layout: str) -> None:
    hops = [f"SIP/2.0/UDP h{n}" for n in range(MAX_VIAS + 1)]
    assert parse_via(hops[:-1]).host == "h0"
    with pytest.raises(SipError):
        parse_via(hops if layout == "lines" else [",".join(hops)])


@pytest.mark.parametrize(
    ("branch", "unique"), [("z9hG4bK1", True), ("z9hG4bK", False), ("Z9HG4BK1", False), ("1", False), ("", False)]
)
def test_a_branch_is_unique_when_it_says_so(branch: str, unique: bool) -> None:
    params = f";branch={branch}" if branch else ""
    assert parse_via([f"SIP/2.0/UDP h{params}"]).unique is unique


# -- answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("SIP/2.0/UDP 192.0.2.1:5070;branch=x", "SIP/2.0/UDP 192.0.2.1:5070;branch=x"),
        ("SIP/2.0/UDP h;branch=x", "SIP/2.0/UDP h;branch=x;received=192.0.2.1"),
        ("SIP/2.0/UDP 10.0.0.1;branch=x", "SIP/2.0/UDP 10.0.0.1;branch=x;received=192.0.2.1"),
        ("SIP/2.0/UDP 192.0.2.1;branch=x;rport", "SIP/2.0/UDP 192.0.2.1;branch=x;received=192.0.2.1;rport=1024"),
        ("SIP/2.0/UDP h;rport;branch=x", "SIP/2.0/UDP h;branch=x;received=192.0.2.1;rport=1024"),
        ("SIP/2.0/UDP h;RPORT=9;branch=x;Received=6.6.6.6", "SIP/2.0/UDP h;branch=x;received=192.0.2.1;rport=1024"),
        ("SIP/2.0/UDP 192.0.2.1;received=6.6.6.6", "SIP/2.0/UDP 192.0.2.1"),
        ("SIP/2.0/UDP h;rportx=1;branch=x", "SIP/2.0/UDP h;rportx=1;branch=x;received=192.0.2.1"),
        ("SIP/2.0/UDP h", "SIP/2.0/UDP h;received=192.0.2.1"),
        (
            'SIP/2.0/UDP h;x=";received=6.6.6.6;rport=1";received=7.7.7.7;branch=x',
            'SIP/2.0/UDP h;x=";received=6.6.6.6;rport=1";branch=x;received=192.0.2.1',
        ),
        (
            "SIP/2.0/UDP h;branch=x , SIP/2.0/UDP other;received=10.0.0.9",
            "SIP/2.0/UDP h;branch=x;received=192.0.2.1, SIP/2.0/UDP other;received=10.0.0.9",
        ),
    ],
)
def test_an_answer_says_where_the_request_really_came_from(sent: str, told: str) -> None:
    assert answer(sent) == told


@pytest.mark.parametrize("host", ["[2001:db8::1]", "[2001:DB8:0:0::1]", "[2001:0db8::0001]:5060"])
def test_an_address_in_another_spelling_is_the_same(host: str) -> None:
    assert answer(f"SIP/2.0/UDP {host};branch=x", source=("2001:db8::1", 5060)) == f"SIP/2.0/UDP {host};branch=x"


def test_an_ipv6_source_is_told_without_brackets_and_zone() -> None:
    assert answer("SIP/2.0/UDP h;branch=x;rport", source=("fe80::1%eth0", 9)) == (
        "SIP/2.0/UDP h;branch=x;received=fe80::1;rport=9"
    )


# -- what is left of a malformed one --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("SIP/2.0/UDP h:5070;;branch=x", "SIP/2.0/UDP h:5070;received=192.0.2.1"),
        ("SIP/2.0/UDP h;branch=x;branch=y;rport", "SIP/2.0/UDP h;branch=x;branch=y;received=192.0.2.1;rport=1024"),
        ("SIP/2.0/UDP h;branch=x, nonsense", "SIP/2.0/UDP h;branch=x;received=192.0.2.1"),
        ("SIP/2.0/UDP h:70000;branch=x", "SIP/2.0/UDP h:70000;branch=x;received=192.0.2.1"),
    ],
)
def test_what_can_be_read_of_a_malformed_via_leads_back(value: str, told: str) -> None:
    via = salvage_via(value)
    assert via is not None
    assert answered(via, SOURCE) == told


@pytest.mark.parametrize(("sent", "port"), [("65535", 65535), ("65536", None), ("99999", None)])
def test_a_port_that_is_none_is_not_answered_to(sent: str, port: int | None) -> None:
    via = salvage_via(f"SIP/2.0/UDP h:{sent};;branch=x")
    assert via is not None
    assert via.port == port


@pytest.mark.parametrize("value", ["", "nonsense", "SIP/2.0/UDP", "SIP/2.0/UDP ;branch=x", "/2.0/UDP h"])
def test_where_no_host_can_be_read_there_is_no_way_back(value: str) -> None:
    assert salvage_via(value) is None
