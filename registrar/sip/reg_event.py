"""Registration state as a document (RFC 3680 section 5), with the public GRUUs of RFC 5628.

Every document has full state. Nothing that came over the wire is written unescaped.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b
from html import escape
from typing import Final

from registrar.model.binding import Binding
from registrar.model.events import Cause
from registrar.sip.gruu import instance_of, public_gruu

EVENT: Final = "reg"
CONTENT_TYPE: Final = "application/reginfo+xml"

CONTACT_EVENT: Final[dict[Cause, str]] = {
    Cause.TERMINAL: "unregistered",
    Cause.EXPIRED: "expired",
    Cause.OPERATOR: "deactivated",
    Cause.ERASED: "rejected",
    Cause.REPLACED: "unregistered",
    Cause.FLOW_CLOSED: "expired",
}
"""What a watcher is told of a contact that went away (section 5.1); ``deactivated`` asks to register anew."""

Gone = tuple[Binding, Cause]
"""A binding that went away since the last document, and why."""

# What XML 1.0 cannot hold in any form (section 2.2), lone surrogates among it.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLANKS: Final = {ord(blank): f"&#{ord(blank)};" for blank in "\t\n\r"}
"""An XML parser makes spaces of them in an attribute (section 3.3.3)."""
_PARAM: Final = re.compile(r';([^=;"]+)(?:=("(?:[^"\\]|\\.)*"|[^;"]*))?', re.DOTALL)


def document(aor: str, bindings: Iterable[Binding], gone: Iterable[Gone], version: int, now: float) -> bytes:
    """Return the state of the number's registration.

    ``bindings`` are the current ones; ``gone`` are told of once, with the reason; ``version`` counts the documents that
    one watcher was sent, from 0.
    """
    active = [_contact(binding, "active", _last_event(binding), aor, now) for binding in bindings]
    terminated = [_contact(binding, "terminated", CONTACT_EVENT[cause], aor, now) for binding, cause in gone]
    state = "active" if active else "terminated" if terminated else "init"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" xmlns:gr="urn:ietf:params:xml:ns:gruuinfo"\n'
        f'    version="{version}" state="full">\n'
        f' <registration aor={_attribute(aor)} id="{_id(aor)}" state="{state}">\n'
        f"{''.join(active)}{''.join(terminated)}"
        " </registration>\n"
        "</reginfo>\n"
    ).encode()


def _last_event(binding: Binding) -> str:
    return "registered" if binding.refreshed_at <= binding.registered_at else "refreshed"


def _contact(binding: Binding, state: str, event: str, aor: str, now: float) -> str:
    contact = binding.contact
    lines = [
        f'  <contact id="{_id("|".join(binding.key))}" state="{state}" event="{event}"',
        f' duration-registered="{max(0, int(now - binding.registered_at))}"',
        f' expires="{max(0, round(binding.expires_at - now))}"' if state == "active" else "",
        f' q="{contact.q:.3g}"' if contact.q is not None else "",
        f'\n      callid={_attribute(binding.call_id)} cseq="{binding.cseq}">\n',
        f"   <uri>{_text(contact.uri)}</uri>\n",
    ]
    lines += [
        f"   <unknown-param name={_attribute(name)}>{_text(value)}</unknown-param>\n"
        for name, value in _params(binding)
    ]
    if binding.temporary_gruu and contact.instance and state == "active":
        lines.append(f"   <gr:pub-gruu uri={_attribute(public_gruu(aor, instance_of(binding)))}/>\n")
    return "".join(lines) + "  </contact>\n"


def _params(binding: Binding) -> list[tuple[str, str]]:
    contact = binding.contact
    params = [(name.strip(), value.strip()) for name, value in _PARAM.findall(contact.params)]
    if contact.instance:
        params.append(("+sip.instance", f'"<{instance_of(binding)}>"'))
    if contact.reg_id:
        params.append(("reg-id", str(contact.reg_id)))
    return params


def _id(name: str) -> str:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), quote=False)


def _attribute(text: str) -> str:
    escaped = escape(_NOT_XML.sub("\ufffd", text)).translate(_BLANKS)
    return f'"{escaped}"'
