"""The story of the requirement's chapter 5: from no security to All Secure on secure ports alone, and back."""

from pathlib import Path

import pytest

from tests.interop.story import STORY, Stage, steady
from tests.transcripts.script import read

pytestmark = pytest.mark.interop("sipp", "baresip")


@pytest.mark.slow
def test_the_whole_way_to_all_secure_and_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        for step in read(STORY.read_text("utf-8")):
            assert steady(stage.play(step)) == steady(step.expected), f"{STORY.name}, line {step.place}: {step.line}"
    finally:
        stage.close()
