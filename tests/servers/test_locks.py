"""Locks outlive the process: who was locked out is so after a restart, until the time is over or it is unlocked."""

import asyncio
from pathlib import Path

import pytest

from registrar.core.limits import Limits
from registrar.core.lockout import Lockout
from registrar.model.changes import Change, SetFailures, SetLock
from registrar.model.lock import Failures, Lock
from registrar.store.store import Store
from registrar.store.vault import Vault
from tests.lab import NOW, UDP_5060
from tests.servers.playbook import PHONE, Phone, Playbook, with_extensions
from tests.sip.road import header, octets, status

LIMITS = Limits(lockout_failures=3, lockout_seconds=100)


async def guess(book: Playbook, number: str = "12345") -> str:
    phone = Phone(book, number, "wrong", call_id=f"guess-{number}-{book.now:.0f}")
    answer = await phone.ask()
    book.now += 11
    return answer


async def locked(book: Playbook | None = None, number: str = "12345") -> Playbook:
    """A node on which the number was guessed at until it was locked."""
    book = book or await with_extensions(Playbook(limits=LIMITS))
    for _ in range(3):
        assert status(await guess(book, number)) == "401 Unauthorized"
    await book.settle()
    return book


async def after_restart(book: Playbook) -> Playbook:
    """Another process with what this one stored."""
    await book.settle()
    again = Playbook(book.memory, loaded=book.memory.stored, limits=LIMITS, nonce_key=b"another one each time")
    again.now = book.now
    return again


def stored(changes: list[Change]) -> list[SetLock]:
    return [change for change in changes if isinstance(change, SetLock)]


async def test_a_lock_outlives_the_process_and_ends_when_its_time_is_over() -> None:
    book = await after_restart(await locked())
    answer = await Phone(book).ask()
    assert (status(answer), header(answer, "Retry-After")) == ("403 Locked Out", "89")
    printout = (await book.system.execute("ip_extension -p --state locked", book.now)).printout
    assert "12345" in printout
    book.now += 90
    assert await Phone(book, call_id="after").register()


async def test_the_lock_of_a_source_outlives_the_process() -> None:
    book = await with_extensions(Playbook(limits=LIMITS._replace(lockout_source_failures=3, lockout_failures=0)))
    for number in ("1", "2", "3"):
        await guess(book, number)
    book = await after_restart(book)
    assert status(await Phone(book).ask()) == "403 Locked Out"
    assert await Phone(book, source=("127.0.0.2", 40000), call_id="elsewhere").register()


async def test_what_an_operator_unlocked_stays_so_after_a_restart() -> None:
    book = await locked()
    await book.execute("ip_extension -u -d 12345")
    assert await Phone(await after_restart(book), call_id="unlocked").register()


async def test_an_unlocking_that_is_not_stored_is_not_executed_and_unlocks_nothing() -> None:
    book = await locked()
    book.memory.broken = True
    execution = await book.system.execute("ip_extension -u -d 12345", book.now)
    assert execution.printout.startswith("NOT EXECUTED")
    assert status(await Phone(book).ask()) == "403 Locked Out"


async def test_a_lock_is_in_force_even_when_it_cannot_be_stored() -> None:
    book = await with_extensions(Playbook(limits=LIMITS))
    book.memory.broken = True
    await locked(book)
    assert status(await Phone(book).ask()) == "403 Locked Out"


async def test_what_is_locked_no_more_is_taken_out_of_the_store_once() -> None:
    book = await locked()
    assert [change.lock for change in stored(book.memory.stored)] == [Lock("12345", "", 3, NOW + 22 + 100)]
    for _ in range(3):
        book.tick(100)
        await book.settle()
    assert stored(book.memory.stored)[1:] == [SetLock(("12345", ""), None)]


async def test_a_number_that_is_no_text_keeps_nothing_else_from_being_stored(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'node.db'}", Vault(bytes(32)))
    for number in ("\udcff1", "1\0002", "\N{FULLWIDTH DIGIT ONE}2345"):
        lock = Lock(number, "", 3, NOW)
        await store.write([SetLock(lock.key, lock)])
    loaded = stored(await store.load())
    assert [change.key for change in loaded] == [(r"1\02", ""), (r"\udcff1", ""), ("\N{FULLWIDTH DIGIT ONE}2345", "")]
    await store.write([SetLock(("\udcff1", ""), None)])
    assert len(stored(await store.load())) == 2
    await store.close()


async def test_a_restart_gives_a_guesser_no_new_allowance() -> None:
    book = await with_extensions(Playbook(limits=LIMITS))
    for _ in range(2):
        assert status(await guess(book)) == "401 Unauthorized"
    book.tick(1)
    book = await after_restart(book)
    assert status(await guess(book)) == "401 Unauthorized"
    assert status(await Phone(book).ask()) == "403 Locked Out"


async def test_a_wrong_pin_is_answered_before_its_count_is_stored_and_whether_it_is_or_not() -> None:
    book = await with_extensions(Playbook(limits=LIMITS))
    book.memory.open.clear()
    for call_id in ("a", "b"):
        phone = Phone(book, pin="wrong", call_id=call_id)
        book.sip.datagram(UDP_5060, octets(phone.request()), PHONE)
        phone.take_challenge(book.take()[-1])
        book.sip.datagram(UDP_5060, octets(phone.request("REGISTER", phone.credentials())), PHONE)
        assert status(book.take()[-1]) == "401 Unauthorized"
        book.tick(11)
        await asyncio.sleep(0)
        assert book.commit.pending
    book.memory.broken = True
    book.memory.open.set()
    await book.settle()
    assert status(await guess(book)) == "401 Unauthorized"
    assert status(await Phone(book).ask()) == "403 Locked Out"


async def test_counts_are_kept_by_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'node.db'}"
    store = await Store.open(url, Vault(bytes(32)))
    number, source = (
        SetFailures(("12345", ""), Failures(3, NOW, NOW + 1)),
        SetFailures(("", "::1"), Failures(1, NOW, NOW)),
    )
    await store.write([number, source])
    await store.close()
    store = await Store.open(url, Vault(bytes(32)))
    assert [change for change in await store.load() if isinstance(change, SetFailures)] == [source, number]
    await store.write([SetFailures(number.key, None)])
    assert [change for change in await store.load() if isinstance(change, SetFailures)] == [source]
    await store.close()


@pytest.mark.parametrize("end", [NOW + 50, None])
def test_what_is_changed_about_a_lock_can_be_taken_back(end: float | None) -> None:
    lockout = Lockout(LIMITS)
    first = Lock("12345", "", 5, NOW + 10)
    lockout.apply(SetLock(first.key, first))
    inverse = lockout.apply(SetLock(first.key, Lock("12345", "", 6, end) if end is not None else None))
    assert lockout.locked_until("12345", "", NOW) == (end or 0)
    lockout.apply(inverse)
    assert lockout.locks(NOW) == [first]
