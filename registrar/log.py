"""The log on standard error: what happened, a line each, as text for people or as JSON for programs.

Lines are made and written in a thread of their own, so that a terminal or a pipe that takes nothing holds nothing up.
PINs, digests and nonces are in none of them: what is logged is named here, field by field.
"""

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, TextIO

from registrar.model.binding import Binding
from registrar.model.events import (
    BindingEvent,
    CommandEvent,
    Event,
    EventType,
    LockEvent,
    RefusalEvent,
    StoreEvent,
    WarningEvent,
)
from registrar.model.flow import Flow
from registrar.model.terminal import Terminal

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
WAITING: Final = 10_000
"""Lines that may wait to be written; more are counted and left out."""

_LEVEL_OF: Final = {
    EventType.REGISTERED: "info",
    EventType.REFRESHED: "debug",
    EventType.UNREGISTERED: "info",
    EventType.COMMAND: "info",
    EventType.REFUSED: "warning",
    EventType.LOCKED: "warning",
    EventType.HANDSHAKE_REFUSED: "warning",
    EventType.MALFORMED: "warning",
    EventType.STORE_FAILED: "error",
    EventType.WARNING: "warning",
}

PAUSE: Final = 0.02
"""Seconds in which lines gather: a thread that wakes for each of them takes the processor from who writes the next."""

Fields = dict[str, Any]


class _Line(NamedTuple):
    time: float
    level: str
    what: str | Event
    fields: Fields


class Log:
    """One log. ``form`` is ``text`` or ``json``, ``level`` the lowest one that is written."""

    def __init__(self, form: str, level: str, stream: TextIO) -> None:
        self._form = form
        self._stream = stream
        self._colours = form == "text" and stream.isatty()
        self.set_level(level)
        self._lines: SimpleQueue[_Line | None] = SimpleQueue()
        self._lost = 0
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def set_level(self, level: str) -> None:
        """Write this level and the higher ones from now on."""
        self._heard = frozenset(type_.value for type_, own in _LEVEL_OF.items() if LEVELS[own] >= LEVELS[level])
        self._least = LEVELS[level]

    def event(self, event: Event) -> None:
        """Log an event of the bus, if its level is written."""
        if event.subject.type._value_ in self._heard:
            self._put(_Line(event.time, _LEVEL_OF[event.subject.type], event, {}))

    def say(self, level: str, what: str, **fields: Any) -> None:
        """Log something else: ``what`` in a few words, the rest by name."""
        if LEVELS[level] >= self._least:
            self._put(_Line(time.time(), level, what, fields))

    @contextlib.contextmanager
    def takes_libraries(self) -> Iterator[None]:
        """Take what libraries log and warn of into this log, and what nobody catches; close it in the end."""
        root, handler = logging.getLogger(), _FromLibraries(self)
        root.addHandler(handler)
        logging.captureWarnings(True)
        before, sys.unraisablehook = sys.unraisablehook, self._uncaught
        try:
            yield
        finally:
            sys.unraisablehook = before
            logging.captureWarnings(False)
            root.removeHandler(handler)
            self.close()

    def close(self) -> None:
        """Write what waits, as far as the stream takes it within a second."""
        self._lines.put(None)
        self._thread.join(1.0)

    def _uncaught(self, fault: "sys.UnraisableHookArgs") -> None:
        """Log an exception that its thrower had nobody to hand to."""
        error = fault.exc_value
        if error is None or (isinstance(error, UnicodeDecodeError) and isinstance(fault.object, bytes)):
            return  # the server name in a hello, that of a handshake which is told of as refused
        self.say("error", "exception ignored", **_fault(error))

    def _put(self, line: _Line) -> None:
        if self._lines.qsize() < WAITING:
            self._lines.put(line)
        else:
            self._lost += 1

    def _write(self) -> None:
        lines, last = self._take()
        render = self._renderer()
        while True:
            try:
                self._stream.write("".join([f"{render(None, '', _entry(line))}\n" for line in lines]))
                self._stream.flush()
            except (OSError, ValueError):  # nobody reads it any more
                return
            if last:
                return
            time.sleep(PAUSE)
            lines, last = self._take()

    def _take(self) -> tuple[list[_Line], bool]:
        """Wait for a line; return all that wait then, and whether they are the last."""
        line = self._lines.get()
        lines = []
        while line is not None:
            lines.append(line)
            try:
                line = self._lines.get_nowait()
            except Empty:
                break
        lost, self._lost = self._lost, 0
        if lost:
            lines.append(_Line(time.time(), "warning", "log lines lost", {"lines": lost}))
        return lines, line is None

    def _renderer(self) -> Any:
        # imported when there is a first line: a start does not wait for it
        import structlog

        if self._form == "json":
            return structlog.processors.JSONRenderer(ensure_ascii=True)
        return structlog.dev.ConsoleRenderer(colors=self._colours, pad_event_to=18, pad_level=True, sort_keys=False)


class _FromLibraries(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record, an exception in it as its type, words and place."""
        fields: Fields = {"by": record.name}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            fields |= _fault(error)
        level = record.levelname.lower()
        self._log.say(level if level in LEVELS else "error", record.getMessage(), **fields)


def _fault(error: BaseException) -> Fields:
    fields: Fields = {"error": f"{type(error).__name__}: {error}"}
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is not None:
        fields["at"] = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
    return fields


def _entry(line: _Line) -> Fields:
    moment = datetime.fromtimestamp(line.time, UTC)
    what, fields = (line.what, line.fields) if isinstance(line.what, str) else _told(line.what)
    shown = {name: _shown(value) if isinstance(value, str) else value for name, value in fields.items()}
    return {
        "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": line.level,
        "event": _shown(what),
        **{name: value for name, value in shown.items() if value not in ("", None)},
    }


def _shown(text: str) -> str:
    """What came from the wire cannot break a line or move a terminal's cursor."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def _told(event: Event) -> tuple[str, Fields]:
    subject = event.subject
    name = subject.type.value
    if isinstance(subject, BindingEvent):
        return name, _binding(subject.binding) | {"cause": subject.cause.value if subject.cause else None}
    if isinstance(subject, RefusalEvent):
        outcome = subject.outcome
        fields = {
            "number": subject.attempt.number,
            "reason": outcome.reason.value if outcome.reason else None,
            "row": outcome.decision.row.id,
            **_terminal(outcome.terminal),
            **_flow(subject.attempt.flow),
        }
        return name, fields | _times(subject.times)
    if isinstance(subject, LockEvent):
        until = datetime.fromtimestamp(subject.until, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return name, {"number": subject.number, "source": subject.source, "until": until}
    if isinstance(subject, CommandEvent):
        return name, {"command": subject.line, "printout": " / ".join(subject.printout.splitlines())}
    if isinstance(subject, StoreEvent):
        return name, {"detail": subject.detail} | _times(subject.times)
    if isinstance(subject, WarningEvent):
        return name, {"detail": subject.detail}
    flow = Flow(subject.listener, subject.address)
    return name, {"detail": subject.detail, **_flow(flow), **_times(subject.times)}


def _binding(binding: Binding) -> Fields:
    decision = binding.decision
    return {
        "number": binding.number,
        "row": decision.row.id,
        "signalling": decision.signalling.value if decision.signalling else None,
        "downgraded": True if decision.downgraded else None,
        **_terminal(binding.terminal),
        **_flow(binding.flow),
        "tls": binding.flow.tls.version if binding.flow.tls else None,
    }


def _terminal(terminal: Terminal) -> Fields:
    return {"terminal": terminal.text, "class": terminal.terminal_class.value}


def _flow(flow: Flow) -> Fields:
    host, port = flow.address
    source = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {"source": source, "on": f"{flow.listener.transport.value.lower()} {flow.listener.port}"}


def _times(times: int) -> Fields:
    return {"times": times} if times > 1 else {}
