"""What the command language is made of: types, switches, forms, commands, and the arguments of one line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Type(Generic[T]):
    """The type of an argument."""

    form: str
    """How forms show it, e.g. ``N`` or ``yes|no``."""
    words: str
    """What it must be, to complete the sentence "takes ..."."""
    read: Callable[[str], T]
    """Reads it, or raises ``registrar.commands.numbers.ArgumentError``."""
    choices: tuple[str, ...] = ()
    """Every value there is, where there are few; for completion."""


@dataclass(frozen=True, eq=False)
class Switch(Generic[T]):
    """A switch of one command, with its argument's type; ``None`` for a switch without argument."""

    name: str
    type: Type[T] | None
    words: str
    aliases: tuple[str, ...] = ()
    """Other ways to write it."""
    secret: bool = False
    """Its argument is never shown."""

    @property
    def form(self) -> str:
        """The switch as forms show it, e.g. ``--csp 0..500``."""
        return f"{self.name} {self.type.form}" if self.type is not None else self.name


@dataclass(frozen=True, eq=False)
class Form:
    """One valid form of a command."""

    verb: Switch[Any] | None
    """What tells the form from the others; ``None`` where a command has only one."""
    words: str
    """What it does."""
    required: tuple[Switch[Any], ...] = ()
    optional: tuple[Switch[Any], ...] = ()
    one_of: tuple[Switch[Any], ...] = ()
    """Switches of which at least one must be given; they are among the optional ones."""

    @property
    def switches(self) -> tuple[Switch[Any], ...]:
        """Every switch of the form."""
        return (*((self.verb,) if self.verb is not None else ()), *self.required, *self.optional)

    @property
    def name(self) -> str:
        """The verb's name, or an empty text."""
        return self.verb.name if self.verb is not None else ""


@dataclass(frozen=True, eq=False)
class Command:
    """A command."""

    name: str
    purpose: str
    """One line."""
    forms: tuple[Form, ...]
    function: str = ""
    """What the operator should know, in a paragraph or two."""
    examples: tuple[str, ...] = ()
    positional: Switch[Any] | None = None
    """An argument that is given without a switch."""

    def syntax(self, form: Form) -> str:
        """Return the form as one line, e.g. ``extension -e -d N``."""
        words = [self.name]
        if form.verb is not None:
            words.append(form.verb.form)
        words += [switch.form for switch in form.required]
        words += [f"[{switch.form}]" for switch in form.optional]
        if self.positional is not None and self.positional.type is not None:
            words.append(f"[{self.positional.type.form}]")
        return " ".join(words)

    def switches(self) -> dict[str, Switch[Any]]:
        """Every switch of every form, by each of the ways to write it."""
        return {
            name: switch for form in self.forms for switch in form.switches for name in (switch.name, *switch.aliases)
        }


class Arguments:
    """The arguments of one line, by their switches."""

    def __init__(self, values: dict[Switch[Any], Any]) -> None:
        self._values = values

    def __contains__(self, switch: Switch[Any]) -> bool:
        return switch in self._values

    def __getitem__(self, switch: Switch[T]) -> T:
        return cast(T, self._values[switch])

    def get(self, switch: Switch[T]) -> T | None:
        """Return the switch's argument, or ``None`` when it was not given."""
        return self._values.get(switch)
