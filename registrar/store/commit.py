"""Group commit: everything that came in while the last transaction ran is stored by the next one.

``done`` is called in the order of submission when a batch is stored. When it fails, everything pending fails with it,
since later changes may build on earlier ones, and ``done`` is called from the last to the first: each caller takes its
own change back, and the state goes back the way it came. What comes in while that goes on was built on what is left of
it and fails first. Very many are called in pieces, between which everything else has its turn. Whatever keeps a batch
from being stored makes it fail, a fault of the program as well: nobody waits for ever, nobody is told that it was
stored.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from registrar.core.piecewise import PIECE
from registrar.model.changes import Change
from registrar.store.errors import StoreError
from registrar.store.prepared import Prepared

Done = Callable[[StoreError | None], None]

LINGER = 0.004
"""Seconds a first change waits for company: a batch of one costs as much as a batch of ten."""
LIMIT = 50_000
"""Submissions pending; beyond it the system answers that it is overloaded."""


class Writer(Protocol):
    """What a group commit writes to."""

    async def prepare(self, changes: Sequence[Change]) -> Prepared:
        """Write down very many changes that are not in force yet, or raise ``StoreError``."""
        ...

    async def write(self, changes: Sequence[Change], prepared: Prepared | None = None) -> None:
        """Store what was prepared, then the changes, in one transaction, or raise ``StoreError``."""
        ...


class _Submission(NamedTuple):
    changes: Sequence[Change]
    done: Done
    prepared: Prepared | None


class GroupCommit:
    """Collects changes and writes them batch by batch."""

    def __init__(self, store: Writer, linger: float = LINGER, limit: int = LIMIT) -> None:
        self._store = store
        self._linger = linger
        self._limit = limit
        self._waiting: deque[_Submission] = deque()
        self._writing = False
        self._untold: deque[_Submission] = deque()
        """What is being written, and those of it that were not called back yet."""
        self._task: asyncio.Task[None] | None = None

    @property
    def pending(self) -> bool:
        """True while something submitted is not stored yet."""
        return bool(self._waiting or self._untold)

    @property
    def writing(self) -> bool:
        """True while a batch is being stored."""
        return self._writing

    @property
    def full(self) -> bool:
        """True when no more should be submitted for now."""
        return len(self._waiting) + len(self._untold) >= self._limit

    async def prepare(self, changes: Sequence[Change]) -> Prepared:
        """Write down very many changes before they are in force. Raises ``StoreError``."""
        return await self._store.prepare(changes)

    def submit(self, changes: Sequence[Change], done: Done, prepared: Prepared | None = None) -> None:
        """Store the changes after everything submitted before, then call ``done``; no changes are a place in line.

        What was ``prepared`` is in force before them.
        """
        if not changes and prepared is None and not self.pending:
            done(None)
            return
        self._waiting.append(_Submission(changes, done, prepared))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="group commit")

    async def flush(self) -> None:
        """Return when everything submitted so far is stored or has failed."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            while self._waiting:
                if self._linger:
                    await asyncio.sleep(self._linger)
                await self._write()
        finally:
            self._task = None

    async def _write(self) -> None:
        first = self._waiting.popleft()
        self._untold.append(first)
        while self._waiting and self._waiting[0].prepared is None:  # what is prepared comes first in its transaction
            self._untold.append(self._waiting.popleft())
        changes = [change for submission in self._untold for change in submission.changes]
        self._writing = True
        try:
            await self._store.write(changes, first.prepared)
        except StoreError as error:
            failure: StoreError | None = error
        except Exception as error:
            _report(error)
            failure = StoreError(f"{type(error).__name__}: {error}")
        else:
            failure = None
        finally:
            self._writing = False
        await (self._stored() if failure is None else self._failed(failure))

    async def _stored(self) -> None:
        """Call back in the order of submission."""
        told = 0
        while self._untold:
            _tell(self._untold.popleft().done, None)
            told += 1
            if told % PIECE == 0:
                await asyncio.sleep(0)

    async def _failed(self, error: StoreError) -> None:
        """Call back the other way round, with what comes in meanwhile in front."""
        told = 0
        while True:
            self._untold.extend(self._waiting)
            self._waiting.clear()
            if not self._untold:
                break
            _tell(self._untold.pop().done, error)
            told += 1
            if told % PIECE == 0:
                await asyncio.sleep(0)


def _tell(done: Done, error: StoreError | None) -> None:
    """Call back; a fault in one caller's answer must not take the next one's."""
    try:
        done(error)
    except Exception as fault:
        _report(fault)


def _report(fault: Exception) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "group commit", "exception": fault})
