"""What may stand at the end of a line that is being typed: commands, switches, arguments that are known."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from registrar.commands.catalogue import COMMANDS, HELP_COMMAND
from registrar.commands.catalogue.extensions import EXTENSION
from registrar.commands.catalogue.shared import DIR, HELP, INITIATE
from registrar.commands.grammar import Command, Switch
from registrar.commands.line import Word, split
from registrar.commands.numbers import in_order
from registrar.commands.pages import parameter_words
from registrar.commands.types import CSP_NUMBER, NUMBERS, NUMBERS_OR_ALL, ROUTE_NUMBER
from registrar.core.numbered import beginning
from registrar.core.piecewise import Piecewise, at_once
from registrar.core.state import State

MOST: Final = 200
"""Candidates; who wants others types on."""


class Candidate(NamedTuple):
    """One way to go on."""

    text: str
    """What takes the place of the word from ``Completion.start`` on."""
    meaning: str


class Completion(NamedTuple):
    """What may stand at the end of a line."""

    start: int
    """Where in the line the candidates begin."""
    candidates: tuple[Candidate, ...]


def complete(line: str, state: State) -> Piecewise[Completion]:
    """Return what may stand at the end of the line, given what the service node knows. Never anything secret."""
    yield from state.numbers.look()
    yield from state.rac_numbers.look()
    return _completed(line, state)


def _completed(line: str, state: State) -> Completion:
    words = split(line)
    at_end = words and words[-1].end == len(line)
    current = words.pop() if at_end else Word("", len(line), len(line), quoted=False)
    if current.quoted:
        return Completion(current.start, ())
    typed = current.text.lower()
    if not words:
        return _chosen(current.start, typed, ((command.name, command.purpose) for command in COMMANDS.values()))
    command = COMMANDS.get(words[0].text.lower())
    if command is None:
        return Completion(current.start, ())
    if command is HELP_COMMAND:
        known = ((each.name, each.purpose) for each in COMMANDS.values()) if len(words) == 1 else ()
        return _chosen(current.start, typed, known)
    given = _given(command, words)
    waiting = (
        given[-1] if given and given[-1].type is not None and words[-1].text.lower() in _names(given[-1]) else None
    )
    if waiting is None:
        return _chosen(current.start, typed, _switches(command, given))
    place = current.start + _last_number(typed) if waiting.type in (NUMBERS, NUMBERS_OR_ALL) else current.start
    typed = line[place:].lower()
    return _chosen(place, typed, _arguments(command, given, waiting, state, typed))


def _chosen(start: int, typed: str, candidates: Iterable[tuple[str, str]]) -> Completion:
    fitting = (Candidate(text, meaning) for text, meaning in candidates if text.lower().startswith(typed))
    return Completion(start, tuple(islice(fitting, MOST)))


def _given(command: Command, words: list[Word]) -> list[Switch[Any]]:
    """Return the switches that stand in the line, in their order."""
    known = command.switches()
    return [known[word.text.lower()] for word in words[1:] if not word.quoted and word.text.lower() in known]


def _names(switch: Switch[Any]) -> tuple[str, ...]:
    return (switch.name, *switch.aliases)


def _switches(command: Command, given: list[Switch[Any]]) -> Iterator[tuple[str, str]]:
    """Yield the switches that may follow: those of the forms to which all given ones belong, each once."""
    forms = [form for form in command.forms if set(given) <= set(form.switches)]
    verbs = [form.verb for form in forms if form.verb is not None]
    begun = any(verb in given for verb in verbs)
    told: dict[Switch[Any], str] = {}
    for form in forms:
        if form.verb is not None and not begun:
            told.setdefault(form.verb, form.words)
        if form.verb is None or form.verb in given:
            for switch in form.switches:
                told.setdefault(switch, parameter_words(switch))
    yield from ((switch.name, words) for switch, words in told.items() if switch not in given)
    if not given:
        yield HELP.name, HELP.words


def _arguments(
    command: Command, given: list[Switch[Any]], switch: Switch[Any], state: State, typed: str
) -> Iterator[tuple[str, str]]:
    """Yield the arguments that are known to fit a switch."""
    kind = switch.type
    if kind is None or switch.secret:
        return
    yield from ((choice, switch.words) for choice in kind.choices)
    if kind is NUMBERS_OR_ALL:
        yield "all", "every number that is registered"
    new = command is EXTENSION and switch is DIR and INITIATE in given
    known = _KNOWN.get(kind)
    if known is not None and not new:
        yield from known(state, typed)


def _numbers(state: State, typed: str) -> Iterator[tuple[str, str]]:
    orders = (at_once(kept.look()) for kept in (state.numbers, state.rac_numbers))
    for number in in_order(number for order in orders for number in beginning(order, typed).page(0, MOST)):
        extension = state.extensions.get(number)
        rac = "RAC" if number in state.racs else "no RAC"
        if extension is None:
            yield number, f"not initiated, {rac}"
        else:
            yield number, f"exception {'YES' if extension.security_exception else 'NO'}, {rac}"


def _profiles(state: State, _typed: str) -> Iterator[tuple[str, str]]:
    for csp, profile in sorted(state.profiles.items()):
        yield str(csp), profile.name


def _routes(state: State, _typed: str) -> Iterator[tuple[str, str]]:
    for number, route in sorted(state.routes.items()):
        yield str(number), f"{route.host}:{route.port} {route.transport.value}"


_KNOWN: Final[dict[Any, Callable[[State, str], Iterator[tuple[str, str]]]]] = {
    NUMBERS: _numbers,
    NUMBERS_OR_ALL: _numbers,
    CSP_NUMBER: _profiles,
    ROUTE_NUMBER: _routes,
}


def _last_number(typed: str) -> int:
    """Return where the last number of a list or range begins."""
    comma, dots = typed.rfind(","), typed.rfind("..")
    return max(comma + 1, dots + 2 if dots >= 0 else 0)
