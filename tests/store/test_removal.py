"""What is taken away is taken away in the database too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registrar.model.changes import Change, SetBinding, SetExtension, SetLicence, SetPatterns, SetProfile, SetRac
from registrar.model.extension import Extension, ExtensionProfile, Rac
from registrar.model.licence import Licence
from registrar.model.policy import TerminalClass
from registrar.model.terminal import TerminalPattern
from registrar.store.store import Store
from registrar.store.vault import Vault
from tests.sip.road import binding

BOUND = binding()
PUT: list[Change] = [
    SetLicence(Licence("LAB", ("VOIP-SECURITY",))),
    SetProfile(2, ExtensionProfile(2, "Conference rooms")),
    SetExtension("12345", Extension("12345", 2, 1)),
    SetRac("12345", Rac("12345", "4711")),
    SetPatterns((TerminalPattern("^baresip", TerminalClass.SECURE, "lab", None),)),
    SetBinding(BOUND.key, BOUND),
]
DROPPED: list[Change] = [
    SetLicence(None),
    SetProfile(2, None),
    SetExtension("12345", None),
    SetRac("12345", None),
    SetPatterns(()),
    SetBinding(BOUND.key, None),
]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:///{tmp_path / 'registrar.db'}", Vault(bytes(32)))
    yield opened
    await opened.close()


@pytest.mark.parametrize("place", range(len(PUT)), ids=lambda place: type(PUT[place]).__name__)
async def test_what_was_stored_is_removed_again(store: Store, place: int) -> None:
    nothing = await store.load()
    await store.write(PUT)
    everything = await store.load()
    await store.write([DROPPED[place]])
    gone = type(PUT[place])
    left = [change for change in everything if type(change) is not gone or change in nothing]
    assert [change for change in await store.load() if change != SetPatterns(())] == [
        change for change in left if change != SetPatterns(())
    ]


async def test_nothing_is_left_when_all_is_removed(store: Store) -> None:
    nothing = await store.load()
    await store.write(PUT)
    await store.write(DROPPED)
    assert await store.load() == nothing
