"""What a running registrar does between messages."""

import asyncio
import io
from pathlib import Path
from typing import Any

from registrar.log import Log
from registrar.running import Registrar
from registrar.settings import Settings


async def test_a_fault_in_looking_at_one_timer_is_told_and_the_others_are_looked_at(tmp_path: Path) -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context.get("exception")))
    free: dict[str, Any] = dict.fromkeys(("sip_port", "sips_port", "ras_port", "ras_tls_port"), 0)
    settings = Settings(data=tmp_path, certs=tmp_path / "certs", **free)
    log = Log("text", "error", io.StringIO())
    registrar = Registrar(settings, log, http=False)
    await registrar.start()
    seconds: list[float] = []
    stop = asyncio.Event()

    def at_fault(now: float) -> None:
        raise ValueError("a fault in looking at a timer")

    def sweep(now: float) -> None:
        seconds.append(now)
        stop.set()

    registrar.system.tick = at_fault  # type: ignore[method-assign]
    registrar.listening.sweep = sweep  # type: ignore[method-assign]
    await asyncio.wait_for(registrar.until(stop), 20)
    await registrar.close()
    log.close()
    assert len(seconds) == 1
    assert [type(fault) for fault in faults] == [ValueError]
