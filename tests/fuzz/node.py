"""A whole service node that needs no event loop, new for every input, and what must hold of it afterwards."""

import functools
import gc
from collections.abc import Callable, Sequence
from operator import itemgetter

from registrar.commands.node import Execution
from registrar.commands.run import advance, execute
from registrar.core.piecewise import at_once
from registrar.log import _entry, _Line
from registrar.model.attempt import Attempt
from registrar.model.binding import Binding
from registrar.model.changes import Change, SetExtension, SetRac
from registrar.model.extension import Extension, Rac
from registrar.model.outcome import Outcome
from registrar.store import schema
from registrar.store.commit import Done, GroupCommit
from registrar.store.prepared import Prepared
from registrar.store.rows import READ, binding_changes, binding_row
from registrar.system import System
from registrar.trace.mask import masked
from registrar.trace.words import number_of, summary, text

_READ = itemgetter(*map(schema.bindings.columns.keys().index, READ))
LOADED: list[Change] = [
    SetExtension("12345", Extension("12345", 1, 1, security_exception=False)),
    SetRac("12345", Rac("12345", "4711")),
    SetExtension("12347", Extension("12347", 1, 1)),
    SetExtension("1001", Extension("1001", 1, 1)),
]
"""12345 has a PIN, which no fuzzer knows; 12347 and 1001 have none."""

PRINTOUTS = ("ip_extension -p --verbose", "ip_extension -p", "ip_extension -p --state refused --verbose")


class _Nowhere:
    async def prepare(self, changes: Sequence[Change]) -> Prepared:
        raise NotImplementedError

    async def write(self, changes: Sequence[Change], prepared: Prepared | None = None) -> None:
        raise NotImplementedError


class AtOnce(GroupCommit):
    """A store that has stored everything already."""

    def __init__(self) -> None:
        super().__init__(_Nowhere())

    def submit(self, changes: Sequence[Change], done: Done, prepared: Prepared | None = None) -> None:
        done(None)


class Watched:
    """Watches a system: nothing changes without an accepted outcome, and what it shows can be shown."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.accepted = 0
        self._register = system.register
        system.register = self.register  # type: ignore[method-assign]

    def register(self, attempt: Attempt, now: float) -> Outcome:
        outcome = self._register(attempt, now)
        self.accepted += outcome.accepted
        return outcome

    def bindings(self) -> list[Binding]:
        return list(self.system.state.all_bindings())

    def take(self, step: Callable[[], None]) -> None:
        """Let something come in; nothing may change but by an attempt that was accepted."""
        before, accepted = self.bindings(), self.accepted
        step()
        after = self.bindings()
        assert before == after or self.accepted > accepted
        assert not [binding for binding in after if binding.number not in ("12347", "1001")]

    def shown(self, now: float) -> None:
        """Everything that operators, programs and the store see of it."""
        for line in PRINTOUTS:
            begun = execute(line, self.system.node(now), now)
            execution = begun if isinstance(begun, Execution) else at_once(advance(begun))
            assert isinstance(execution, Execution)
            assert all(each.isprintable() for each in execution.printout.split("\n")), execution.printout
        for event in self.system.bus.since(0):
            for value in _entry(_Line(event.time, "info", event, {})).values():
                assert not isinstance(value, str) or value.isprintable()
        for record in self.system.trace.since(0):
            assert summary(record).isprintable()
            number_of(record).encode()
            text(masked(record.octets, record.flow.listener.protocol)).encode()
        for binding in self.bindings():
            row = binding_row(binding.key, binding)
            (stored,) = binding_changes([_READ(row)])
            assert stored.binding == binding
            for value in row:
                if isinstance(value, str):
                    value.encode()


def forget_what_was_parsed() -> None:
    """Empty the caches of the codecs: each input is to show all of its way."""
    for cached in _caches():
        cached.cache_clear()


@functools.cache
def _caches() -> "list[functools._lru_cache_wrapper[object]]":
    found = [each for each in gc.get_objects() if isinstance(each, functools._lru_cache_wrapper)]
    return [each for each in found if each.__module__.startswith(("registrar.sip", "registrar.h323.vendor"))]
