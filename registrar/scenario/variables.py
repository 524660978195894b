"""Variables: ``${name}`` in any text stands for a value of ``variables`` or of a case.

A text that is nothing but ``${name}`` becomes the value itself, whatever its type; where that is null, the key or item
is left out. Names with a dot belong to the run, and are put in when it is known: ``${port.5061}``, ``${host}``.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from registrar.scenario.document import Keys

_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
OF_THE_RUN: Final = ("host", "port.5060", "port.5061", "port.1719", "port.3727", "ca")

Unknown = Callable[[str, Keys], Exception]


class Expansion:
    """Puts variables in. ``unknown`` gives the error for a name that has no value."""

    def __init__(self, values: Mapping[str, Any], unknown: Unknown) -> None:
        self.used: set[str] = set()
        self._values = values
        self._unknown = unknown

    def expand(self, value: Any, path: Keys = ()) -> Any:
        """Return the value with everything put in."""
        if isinstance(value, dict):
            pairs = ((key, each, self.expand(each, (*path, key))) for key, each in value.items())
            return {key: found for key, each, found in pairs if found is not None or each is None}
        if isinstance(value, list):
            items = ((each, self.expand(each, (*path, index))) for index, each in enumerate(value))
            return [found for each, found in items if found is not None or each is None]
        return self._text(value, path) if isinstance(value, str) else value

    def _text(self, text: str, path: Keys) -> Any:
        whole = _VARIABLE.fullmatch(text)
        if whole is not None and whole[1] not in OF_THE_RUN:
            return self._value(whole[1], path)

        def put(match: re.Match[str]) -> str:
            if match[1] in OF_THE_RUN:
                return match[0]
            value = self._value(match[1], path)
            return "" if value is None else str(getattr(value, "text", value))

        return _VARIABLE.sub(put, text)

    def _value(self, name: str, path: Keys) -> Any:
        if name not in self._values:
            raise self._unknown(name, path)
        self.used.add(name)
        return self._values[name]


def put_in(text: str, of_the_run: Mapping[str, str]) -> str:
    """Put the run's own values into a text."""
    return _VARIABLE.sub(lambda match: of_the_run.get(match[1], match[0]), text) if "${" in text else text
