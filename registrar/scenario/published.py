"""The schema as it is published: JSON Schema for editors, and a page with every key.

``python -m registrar.scenario.published schema > docs/scenario.schema.json``,
``python -m registrar.scenario.published keys > docs/scenario-keys.md``.
"""

import json
import sys
from typing import Any, Final

from pydantic import BaseModel

from registrar.scenario.schema import Expect, Leftover, OfPhone, Phone, Scenario, Send, Step, Wait, WithFile, WithPin

_VARIABLE: Final = {"type": "string", "pattern": "\\$\\{"}
"""What may stand in any value's place."""
_LEAVES: Final = ("type", "enum", "const", "anyOf")

SECTIONS: Final[tuple[tuple[str, type[BaseModel]], ...]] = (
    ("A scenario", Scenario),
    ("`leftover`", Leftover),
    ("A phone, in `phones`", Phone),
    ("A step, in `steps`", Step),
    ("`register`, `enter_pin`", WithPin),
    ("`unregister`, `reboot`", OfPhone),
    ("`configure`", WithFile),
    ("`wait`", Wait),
    ("`send`", Send),
    ("`expect`", Expect),
)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file."""
    found = Scenario.model_json_schema(by_alias=True)
    found = {key: _open(value) if key in ("properties", "$defs") else value for key, value in found.items()}
    for name in ("WithPin", "OfPhone"):
        found["$defs"][name] = {"anyOf": [found["$defs"][name], {"type": "string"}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scenario", **found}


def keys() -> str:
    """Return ``docs/scenario-keys.md``."""
    lines = [
        "# Every key of a scenario",
        "",
        "Made from the schema (`python -m registrar.scenario.published keys`). For editors there is",
        "[scenario.schema.json](scenario.schema.json); [scenarios.md](scenarios.md) tells how to write a scenario.",
    ]
    for title, model in SECTIONS:
        lines += [
            "",
            f"## {title}",
            "",
            (model.__doc__ or "").replace("``", "`"),
            "",
            "| key | value | |",
            "|---|---|---|",
        ]
        properties = model.model_json_schema(by_alias=True)["properties"]
        for key, value in properties.items():
            lines.append(f"| `{key}` | {_kind(value)} | {value.get('description', '')} |")
    return "\n".join(lines) + "\n"


def _open(value: Any) -> Any:
    """Let a variable stand in the place of every value that is no mapping of ours."""
    if isinstance(value, list):
        return [_open(each) for each in value]
    if not isinstance(value, dict):
        return value
    opened = {key: _open(each) for key, each in value.items()}
    if "properties" in value or not any(key in value for key in _LEAVES):
        return opened
    kept = {key: opened.pop(key) for key in ("description", "title", "default") if key in opened}
    return {**kept, "anyOf": [opened, _VARIABLE]}


def _kind(value: dict[str, Any]) -> str:
    """Return what a value may be, in a few words."""
    if "$ref" in value:
        return "see below"
    if "anyOf" in value:
        kinds = list(dict.fromkeys(_kind(each) for each in value["anyOf"] if each != {"type": "null"}))
        return "text" if set(kinds) == {"text", "number"} else ", or ".join(kinds)
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    if value.get("type") == "array":
        inner = _kind(value["items"])
        return {"mapping": "list of mappings", "see below": "list, see below", "text": "list of texts"}.get(
            inner, f"list of {inner}"
        )
    if value.get("type") == "object":
        return "mapping"
    return {"string": "text", "integer": "whole number", "boolean": "`true` or `false`"}.get(
        value.get("type", ""), "number"
    )


if __name__ == "__main__":
    page = keys() if sys.argv[1:] == ["keys"] else json.dumps(schema(), indent=1) + "\n"
    sys.stdout.write(page)
