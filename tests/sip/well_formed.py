"""What every message of the registrar's must be, whatever it answers."""

import re

from registrar.sip.errors import SipError
from registrar.sip.message import Request, Response
from registrar.sip.names import LONG_NAMES, WRITTEN
from registrar.sip.parser import parse_datagram


def check(sent: bytes, asked: bytes) -> None:
    """What is sent is one message of ours: its lines are ours, and whoever asks by the book can read it."""
    head, empty, _ = sent.partition(b"\r\n\r\n")
    assert empty
    lines = head.split(b"\r\n")
    assert re.fullmatch(rb"SIP/2\.0 [1-6][0-9]{2} [^\r\n\0]+|NOTIFY [^\r\n\0 ]+ SIP/2\.0", lines[0]), lines[0]
    for line in lines[1:]:
        name = line.partition(b": ")[0].decode()
        assert WRITTEN[LONG_NAMES[name]] == name, line
        assert b"\r" not in line
        assert b"\n" not in line
        assert b"\0" not in re.sub(rb'"(?:[^"\\\0]|\\.)*"', b"", line, flags=re.DOTALL), line
    assert b"\r\nInjected" not in sent
    try:
        request = parse_datagram(asked)
    except SipError:
        return
    assert isinstance(request, Request)
    answer = parse_datagram(sent)
    if isinstance(answer, Response):
        assert answer.status >= 200
        assert (answer.call_id, answer.cseq, answer.method) == (request.call_id, request.cseq, request.method)
        assert (answer.from_.tag, answer.via.branch) == (request.from_.tag, request.via.branch)
        assert answer.to.tag
