"""An exchange as a scenario: what ``registrar run`` can do again, and check again.

A trace holds no PIN: the scenario has one of its own, which serves as well where the right one was used.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from registrar.model.policy import Policy, Protocol, Signalling
from registrar.model.reason import Reason
from registrar.trace.exchanges import Exchange
from registrar.trace.mask import masked
from registrar.trace.recorder import Judgement, Kind, Record

PIN, WRONG_PIN = "4711", "9999"
_PORTS: Final = {
    (Protocol.SIP, False): 5060,
    (Protocol.SIP, True): 5061,
    (Protocol.H323, False): 1719,
    (Protocol.H323, True): 3727,
}
_ASKED: Final = frozenset({Reason.PIN_REQUIRED, Reason.STALE_NONCE})
_GUESSED: Final = frozenset({Reason.WRONG_PIN, Reason.UNKNOWN_NUMBER, Reason.NOT_OWNER})


def scenario(exchange: Exchange) -> str:
    """Return the scenario's text (YAML)."""
    moment = datetime.fromtimestamp(exchange.records[0].time, UTC)
    judgement = exchange.judgement
    about = f"{judgement.number} registers" if judgement is not None else "Octets"
    lines = [f"scenario: {_text(f'{about}, recorded {moment:%Y-%m-%d %H:%M:%S} UTC')}", "tags: [recorded]"]
    lines += _registers(exchange.records[-1], judgement) if judgement is not None else _sends(exchange)
    return "\n".join(lines) + "\n"


def _registers(last: Record, judgement: Judgement) -> Iterator[str]:
    number, decision = judgement.number, judgement.decision
    known = judgement.reason is not Reason.UNKNOWN_NUMBER and number.isascii() and number.isdigit()
    exception = "yes" if decision.exception else "no"
    leftover = known and decision.exception and decision.policy in (Policy.ALL_SECURE, Policy.EXC_TYPE)
    if leftover:
        yield f"leftover: {{policy: {decision.policy.value}, exceptions: [{_text(number)}]}}"
    commands = []
    if known and decision.rac:
        commands.append(f"auth_code -i -d {number} --auth-code {PIN}")
    if known and not leftover:
        commands.append(f"extension -i -d {number} --csp 1 --lim 1 --security-exception {exception}")
    if decision.policy is not Policy.NONE and not leftover:
        commands.append(f"sec_policy -set {decision.policy.value}")
    if commands:
        yield "system:"
        yield from (f"  - {_text(command)}" for command in commands)
    yield "phones:"
    yield f"  phone: {{{', '.join(_phone(last, judgement))}}}"
    yield "steps:"
    yield "  - register: phone"
    yield f"    expect: {{{', '.join(_expected(judgement))}}}"


def _phone(last: Record, judgement: Judgement) -> Iterator[str]:
    listener = last.flow.listener
    if listener.protocol is Protocol.SIP:
        yield "profile: softphone"
        yield f"transport: {listener.transport.value.lower()}"
    else:
        yield "profile: d4" if listener.secure else "profile: h323-client"
    yield f"number: {_text(judgement.number)}"
    if judgement.terminal.text:
        yield f"says: {_text(judgement.terminal.text)}"
    if judgement.decision.rac and judgement.reason not in _ASKED:
        yield f"pin: {_text(WRONG_PIN if judgement.reason in _GUESSED else PIN)}"


def _expected(judgement: Judgement) -> Iterator[str]:
    decision, reason = judgement.decision, judgement.reason
    if reason is None:
        yield "outcome: registered"
        yield f"row: {decision.row.id}"
        yield f"port: {_PORTS[decision.protocol, decision.secure_port]}"
        yield f"signalling: {'ENCRYPTED' if decision.signalling is Signalling.ENCRYPTED else 'NOT_ENCRYPTED'}"
        yield f"downgraded: {'true' if decision.downgraded else 'false'}"
    elif reason in _ASKED:
        yield "outcome: prompted"
    else:
        yield f"outcome: {'prompted' if reason in _GUESSED else 'refused'}"
        yield f"reason: {reason.value}"
        yield f"row: {decision.row.id}"
        yield f"port: {_PORTS[decision.protocol, decision.secure_port]}"


def _sends(exchange: Exchange) -> Iterator[str]:
    """What was never understood, octet for octet."""
    listener = exchange.flow.listener
    received = [record for record in exchange.records if record.kind is Kind.RECEIVED]
    answered = "true" if any(record.kind is Kind.SENT for record in exchange.records) else "false"
    yield "steps:"
    for record in received:
        port = _PORTS[listener.protocol, listener.secure]
        octets = masked(record.octets, listener.protocol).hex()
        yield f"  - send: {{port: {port}, transport: {listener.transport.value.lower()}, hex: {_text(octets)}}}"
        yield f"    expect: {{answered: {answered}}}"
    if not received:
        yield "  - note: nothing but a handshake came in"
        yield "    command: help"


def _text(value: str) -> str:
    """A text as YAML reads it, whatever stands in it: Python's escapes are YAML's as well."""
    text = value.encode("utf-8", "backslashreplace").decode()
    return '"' + text.encode("unicode_escape").decode().replace('"', '\\"') + '"'
