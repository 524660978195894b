"""The schema is the ITU's."""

import pytest

from registrar.h323.schema import H225, IMPORTS, TYPES, Named, reached
from tests.h323.oracle import ITU
from tests.h323.oracle.text import Module, shape

RAS = Named(H225, "RasMessage")


@pytest.mark.interop("tests/h323/oracle/itu/H323-MESSAGES.asn")
@pytest.mark.parametrize("module", TYPES)
def test_every_type_is_what_the_itu_wrote(module: str) -> None:
    written = Module(ITU / f"{module}.asn")
    for name, type_ in TYPES[module].items():
        assert shape(type_) == shape(written.type(name)), name
    assert IMPORTS[module].items() <= written.imports.items()


def test_it_has_what_a_ras_message_can_hold_and_nothing_else() -> None:
    assert reached(RAS) | {RAS} == {Named(module, name) for module in TYPES for name in TYPES[module]}
