"""Group commit: everything that came in while the last transaction ran is stored by the next one.

``done`` is called in the order of submission when a batch is stored. When it fails, everything pending fails with it,
since later changes may build on earlier ones, and ``done`` is called from the last to the first: each caller takes its
own change back, and the state goes back the way it came. Whatever keeps a batch from being stored makes it fail, a
fault of the program as well: nobody waits for ever, nobody is told that it was stored.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from registrar.model.changes import Change
from registrar.store.errors import StoreError

Done = Callable[[StoreError | None], None]

LINGER = 0.004
"""Seconds a first change waits for company: a batch of one costs as much as a batch of ten."""
LIMIT = 50_000
"""Submissions pending; beyond it the system answers that it is overloaded."""


class Writer(Protocol):
    """What a group commit writes to."""

    async def write(self, changes: Sequence[Change]) -> None:
        """Store the changes in one transaction, or raise ``StoreError``."""
        ...


class GroupCommit:
    """Collects changes and writes them batch by batch."""

    def __init__(self, store: Writer, linger: float = LINGER, limit: int = LIMIT) -> None:
        self._store = store
        self._linger = linger
        self._limit = limit
        self._waiting: list[tuple[Sequence[Change], Done]] = []
        self._writing = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def pending(self) -> bool:
        """True while something submitted is not stored yet."""
        return bool(self._waiting) or self._writing > 0

    @property
    def writing(self) -> bool:
        """True while a batch is being stored."""
        return self._writing > 0

    @property
    def full(self) -> bool:
        """True when no more should be submitted for now."""
        return len(self._waiting) + self._writing >= self._limit

    def submit(self, changes: Sequence[Change], done: Done) -> None:
        """Store the changes after everything submitted before, then call ``done``; no changes are a place in line."""
        if not changes and not self.pending:
            done(None)
            return
        self._waiting.append((changes, done))
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
        batch, self._waiting = self._waiting, []
        self._writing = len(batch)
        changes = [change for some, _ in batch for change in some]
        try:
            await self._store.write(changes)
        except StoreError as error:
            self._fail(batch, error)
        except Exception as error:
            _report(error)
            self._fail(batch, StoreError(f"{type(error).__name__}: {error}"))
        else:
            self._writing = 0
            for _, done in batch:
                _tell(done, None)

    def _fail(self, batch: list[tuple[Sequence[Change], Done]], error: StoreError) -> None:
        batch += self._waiting
        self._waiting = []
        self._writing = 0
        for _, done in reversed(batch):
            _tell(done, error)


def _tell(done: Done, error: StoreError | None) -> None:
    """Call back; a fault in one caller's answer must not take the next one's."""
    try:
        done(error)
    except Exception as fault:
        _report(fault)


def _report(fault: Exception) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "group commit", "exception": fault})
