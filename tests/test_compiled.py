"""`make run COMPILED=1` runs what mypyc made of the sources."""

import os
from pathlib import Path

import pytest

from registrar.core import register
from registrar.h323 import registration
from registrar.h323.h235 import proof
from registrar.h323.per import sequences
from registrar.servers import ras, sip, udp
from registrar.sip import message, parser


@pytest.mark.parametrize("room", [message, parser, proof, ras, register, registration, sequences, sip, udp])
def test_what_is_said_to_be_compiled_is(room: object) -> None:
    path = Path(str(getattr(room, "__file__", "")))
    assert (path.suffix == ".so") is bool(os.environ.get("COMPILED"))
