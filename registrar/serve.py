"""``registrar serve``: one registrar in this process, until it is told to stop."""

import asyncio
import contextlib
import importlib
import signal
import sys
from collections.abc import Callable
from dataclasses import replace

from registrar.errors import StartError
from registrar.log import Log
from registrar.running import Registrar
from registrar.settings import Settings
from registrar.store.errors import StoreError
from registrar.tls.errors import CertificateError

OPEN_FILES = 65_536
"""Asked of the system, as far as it allows them; one for each connection."""


def run(load: Callable[[], Settings], say: Callable[[str], None], program: str = "registrar") -> None:
    """Serve until SIGINT or SIGTERM; on SIGHUP ``load`` the settings again. Raises ``StartError``.

    ``say`` prints the banner, which calls this ``program``.
    """
    files = _raise_file_limit()
    settings = _within(load(), files)
    try:
        runner = importlib.import_module("uvloop").run
    except ImportError:
        runner = asyncio.run
    log = Log(settings.log_format, settings.log_level, sys.stderr)
    with log.takes_libraries():
        runner(_serve(settings, lambda: _within(load(), files), say, program, log))


async def _serve(
    settings: Settings, load: Callable[[], Settings], say: Callable[[str], None], program: str, log: Log
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    registrar = Registrar(settings, log)
    try:
        await registrar.start()
        loop.add_signal_handler(signal.SIGHUP, registrar.reload, load)
        say(registrar.banner(program))
        log.say("info", "listening", **{name: f"{where[0]} {where[1]}" for name, where in registrar.ports.items()})
        await registrar.until(stop)
        log.say("info", "stopped")
    except (StoreError, CertificateError) as error:
        raise StartError(str(error)) from None
    finally:
        await registrar.close()


def _within(settings: Settings, files: int) -> Settings:
    """Return the settings; where half of the files that may be open are too few for one address, it has a quarter.

    That is for each of three ports: the last quarter is everybody else's.
    """
    if settings.max_connections_per_source <= files // 2:
        return settings
    return replace(settings, max_connections_per_source=max(1, files // 4))


def _raise_file_limit() -> int:
    """Ask for open files, one for each connection: most systems allow 1,024 else. Return how many there may be."""
    try:
        import resource
    except ImportError:
        return OPEN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return OPEN_FILES if soft == resource.RLIM_INFINITY else soft
