"""The kept corpus through the fuzzer's targets: what was found once stays found, and nothing takes long."""

import pytest

from tests.fuzz import CORPUS
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, run


@pytest.mark.parametrize("name", TARGETS)
def test_what_must_hold_holds_for_the_whole_corpus(name: str) -> None:
    kept = sorted((CORPUS / name).iterdir())
    assert len(kept) >= 10
    for file in kept:
        try:
            run(TARGETS[name], file.read_bytes())
        except Exception as error:
            error.add_note(f"the input: {file}")
            raise


@pytest.mark.parametrize("name", TARGETS)
def test_what_must_hold_holds_for_what_phones_send(name: str) -> None:
    for data in seeds(name):
        run(TARGETS[name], data)
