"""`make run COMPILED=1` runs what mypyc made of the sources."""

import os
from pathlib import Path

import pytest

from registrar.core import register
from registrar.servers import sip, udp
from registrar.sip import message, parser


@pytest.mark.parametrize("room", [message, parser, register, sip, udp])
def test_what_is_said_to_be_compiled_is(room: object) -> None:
    path = Path(str(getattr(room, "__file__", "")))
    assert (path.suffix == ".so") is bool(os.environ.get("COMPILED"))
