"""What was heard on the wire is worth nothing to whoever plays it back, whatever port of a whole registrar he tries."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from registrar.h323.ras import decode
from registrar.model.policy import Protocol
from tests.h323.endpoint import Endpoint
from tests.servers.playbook import Phone, Playbook, challenge_in, text_of
from tests.servers.ras_book import reason
from tests.servers.sockets.test_limits import SECONDS, Node, Start, start
from tests.sip.road import digest, octets, status

__all__ = ["start"]

DOMAIN = "sip:127.0.0.1"


@contextmanager
def datagrams(source: str, to: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((source, 0))
        wire.connect(to)
        wire.setblocking(False)
        yield wire


async def answered(wire: socket.socket, data: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(wire, data)
    return await asyncio.wait_for(loop.sock_recv(wire, 65535), SECONDS)


def contacts(node: Node, number: str = "12345", protocol: Protocol = Protocol.SIP) -> int:
    return len(node.registrar.system.state.bindings_of(protocol, number))


class Heard:
    """A logon of 12345 that somebody has listened to: the request with the right digest, and what it is made of."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.phone = Phone(Playbook(), "12345", call_id="heard")
        self.nonce = ""

    def request(self, method: str, uri: str, *lines: str) -> bytes:
        """A request of the thief's own, a transaction and a call of its own."""
        count = self.phone.cseq
        via = f"Via: SIP/2.0/UDP 127.0.0.66:5060;branch=z9hG4bKthief{count};rport"
        text = self.phone.request(method, via, f"Call-ID: thief-{count}", *lines, uri=uri)
        return octets(text.replace("lab.example", "127.0.0.1"))

    def digest(self, method: str = "REGISTER", uri: str = DOMAIN) -> str:
        return digest("12345", "4711", method, uri, self.nonce, realm="registrar")

    async def logon(self, wire: socket.socket) -> bytes:
        challenge = text_of(await answered(wire, self.request("REGISTER", DOMAIN)))
        self.nonce = challenge_in(challenge)["nonce"]
        registration = self.request("REGISTER", DOMAIN, self.digest())
        assert status(text_of(await answered(wire, registration))) == "200 OK"
        return registration


async def test_a_digest_that_was_heard_serves_on_no_port_for_no_other_uri_and_no_other_method(start: Start) -> None:
    node = await start()
    heard = Heard(node)
    to = tuple(node.registrar.ready["sip_udp"])
    with datagrams("127.0.0.1", to) as phone, datagrams("127.0.0.66", to) as thief:
        registration = await heard.logon(phone)
        played = [
            registration,
            heard.request("REGISTER", DOMAIN, heard.digest(), "Contact: <sip:thief@127.0.0.66>"),
            heard.request("REGISTER", f"{DOMAIN};x=y", heard.digest(), "Contact: <sip:thief@127.0.0.66>"),
            heard.request("SUBSCRIBE", DOMAIN, heard.digest(), "Event: reg"),
        ]
        for data in played:
            answer = text_of(await answered(thief, data))
            assert status(answer).startswith(("401", "403")), answer
        for port in ("sip_tcp", "sip_tls"):
            peer = await node.connect(port, "127.0.0.67")
            for data in played[:2]:
                answer = text_of(await peer.answered(data))
                assert status(answer).startswith(("401", "403")), answer
    assert contacts(node) == 1
    assert len(node.registrar.listening.sip._events._subscriptions) == 0


async def test_a_digest_that_was_heard_serves_no_more_when_its_nonce_is_old(start: Start) -> None:
    node = await start()
    heard = Heard(node)
    with datagrams("127.0.0.66", tuple(node.registrar.ready["sip_udp"])) as thief:
        challenge = text_of(await answered(thief, heard.request("REGISTER", DOMAIN)))
        heard.nonce = challenge_in(challenge)["nonce"]
        node.pass_by(301)
        answer = text_of(await answered(thief, heard.request("REGISTER", DOMAIN, heard.digest())))
        assert (status(answer), challenge_in(answer).get("stale")) == ("401 Unauthorized", "true")
    assert contacts(node) == 0


@pytest.mark.parametrize("token", ["MD5", "CAT", "H.235.1"])
async def test_a_token_that_was_heard_serves_nobody_and_inside_tls_neither(start: Start, token: str) -> None:
    node = await start()
    endpoint = Endpoint("12346", "4712", token=token, clock=lambda: node.now)
    to = tuple(node.registrar.ready["ras_udp"])
    with datagrams("127.0.0.1", to) as phone, datagrams("127.0.0.66", to) as thief:
        request = endpoint.register()
        assert decode(await answered(phone, request)).name == "registrationConfirm"
        assert reason(decode(await answered(thief, request))) == "securityError securityReplay"
    peer = await node.connect("ras_tls", "127.0.0.67")
    frame = await peer.answered(b"\x03\0" + (len(request) + 4).to_bytes(2, "big") + request)
    assert reason(decode(frame[4:])) == "securityError securityReplay"
    assert contacts(node, "12346", Protocol.H323) == 1


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_token_of_another_time_is_told_so(start: Start, seconds: int) -> None:
    node = await start()
    endpoint = Endpoint("12346", "4712", clock=lambda: node.now + seconds)
    with datagrams("127.0.0.1", tuple(node.registrar.ready["ras_udp"])) as phone:
        assert reason(decode(await answered(phone, endpoint.register()))) == "securityError securityWrongSyncTime"
    assert contacts(node, "12346", Protocol.H323) == 0
