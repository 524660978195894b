"""Erlang's ASN.1 compiler, which has the ITU's own text of the types, as an oracle of the codec."""

import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from registrar.h323 import ras
from registrar.h323.schema import H225, H235, find
from registrar.h323.schema.notation import (
    BitString,
    Boolean,
    CharacterString,
    Choice,
    Enumerated,
    Integer,
    Null,
    ObjectIdentifier,
    OctetString,
    OpenType,
    Sequence,
    SequenceOf,
    Type,
)

HERE = Path(__file__).parent
ITU = HERE / "itu"
"""Where ``fetch.sh`` has put the ITU's modules; they are not ours to keep here."""


class Answer(NamedTuple):
    encoding: str
    """Of the value, in hexadecimal."""
    meaning: str
    """Of the octets: ``same`` where they are an encoding of the value, canonical or not."""


class Oracle:
    """A running Erlang."""

    def __init__(self) -> None:
        if not (ITU / "H323-MESSAGES.beam").exists():
            subprocess.run(["erlc", "-o", ITU, HERE / "oracle.erl"], check=True)
            subprocess.run(["erl", "-noshell", "-s", "oracle", "build"], cwd=ITU, check=True)
        command = ["erl", "-noshell", "-s", "oracle", "serve"]
        self.process = subprocess.Popen(command, cwd=ITU, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdin
        assert self.process.stdout
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def ask(self, type_: str, octets: bytes, value: Any) -> Answer:
        """What Erlang has for the value, and for the octets in comparison with it."""
        self.stdin.write(f"{type_} {octets.hex()} {term(value, type_, H225)}.\n")
        self.stdin.flush()
        return Answer(*self.stdout.readline().rstrip("\n").split("\t"))

    def close(self) -> None:
        self.stdin.close()
        self.process.wait()
        self.stdout.close()


def term(value: Any, type_: Type, module: str) -> str:  # noqa: C901
    """The value as an Erlang term without blanks."""
    match type_:
        case str():
            named = find(type_, module)
            return term(value, named.resolve(), named.module)
        case Sequence():
            types = {part.name: part.type for part in (*type_.root, *type_.additions)}
            return "#{" + ",".join(f"'{name}'=>{term(value[name], types[name], module)}" for name in value) + "}"
        case Choice():
            types = {part.name: part.type for part in (*type_.root, *type_.additions)}
            return f"{{'{value[0]}',{term(value[1], types[value[0]], module)}}}"
        case SequenceOf():
            return "[" + ",".join(term(element, type_.element, module) for element in value) + "]"
        case BitString():
            return _bits(*value)
        case CharacterString():
            return "[" + ",".join(map(_character, value)) + "]"
        case OctetString():
            return "<<" + ",".join(map(str, value)) + ">>"
        case OpenType():
            # To Erlang an open type is the value of the type that the ITU's text names for it.
            return term(ras.decode_as(ras.CLEAR_TOKEN, value), "ClearToken", H235)
        case ObjectIdentifier():
            return f"{{{value.replace('.', ',')}}}"
        case Boolean():
            return "true" if value else "false"
        case Null():
            return "'NULL'"
        case Enumerated():
            return f"'{value}'"
        case Integer():
            return str(value)
        case _:
            raise NotImplementedError(type_)


def _bits(octets: bytes, count: int) -> str:
    whole = [str(octet) for octet in octets[: count >> 3]]
    rest = [f"{octets[-1] >> 8 - (count & 7)}:{count & 7}"] if count & 7 else []
    return "<<" + ",".join(whole + rest) + ">>"


def _character(character: str) -> str:
    code = ord(character)
    return str(code) if code < 256 else f"{{0,0,{code >> 8},{code & 255}}}"
