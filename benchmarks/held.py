"""How long a line that changes 100,000 things holds the event loop: its longest piece of work, stored and not.

The node is in this process, without a network and with nothing else to do; its database is a file. What is told is the
CPU of the loop's thread in the longest of its turns. What is taken back fails when all was written already.
"""

import asyncio
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.million import fill
from registrar.model.changes import Change, SetLicence
from registrar.model.licence import VOIP_SECURITY, Licence
from registrar.store.commit import GroupCommit
from registrar.store.errors import StoreError
from registrar.store.prepared import Prepared
from registrar.store.store import Store
from registrar.store.vault import open_vault
from registrar.system import System

MANY = 100_000
FIRST = 1_000_000
AIM = 10
"""Milliseconds."""

_HANDLE: Any = asyncio.Handle


def lines(many: int = MANY) -> Iterator[str]:
    """Measure; yield a line for each."""
    known, new = (f"{first}..{first + many - 1}" for first in (FIRST, FIRST + 1_000_000))
    for line in (
        f"extension -i -d {new} --csp 1 --lim 1",
        f"extension -c -d {known} --lim 2",
        f"extension -e -d {known}",
        f"auth_code -e -d {known}",
        f"extension_unregistration -d {known}",
        "extension_unregistration -d all",
    ):
        took = [asyncio.run(_measured(line, many, stored=stored)) for stored in (True, False)]
        held, back = (seconds * 1000 for seconds in took)
        yield f"{line:<52} longest piece {held:6.1f} ms, taken back {back:6.1f} ms  (aim {AIM} ms)"


class _Failing(Store):
    """Everything is written, then nothing was."""

    async def write(self, changes: Sequence[Change], prepared: Prepared | None = None) -> None:
        if prepared is None:
            await super().write(changes)
        raise StoreError("the disk is full: make room")


async def _measured(line: str, many: int, *, stored: bool) -> float:
    with TemporaryDirectory() as name:
        wanted = [str(FIRST + number) for number in range(many)]
        await asyncio.to_thread(fill, Path(name), wanted, many)
        kind = Store if stored else _Failing
        store = await kind.open(f"sqlite:///{name}/registrar.db", open_vault(Path(name, "rac.key")))
        loaded = [SetLicence(Licence("LAB", (VOIP_SECURITY,))), *await store.load()]
        system = System(loaded, GroupCommit(store), token=lambda: secrets.token_hex(8))
        del loaded
        await _quiet()
        turns = _Turns()
        execution = await system.execute(line, time.time())
        await _quiet()
        turns.close()
        assert execution.executed == stored, execution.printout
        await store.close()
    return turns.longest


async def _quiet() -> None:
    """Return when nothing is under way any more."""
    while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110 - whatever they are
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)


class _Turns:
    """The longest turn that anything had on the loop, in seconds of its thread's CPU."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._run = run = vars(asyncio.Handle)["_run"]

        def timed(handle: asyncio.Handle) -> None:
            began = time.thread_time()
            run(handle)
            self.longest = max(self.longest, time.thread_time() - began)

        _HANDLE._run = timed  # noqa: SLF001 - every turn goes through it

    def close(self) -> None:
        _HANDLE._run = self._run  # noqa: SLF001


if __name__ == "__main__":
    for told in lines(*map(int, sys.argv[1:])):
        print(told, flush=True)
