"""The schema of RFC 3680 section 5.4, as a check: which elements, in which order, with which attributes and values."""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, fromstring

NAMESPACE = "urn:ietf:params:xml:ns:reginfo"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

Check = Callable[[str], bool]


def _one_of(*values: str) -> Check:
    return lambda value: value in values


def _number(value: str) -> bool:
    return re.fullmatch(r"\d+", value) is not None and int(value) < 2**64


def _decimal(value: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", value) is not None


def _text(value: str) -> bool:
    return True


def _uri(value: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9+.-]*:\S+", value, re.IGNORECASE) is not None


# element: its attributes, the needed ones first
_NEEDED: dict[str, dict[str, Check]] = {
    "reginfo": {"version": _number, "state": _one_of("full", "partial")},
    "registration": {"aor": _uri, "id": _text, "state": _one_of("init", "active", "terminated")},
    "contact": {
        "id": _text,
        "state": _one_of("active", "terminated"),
        "event": _one_of(
            "registered",
            "created",
            "refreshed",
            "shortened",
            "expired",
            "deactivated",
            "probation",
            "unregistered",
            "rejected",
        ),
    },
    "uri": {},
    "display-name": {},
    "unknown-param": {"name": _text},
}
_OPTIONAL: dict[str, dict[str, Check]] = {
    "contact": {
        "duration-registered": _number,
        "expires": _number,
        "retry-after": _number,
        "q": _decimal,
        "callid": _text,
        "cseq": _number,
    },
    "display-name": {_LANGUAGE: _text},
}
# element: its children as a pattern over their names; other namespaces' elements come last
_CHILDREN = {
    "reginfo": r"(registration )*(other )*",
    "registration": r"(contact )*(other )*",
    "contact": r"uri (display-name )?(unknown-param )*(other )*",
    "uri": "",
    "display-name": "",
    "unknown-param": "",
}


def read(document: str) -> Element:
    """Return the root of a document that is valid."""
    root = fromstring(document)
    assert root.tag == f"{{{NAMESPACE}}}reginfo", root.tag
    _check(root)
    return root


def _check(element: Element) -> None:
    name = _name(element)
    needed = _NEEDED[name]
    allowed = needed | _OPTIONAL.get(name, {})
    assert needed.keys() <= element.attrib.keys(), f"{name} lacks {needed.keys() - element.attrib.keys()}"
    for attribute, value in element.attrib.items():
        assert attribute in allowed, f"{name} has {attribute}"
        assert allowed[attribute](value), f"{attribute} of {name} is {value!r}"
    children = "".join(f"{_name(child)} " for child in element)
    assert re.fullmatch(_CHILDREN[name], children), f"{name} holds {children}"
    if name == "uri":
        assert _uri(element.text or ""), f"uri is {element.text!r}"
    for child in element:
        if _name(child) != "other":
            _check(child)


def _name(element: Element) -> str:
    space, _, name = element.tag.removeprefix("{").rpartition("}")
    return name if space == NAMESPACE else "other"
