"""A running registrar, put together: store, system, ports, API; and taken apart again."""

import asyncio
import contextlib
import dataclasses
import gc
import importlib
import json
import os
import re
import secrets
import shlex
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from registrar.banner import banner
from registrar.configured import core_limits, sip_settings, stream_limits
from registrar.demonstration import EXTENSIONS, lab_licence, present
from registrar.errors import StartError
from registrar.hosts import WILDCARDS, address_for_phones, in_uri, own_names
from registrar.listening import Listening
from registrar.log import Log
from registrar.model.changes import Change
from registrar.model.flow import Transport
from registrar.policy.licence_file import issuer_of
from registrar.ports import address_of, bind
from registrar.provision.account import Account, Server
from registrar.provision.samples import write_samples
from registrar.ready_file import RUNNING, forget, make_room, write_whole
from registrar.settings import Settings, differences
from registrar.store.commit import GroupCommit
from registrar.store.secrets import open_key, open_secret
from registrar.store.store import Store
from registrar.store.vault import Vault, open_vault
from registrar.surroundings.backups import Backups
from registrar.surroundings.certificates import ServerCertificates
from registrar.surroundings.outside import Outside
from registrar.system import System
from registrar.tls.errors import CertificateError
from registrar.tls.installed import Installed

TICK = 0.25
"""Seconds between looks at timers."""
WEAK_TLS = (
    "WEAK: RAS over TLS takes TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA (tls_profile d4),"
    " without forward secrecy; for DBC 42x 02 telephones alone"
)
WARN_AGAIN = 86_400
"""Seconds after which what is still wrong with certificate or licence is told again."""
COLLECT = (50_000, 20, 20)
"""When garbage in cycles is looked for. A registration leaves none, but some twenty objects that stay: looked at every
700 as usual, they cost it a tenth."""
TOKEN_OCTETS = 24
MANY = 10_000
"""What was stored is kept from the garbage collector when it is so much: a look at it all takes its time."""


class Registrar:
    """One registrar in this process. A test's may go without ``http``, and by a ``clock`` of its own."""

    def __init__(
        self,
        settings: Settings,
        log: Log,
        *,
        http: bool = True,
        clock: Callable[[], float] = time.time,
        first: Sequence[Change] = (),
    ) -> None:
        """Resolve the host. ``first`` is what an empty store begins with besides the rest. Raises ``StartError``."""
        host = address_of(settings.host)
        self.names = own_names(settings.host, settings.domain)
        if host not in (*WILDCARDS, *self.names):
            self.names.append(host)
        self.settings = dataclasses.replace(settings, host=host)
        self._given = settings
        self.log = log
        self.clock = clock
        self._first = first
        self.ready: dict[str, Any] = {}
        """What the ready file holds, once started."""
        self.address = address_for_phones(host)
        self._samples: list[str] = []
        self._web: socket.socket | None = None
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self._with_http = http
        self._http: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open everything, then write the ready file. Raises ``StartError``, ``StoreError``, ``CertificateError``."""
        settings = self.settings
        if settings.ready_file is not None:
            make_room(settings.ready_file)
        data = _folder(settings.data)
        certificates = ServerCertificates(
            settings.certificates,
            self.names,
            settings.domain,
            self.clock,
            client_certificates=settings.client_certificates,
            key_log=settings.tls_key_log,
            d4=settings.tls_profile == "d4",
        )
        self._certificates = certificates
        demonstration = () if settings.empty else EXTENSIONS
        shown = [change for each in demonstration for change in each.changes()]
        first = [lab_licence(settings.system), *shown, *self._first]
        vault = open_vault(data / "rac.key")
        store = await Store.open(settings.database_url, vault, first=first, synchronous=settings.synchronous)
        self._closing.append(store.close)
        commit = GroupCommit(store)
        self._closing.append(commit.flush)
        with _without_collection():
            loaded = await store.load()
            self.system = self._system(loaded, commit, certificates, vault)
            if len(loaded) >= MANY:
                gc.freeze()
            del loaded
        self.system.bus.subscribe(self.log.event)
        self._warn(self.clock())
        key = open_key(data / "node.key")
        token = _open_token(data / "token")
        if not self._with_http:
            await self._listen(certificates, settings.http_port, key)
            self.ready = self._ready(certificates.installed, data)
            return
        self._web = web = bind(settings.host, settings.http_port, "HTTP")
        await self._listen(certificates, web.getsockname()[1], key)
        self.ready = self._ready(certificates.installed, data) | {"http": [settings.host, web.getsockname()[1]]}
        self._tell(data)
        self._http = asyncio.get_running_loop().create_task(self._serve_http(web, token), name="http")
        self._closing.append(self._stop_http)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)

    def _system(
        self, loaded: Iterable[Change], commit: GroupCommit, certificates: ServerCertificates, vault: Vault
    ) -> System:
        settings = self.settings
        return System(
            loaded,
            commit,
            token=_token,
            limits=core_limits(settings),
            durable=settings.durability == "durable",
            surroundings=Outside(
                certificates,
                Backups(settings.data / "backups", settings.system, vault, self.clock),
                settings.system,
                issuer_of(open_key(settings.licence_key)),
            ),
            trace=settings.trace_records,
        )

    @property
    def ports(self) -> dict[str, list[Any]]:
        """The ports of the ready file."""
        return {name: where for name, where in self.ready.items() if isinstance(where, list)}

    def banner(self, program: str) -> str:
        """Return what to print at a start; ``program`` is what to type for this one."""
        data = self.settings.data
        execute = f"{program} exec" if data == Settings().data else f"{program} exec --data {shlex.quote(str(data))}"
        state = self.system.state
        return banner(self.ready, state.policy, present(state), self._samples, execute)

    async def until(self, stop: asyncio.Event) -> None:
        """Look at the timers until told to stop."""
        second = 0
        while not stop.is_set():
            if self._http is not None and self._http.done():
                self._http.result()
            now = self.clock()
            _look(now, self.listening.sip.tick, self.listening.ras.tick)
            if int(now) != second:
                second = int(now)
                _look(now, self.system.tick, self.listening.sweep)
                if now >= self._warned_at + WARN_AGAIN:
                    self._warn(now)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TICK)

    def reload(self, load: Callable[[], Settings]) -> None:
        """Take over what may change while this runs: some settings, and certificates put into the folder by hand."""
        try:
            taken, others = differences(self._given, load())
            settings = dataclasses.replace(self.settings, **taken)
            self._certificates.read_anew(settings.client_certificates)
        except (StartError, CertificateError) as error:
            self.log.say("error", "not reloaded", reason=str(error))
            return
        self.settings, self._given = settings, dataclasses.replace(self._given, **taken)
        self.system.set_limits(core_limits(settings))
        self.listening.set_limits(stream_limits(settings))
        self.log.set_level(settings.log_level)
        self.log.say("info", "reloaded", **taken)
        if others:
            self.log.say("warning", "waits for a start", settings=", ".join(others))
        self._warn(self.clock())

    def _warn(self, now: float) -> None:
        """Tell what is wrong with the certificate and the licence; from 30 days before their end, once a day."""
        self._warned_at = now
        licence = self.system.state.licence
        expiry = licence.warning(now) if licence is not None else None
        if self.settings.tls_profile == "d4":
            self.system.warn(WEAK_TLS, now)
        for problem in (*self._certificates.installed.problems(self.names[0], now), *([expiry] if expiry else [])):
            self.system.warn(problem, now)

    async def close(self) -> None:
        """Close the ports, store what waits, let everything go."""
        for close in reversed(self._closing):
            await close()
        self._closing.clear()
        if self._web is not None:
            self._web.close()
        if self.ready:
            forget(self.settings.data / RUNNING)

    async def _listen(self, certificates: ServerCertificates, http_port: int, key: bytes) -> None:
        pages = f"http://{in_uri(self.address)}:{http_port}"
        told = sip_settings(self.settings, self.names, pages)
        self.listening = Listening(self.system, self.settings, told, key=key, token=_token, clock=self.clock)
        self._closing.append(self.listening.close)
        await self.listening.open(certificates)

    def _ready(self, installed: Installed, data: Path) -> dict[str, Any]:
        return {
            "address": self.address,
            "name": self.names[0],
            **self.listening.ports,
            "gatekeeper": self.settings.gatekeeper,
            "ca_file": str(installed.ca.absolute()),
            "token_file": str((data / "token").absolute()),
            "pid": os.getpid(),
        }

    def _tell(self, data: Path) -> None:
        server = Server.of(self.ready)
        accounts = [Account(each.number, each.pin, Transport.UDP, server) for each in present(self.system.state)]
        self._samples = write_samples(self.settings.data / "clients", accounts)
        text = json.dumps(self.ready, indent=1) + "\n"
        write_whole(data / RUNNING, text)
        if self.settings.ready_file is not None:
            write_whole(self.settings.ready_file, text)

    async def _serve_http(self, web: socket.socket, token: str) -> None:
        """Serve the API on a socket that listens already: its libraries take longer to load than phones should wait."""
        loop = asyncio.get_running_loop()
        api = await loop.run_in_executor(None, importlib.import_module, "registrar.web.server")

        def gauges() -> list[tuple[str, str, float]]:
            return [("registrar_stream_connections", "Open TCP and TLS connections", float(self.listening.connections))]

        await api.serve(
            self.system, web, token=token, hosts=self.names, clock=self.clock, gauges=gauges, ready=self.ready
        )

    async def _stop_http(self) -> None:
        if self._http is not None:
            self._http.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._http


def _look(now: float, *timers: Callable[[float], None]) -> None:
    """Look at timers; a fault in one of them is logged, and the others go on."""
    for timer in timers:
        try:
            timer(now)
        except Exception as fault:
            asyncio.get_running_loop().call_exception_handler({"message": "looking at timers", "exception": fault})


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Load without looking for garbage: all of it stays, and each look would go through what is there already."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _open_token(path: Path) -> str:
    """Return the API's token, made now if there is none. Raises ``StartError``, ``StoreError``."""
    token = open_secret(path, secrets.token_urlsafe(TOKEN_OCTETS).encode()).decode("latin-1").strip()
    if not re.fullmatch("[!-~]+", token):
        raise StartError(f"{path} holds no token: remove the file, and the next start makes a new one")
    return token


def _token() -> str:
    return secrets.token_hex(8)


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartError(f"cannot use the data folder {path}: {error.strerror}; choose another with --data") from None
    return path
