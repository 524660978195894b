"""What can be wrong with an encoding or a value, and with a request that was decoded.

| error | what it says |
|---|---|
| ``PerError`` | the octets are no message, or the value is none |
| ``RasError`` | the message asks for what cannot be; carries the reason to answer with |
"""

from __future__ import annotations

from typing import Any


class PerError(Exception):
    """Octets that are no encoding of the type, or a value that is no value of it; the codec's one exception."""

    def __init__(self, fault: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(fault, path)
        self.fault = fault
        """What is wrong, in one line."""
        self.path = path
        """The components and alternatives that lead to it, the outermost first; of a list, the element's index."""

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.fault}" if self.path else self.fault


def within(error: Exception, name: str) -> PerError:
    """``error`` as seen from the part ``name``, one level further out."""
    if isinstance(error, PerError):
        return PerError(error.fault, (name, *error.path))
    if isinstance(error, IndexError):
        return PerError("the message ends too early", (name,))
    return PerError(f"no value of this type ({type(error).__name__})", (name,))


class RasError(Exception):
    """A request that cannot be taken, whoever sends it; what the policy and the PIN say is no error but an outcome."""

    def __init__(self, reason: str, detail: str = "", value: Any = None) -> None:
        super().__init__(detail or reason)
        self.reason = (reason, value)
        """The reject reason of the answer."""
        self.malformed = bool(detail)
        """Whether the operator should hear of it."""
