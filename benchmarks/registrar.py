"""Our registrar under measurement, with as many extensions as asked for."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.process import Address, Process, wait_for
from benchmarks.terminal import PIN
from registrar.remote import Remote


class Running(NamedTuple):
    """A registrar that runs."""

    process: Process
    udp: Address
    tls: Address
    authority: str = ""
    """The file of the CA's certificate."""
    ras: Address = ("", 0)


@contextmanager
def registrar(
    folder: Path, numbers: str, *, durable: bool, pin: bool = True, options: tuple[str, ...] = ()
) -> Iterator[Running]:
    """Run this registrar in the folder with extensions for ``numbers``, written as its commands write them.

    With ``pin`` they have one; ``options`` are further ones of the command line.
    """
    with started(folder, *options, durable=durable) as running:
        remote = Remote.find(None, folder / "data", {})
        for line in (
            *([f"auth_code -i -d {numbers} --auth-code {PIN}"] if pin else []),
            f"extension -i -d {numbers} --csp 1 --lim 1 --security-exception no",
        ):
            result = remote.execute(line)
            if result.exit_status:
                raise RuntimeError(result.printout)
        yield running


@contextmanager
def started(folder: Path, *options: str, durable: bool, patience: float = 20) -> Iterator[Running]:
    """Run this registrar in the folder as it is; it has ``patience`` seconds to be ready."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    ports = [f"--{name}-port=0" for name in ("sip", "sips", "ras", "ras-tls", "http")]
    durability = f"--durability={'durable' if durable else 'memory'}"
    command = [sys.executable, "-m", "registrar", "serve", "--empty", f"--data={folder / 'data'}", durability]
    with Process([*command, *options, *ports, f"--ready-file={ready}"], folder / "registrar.log") as process:
        wait_for(ready, process, patience)
        ports_open = json.loads(ready.read_text())
        udp, tls = (tuple(ports_open[name]) for name in ("sip_udp", "sip_tls"))
        ras = ports_open["ras_udp"]
        yield Running(process, (udp[0], udp[1]), (tls[0], tls[1]), ports_open["ca_file"], (ras[0], ras[1]))
