"""A value with names: compared by what it says, changed by making another."""

from typing import Any, Self

from mypy_extensions import mypyc_attr


@mypyc_attr(acyclic=True)
class Record:
    """What a named tuple is, but for being a tuple: an attribute is read in half the time, and compiled in none.

    Whoever derives from it names in ``__slots__`` what ``__init__`` takes, and assigns each once.
    """

    __slots__: tuple[str, ...] = ()

    def _replace(self, **changes: Any) -> Self:
        """Return the same with these changes."""
        said = {name: getattr(self, name) for name in _names(self)}
        said.update(changes)
        return type(self)(**said)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(other) is type(self) and all(getattr(self, name) == getattr(other, name) for name in _names(self))

    def __hash__(self) -> int:
        return hash(tuple([getattr(self, name) for name in _names(self)]))

    def __repr__(self) -> str:
        said = ", ".join([f"{name}={getattr(self, name)!r}" for name in _names(self)])
        return f"{type(self).__name__}({said})"


def _names(record: Record) -> tuple[str, ...]:
    # a compiled class has no __slots__ when it runs
    names: tuple[str, ...] = getattr(record, "__mypyc_attrs__", ()) or record.__slots__
    return names
