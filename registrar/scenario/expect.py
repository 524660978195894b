"""Expectations held against what happened: what differs comes back as values, nothing is raised."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from registrar.h323 import ras
from registrar.h323.errors import PerError
from registrar.model.policy import Protocol
from registrar.phones.configuration import Server
from registrar.phones.phone import State
from registrar.phones.terminal import Terminal
from registrar.scenario.results import Mismatch
from registrar.scenario.schema import Expect
from registrar.scenario.under_test import Json, Printout, standard_port
from registrar.sip.errors import SipError
from registrar.sip.message import Response
from registrar.sip.parser import parse_datagram
from registrar.trace.words import message_words, text

OUTCOMES = {
    State.REGISTERED: "registered",
    State.REFUSED: "refused",
    State.PROMPTING: "prompted",
    State.FAILED: "failed",
    State.OFF: "off",
}


class Reply(NamedTuple):
    """What came back for octets that were sent."""

    octets: bytes
    closed: bool


class Seen(NamedTuple):
    """Everything an expectation may look at."""

    server: Server
    terminal: Terminal | None = None
    protocol: Protocol = Protocol.SIP
    printout: Printout | None = None
    reply: Reply | None = None
    registrations: Sequence[Json] = ()
    """Of the number, the one refreshed last at the end."""
    refusal: Json | None = None
    """The number's last refusal."""

    @property
    def heard(self) -> bytes:
        """The message received last."""
        if self.reply is not None:
            return self.reply.octets
        return self.terminal.heard if self.terminal is not None else b""


def mismatches(expect: Expect, seen: Seen) -> tuple[Mismatch, ...]:
    """Return what is not as expected."""
    found = [*_phone(expect, seen), *_message(expect, seen), *_registration(expect, seen), *_command(expect, seen)]
    return tuple(Mismatch(what, _shown(wanted), _shown(got)) for what, wanted, got in found)


def matches(pattern: Any, value: Any) -> bool:
    """Return whether the value is what the pattern says: equal, or found by a regular expression between slashes."""
    if isinstance(pattern, str) and len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        return value is not None and re.search(pattern[1:-1], str(value)) is not None
    if isinstance(pattern, str) or isinstance(value, str):
        return value is not None and getattr(pattern, "text", str(pattern)) == str(value)
    return bool(pattern == value)


_Difference = tuple[str, Any, Any]


def _phone(expect: Expect, seen: Seen) -> Iterator[_Difference]:
    terminal = seen.terminal
    if terminal is None:
        return
    phone = terminal.phone
    outcome = OUTCOMES.get(phone.state, phone.state.value)
    if expect.outcome is not None and outcome != expect.outcome:
        yield "outcome", expect.outcome, f"{outcome} ({phone.shown})"
    if expect.shown is not None and not matches(expect.shown, phone.shown):
        yield "shown", expect.shown, phone.shown
    if expect.failure is not None and not matches(expect.failure, phone.words if outcome == "failed" else None):
        yield "failure", expect.failure, phone.words or None
    if expect.prompts is not None and phone.prompts != expect.prompts:
        yield "prompts", expect.prompts, phone.prompts


def _message(expect: Expect, seen: Seen) -> Iterator[_Difference]:
    heard = seen.heard
    if expect.answered is not None and bool(heard) != expect.answered:
        yield "answered", expect.answered, message_words(heard, seen.protocol) if heard else False
    if expect.closed is not None and seen.reply is not None and seen.reply.closed != expect.closed:
        yield "closed", expect.closed, seen.reply.closed
    wanted = (expect.status, expect.phrase, expect.message, expect.reject)
    if all(each is None for each in wanted) and not expect.fields:
        return
    read = _read_sip if seen.protocol is Protocol.SIP else _read_ras
    known, fields = read(heard)
    for what, pattern in zip(("status", "phrase", "message", "reject"), wanted, strict=True):
        if pattern is not None and not matches(pattern, known.get(what)):
            yield what, pattern, known.get(what)
    for name, pattern in expect.fields.items():
        values = fields(name)
        if not any(matches(pattern, value) for value in values):
            yield f"field {name}", pattern, ", ".join(map(str, values)) if values else None


def _registration(expect: Expect, seen: Seen) -> Iterator[_Difference]:
    listed = seen.registrations[-1] if seen.registrations else None
    if expect.registrations is not None and len(seen.registrations) != expect.registrations:
        yield "registrations", expect.registrations, len(seen.registrations)
    for name, value in {
        "signalling": expect.signalling,
        "downgraded": expect.downgraded,
        "tls_version": expect.tls_version,
        **expect.registration,
    }.items():
        if value is not None and not matches(value, None if listed is None else listed.get(name)):
            yield name, value, "no registration" if listed is None else listed.get(name)
    refused = expect.outcome == "refused" or (expect.outcome is None and listed is None)
    decided = seen.refusal if refused or expect.reason is not None else listed
    if expect.reason is not None and (seen.refusal is None or seen.refusal["reason"] != expect.reason):
        yield "reason", expect.reason, seen.refusal["reason"] if seen.refusal else "no refusal"
    if expect.row is not None and (decided is None or decided["row"] != expect.row):
        yield "row", expect.row, decided["row"] if decided else "nothing decided"
    if expect.port is not None:
        port = standard_port(seen.server, decided["port"]) if decided else None
        if port != expect.port:
            yield "port", expect.port, port


def _command(expect: Expect, seen: Seen) -> Iterator[_Difference]:
    printout = seen.printout
    if printout is None:
        return
    if expect.executed is not None and printout.executed != expect.executed:
        yield "executed", expect.executed, f"{printout.executed}\n{printout.text}"
    if expect.exit_status is not None and printout.exit_status != expect.exit_status:
        yield "exit_status", expect.exit_status, f"{printout.exit_status}\n{printout.text}"
    rest = printout.text
    for pattern in expect.printout:
        if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
            found = re.search(pattern[1:-1], rest, re.MULTILINE)
            end = found.end() if found else -1
        else:
            end = rest.find(pattern) + len(pattern) if pattern in rest else -1
        if end < 0:
            yield "printout", pattern, f"\n{printout.text}"
            return
        rest = rest[end:]


class _Fields:
    """Looks up a field of a message by name."""

    def __init__(self, values: Mapping[str, list[Any]]) -> None:
        self._values = values

    def __call__(self, name: str) -> list[Any]:
        return self._values.get(name.lower(), [])


def _read_sip(octets: bytes) -> tuple[dict[str, Any], _Fields]:
    try:
        message = parse_datagram(octets)
    except SipError:
        # an answer to nonsense repeats some of it
        found = re.match(rb"SIP/2\.0 ([1-6][0-9]{2}) ([^\r\n]*)", octets)
        return {"status": int(found[1]), "phrase": text(found[2])} if found else {}, _Fields({})
    fields = _Fields({**message.headers})
    if isinstance(message, Response):
        return {"status": message.status, "phrase": message.phrase}, fields
    return {"message": message.method}, fields


def _read_ras(octets: bytes) -> tuple[dict[str, Any], _Fields]:
    try:
        _, value = ras.decode(octets)
    except PerError:
        return {}, _Fields({})
    name, _, reject = message_words(octets, Protocol.H323).partition(" ")
    return {"message": name, "reject": reject or None}, _Fields(dict(_components("", value)))


def _components(path: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _components(f"{path}.{name}" if path else name, each)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _components(f"{path}.{index}", each)
    elif isinstance(value, tuple) and isinstance(value[0], str):
        yield path.lower(), [value[0]]
        yield from _components(f"{path}.{value[0]}", value[1])
    elif isinstance(value, bytes):
        yield path.lower(), [value.hex(), value.decode("latin-1")]
    else:
        yield path.lower(), [value]


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return "true" if value is True else "false" if value is False else str(value)
