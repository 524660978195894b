"""Records in a few words: what an arrow of the ladder says."""

import re
from typing import Final

from registrar.h323.errors import PerError
from registrar.h323.ras import decode
from registrar.model.policy import Protocol
from registrar.model.reason import Reason
from registrar.policy.explain import outcome_words, printable
from registrar.trace.recorder import Judgement, Kind, Record

_ASKED: Final = {Reason.PIN_REQUIRED: "PIN asked for", Reason.STALE_NONCE: "PIN asked for anew, with a new nonce"}
_PARTS: Final = {
    "gatekeeper": "G",
    "registration": "R",
    "unregistration": "U",
    "admission": "A",
    "bandwidth": "B",
    "disengage": "D",
    "location": "L",
    "serviceControl": "SC",
}
_ENDINGS: Final = {"Request": "RQ", "Confirm": "CF", "Reject": "RJ", "Indication": "I", "Response": "R"}
_RAS = {f"{part}{ending}": f"{first}{last}" for part, first in _PARTS.items() for ending, last in _ENDINGS.items()}
_RAS |= {
    "infoRequest": "IRQ",
    "infoRequestResponse": "IRR",
    "infoRequestAck": "IACK",
    "infoRequestNak": "INAK",
    "nonStandardMessage": "NSM",
    "unknownMessageResponse": "XRS",
    "requestInProgress": "RIP",
    "resourcesAvailableIndicate": "RAI",
    "resourcesAvailableConfirm": "RAC",
}
"""RAS messages by the names people use (H.225.0 table 18 has both)."""
_AUTHORIZED: Final = re.compile(rb"[\r\n](?:Proxy-)?Authorization[ \t]*+:", re.IGNORECASE)
# To  =  ( "To" / "t" ) HCOLON ( name-addr / addr-spec ) *( SEMI to-param )
_TO: Final = re.compile(
    rb"[\r\n](?:To|t)[ \t]*+:[^\r\n]{0,200}?sips?:([^@;>\s:]{1,100}+)(?::[^@\s>]{0,100}+)?@", re.IGNORECASE
)


def summary(record: Record) -> str:
    """Return what happened in one line, e.g. ``REGISTER with credentials`` or ``403 TLS Required``."""
    if record.kind is Kind.HANDSHAKE:
        tls = record.flow.tls
        return f"TLS handshake {tls.version} {tls.cipher}" if tls is not None else "TLS handshake"
    if record.kind is Kind.HANDSHAKE_REFUSED:
        return f"TLS handshake refused: {printable(record.detail)}"
    if record.kind is Kind.MALFORMED:
        return f"malformed: {printable(record.detail)}"
    if record.judgement is not None:
        return judgement_words(record.judgement)
    return message_words(record.octets, record.flow.listener.protocol)


def judgement_words(judgement: Judgement) -> str:
    """Return what was decided and by which row, e.g. ``refused, TLS_REQUIRED (T2.3)``."""
    reason = judgement.reason
    words = outcome_words(judgement.decision) if reason is None else _ASKED.get(reason, f"refused, {reason.value}")
    return f"{words} ({judgement.decision.row.id})"


def message_words(octets: bytes, protocol: Protocol) -> str:
    """Return what a message is."""
    if protocol is not Protocol.SIP:
        return _ras_words(octets)
    start = printable(text(octets.lstrip(b"\r\n").split(b"\r\n", 1)[0][:200]))
    if start[:8].upper() == "SIP/2.0 ":
        return start[8:]
    method = start.partition(" ")[0]
    return f"{method} with credentials" if _AUTHORIZED.search(octets) else method


def text(octets: bytes) -> str:
    """Return octets as text; what is no UTF-8 is escaped."""
    return octets.decode("utf-8", "backslashreplace")


def _ras_words(octets: bytes) -> str:
    """E.g. ``RRQ``, or ``RRJ securityDenial``."""
    try:
        name, value = decode(octets)
    except PerError as error:
        return f"not RAS: {error}"
    short = _RAS.get(name, name)
    reason = value.get("rejectReason") or value.get("reason") if isinstance(value, dict) else None
    return f"{short} {reason[0]}" if isinstance(reason, tuple) else short


def number_of(record: Record) -> str:
    """Return the directory number that the record names, empty when it names none."""
    if record.judgement is not None:
        return record.judgement.number
    if record.flow.listener.protocol is not Protocol.SIP:
        return ""
    found = _TO.search(record.octets)
    return text(found[1]) if found is not None else ""
