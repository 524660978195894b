"""The API: commands, registrations, events, explanations over HTTP."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from registrar import __version__
from registrar.commands import document
from registrar.commands.complete import complete
from registrar.commands.preview import Loss, lines, preview, remedies
from registrar.core.piecewise import PAUSE, Piecewise, in_pieces
from registrar.core.roll import Place
from registrar.metrics import Collector
from registrar.model.binding import Binding
from registrar.model.events import Event, EventType
from registrar.model.licence import VOIP_SECURITY
from registrar.model.policy import Policy, Protocol
from registrar.policy.explain import explain
from registrar.system import System
from registrar.web import views
from registrar.web.answers import FEW, Listed, answer
from registrar.web.body import Bounded
from registrar.web.console.app import routes as console
from registrar.web.console.frame import Console
from registrar.web.describe import NO_PLACE, REFUSALS, describe, only_known
from registrar.web.guard import OPEN, Guard
from registrar.web.places import Places
from registrar.web.provisioning import routes as provisioning
from registrar.web.reasons import add_reasons
from registrar.web.schema import (
    CommandPage,
    CommandRequest,
    CommandResult,
    Completion,
    Events,
    ExplainRequest,
    Explanation,
    Extensions,
    Health,
    PolicyState,
    PreviewRequest,
    PreviewResult,
    Registrations,
)
from registrar.web.sessions import Sessions
from registrar.web.stream import Follower, server_sent, until_left
from registrar.web.trace import add_trace

MAX_WAIT = 300.0
"""Seconds that ``?wait=`` may ask for."""
MAX_LINE = 4096
"""Characters of a line to be completed."""
MAX_PAGE = 100_000
"""Objects in one page."""

_SECURE_PORTS = frozenset({5061, 3727})

Limit = Annotated[int, Query(ge=0, le=MAX_PAGE, description="how many at most")]
Offset = Annotated[int, Query(ge=0, description="how many to pass over")]


def create_app(
    system: System,
    *,
    token: str,
    hosts: Iterable[str],
    clock: Callable[[], float],
    gauges: Callable[[], Iterable[tuple[str, str, float]]] = lambda: (),
    ready: Mapping[str, Any] | None = None,
) -> Guard:
    """Return the ASGI application. ``hosts`` are the names that requests may address it by.

    ``ready`` is what the ready file holds, for the console to show.
    """
    ready = ready or {}
    sessions = Sessions(token, f"registrar-{ready['http'][1]}" if "http" in ready else "registrar")
    app = FastAPI(
        title="registrar",
        version=__version__,
        description="A lab registrar that simulates the VoIP security of the MiVoice MX-ONE Service Node.",
        docs_url=None,
        redoc_url=None,
        responses=REFUSALS,
        dependencies=[Depends(only_known)],
    )
    describe(app, OPEN)
    _add_commands(app, system, clock)
    _add_listings(app, system, clock)
    _add_explanations(app, system, clock)
    places = Places()
    _add_events(app, system, places)
    add_trace(app, system, places)
    _add_operation(app, system, gauges)
    add_reasons(app)
    app.router.routes.extend(provisioning(ready))
    pages = Console(system, sessions, ready, clock)
    app.router.routes.extend(console(pages))
    return Guard(Bounded(app), token, frozenset(host.lower() for host in hosts), sessions, clock, pages.close)


def _json(content: Any) -> Response:
    return Response(json.dumps(content, separators=(",", ":")), media_type="application/json")


def _current(binding: Binding, now: float) -> views.Json | None:
    return views.registration(binding) if binding.expires_at > now else None


def _found(system: System, places: Iterable[Place]) -> Iterator[Binding]:
    """Yield the bindings at these places, looked up as late as can be."""
    for piece in in_pieces(places, FEW):
        yield from system.state.roll.found(piece)


def _fitting(
    system: System, protocol: Protocol | None, port: int | None, page: slice, now: float
) -> Piecewise[tuple[int, list[Place]]]:
    """Return how many registrations fit, and the places of those on a page."""
    many, found = 0, list[Place]()
    for places in (yield from system.state.roll.by_number.look()).walk():
        for place, binding in system.state.roll.pairs(places):
            if (
                binding.expires_at > now
                and protocol in (None, binding.decision.protocol)
                and port in (None, binding.flow.listener.port)
            ):
                if page.start <= many < page.stop:
                    found.append(place)
                many += 1
        yield PAUSE
    return many, found


def _add_commands(app: FastAPI, system: System, clock: Callable[[], float]) -> None:
    @app.post("/api/v1/commands", response_model=CommandResult, tags=["commands"])
    async def execute(request: CommandRequest) -> Response:
        """Carry out an operator's line; when ``executed`` is true, what it changed is stored."""
        execution = await system.execute(request.command, clock())
        return await answer(
            system.slices,
            {
                "executed": execution.executed,
                "printout": execution.printout,
                "exit_status": execution.exit_status,
            },
        )

    @app.get("/api/v1/commands", response_model=list[CommandPage], tags=["commands"])
    async def catalogue() -> Response:
        """List the commands of the language: forms, switches, words, examples."""
        return _json(document.catalogue())

    @app.get("/api/v1/commands/completion", response_model=Completion, tags=["commands"])
    async def completion(
        line: Annotated[str, Query(max_length=MAX_LINE, description="the line up to the cursor")],
    ) -> Response:
        """Say what may stand at the end of a line that is being typed."""
        found = await system.slices.run(complete(line, system.state))
        return _json({"start": found.start, "candidates": [candidate._asdict() for candidate in found.candidates]})


def _add_listings(app: FastAPI, system: System, clock: Callable[[], float]) -> None:
    @app.get("/api/v1/registrations", response_model=Registrations, tags=["listings"])
    async def registrations(
        number: str | None = None,
        protocol: Protocol | None = None,
        port: int | None = None,
        limit: Limit = MAX_PAGE,
        offset: Offset = 0,
    ) -> Response:
        """List the registrations that are current, in order of number."""
        now, state = clock(), system.state
        page = slice(offset, offset + limit)
        if number is not None:
            bindings = [
                binding
                for each in ((protocol,) if protocol is not None else Protocol)
                for binding in state.bindings_of(each, number).values()
                if binding.expires_at > now and port in (None, binding.flow.listener.port)
            ]
            total, found = len(bindings), iter(bindings[page])
        else:
            if protocol is None and port is None:
                order = await system.slices.run(state.roll.by_number.look())
                lapsed = await system.slices.run(system.lapsed(now))
                total, places = len(order) - lapsed, order.page(offset, limit)
            else:
                total, places = await system.slices.run(_fitting(system, protocol, port, page, now))
            found = _found(system, places)
        listed = Listed(found, partial(_current, now=now))
        return await answer(system.slices, {"total": total, "registrations": listed})

    @app.get("/api/v1/extensions", response_model=Extensions, tags=["listings"])
    async def extensions(number: str | None = None, limit: Limit = MAX_PAGE, offset: Offset = 0) -> Response:
        """List the extensions in order of number, without their PINs."""
        state = system.state

        def shown(number: str) -> views.Json | None:
            extension = state.extensions.get(number)
            bindings = sum(len(state.bindings_of(protocol, number)) for protocol in Protocol)
            return views.extension(extension, state, bindings) if extension is not None else None

        if number is not None:
            numbers = [number] if number in state.extensions else []
            total, page = len(numbers), numbers[offset : offset + limit]
        else:
            order = await system.slices.run(state.numbers.look())
            total, page = len(order), [number for _, number in order.page(offset, limit)]
        return await answer(system.slices, {"total": total, "extensions": Listed(page, shown)})

    @app.get("/api/v1/policy", response_model=PolicyState, tags=["policy"])
    async def policy() -> Response:
        """Say which policy is in force, and whether another could be set."""
        now = clock()
        licence = system.state.licence
        return _json(
            {
                **views.policy(system.state.policy),
                "licensed": licence is not None and licence.grants(VOIP_SECURITY, now),
                "certificate_problem": system.surroundings.certificate_problem(now),
            }
        )


def _add_explanations(app: FastAPI, system: System, clock: Callable[[], float]) -> None:
    @app.post("/api/v1/policy/preview", response_model=PreviewResult, tags=["policy"])
    async def preview_policy(request: PreviewRequest) -> Response:
        """Try a policy on the extensions and registrations that exist; nothing is changed."""
        policy = Policy(request.policy)
        slices = system.slices
        work = preview(system.state, system.classifier, policy, system.limits.port_check, clock())
        seen = await slices.run(work)
        text = await slices.run(lines(seen, system.state.policy))
        return await answer(
            slices,
            {
                "policy": policy.value,
                "registrations": seen.registrations,
                "lost": seen.lost,
                "losses": Listed(seen.losses, _loss),
                "forbidding": Listed(seen.extensions.forbidding),
                "without_rac": Listed(seen.extensions.without_rac),
                "remedies": [line.strip() for line in remedies(seen)],
                "text": "\n".join(text),
            },
        )

    @app.post("/api/v1/explain", response_model=Explanation, tags=["policy"])
    async def explain_registration(request: ExplainRequest) -> Response:
        """Say what would become of a registration, and by which row."""
        explanation = explain(
            Policy(request.policy) if request.policy is not None else system.state.policy,
            Protocol(request.protocol),
            request.terminal,
            request.exception,
            request.rac,
            request.port,
            request.port in _SECURE_PORTS,
            system.limits.port_check,
            system.classifier,
        )
        return _json(views.explanation(explanation))


def _loss(loss: Loss) -> views.Json:
    return {"number": loss.binding.number, "port": loss.binding.flow.listener.port, **views.decision(loss.decision)}


def _add_events(app: FastAPI, system: System, places: Places) -> None:
    @app.get(
        "/api/v1/events",
        response_model=Events,
        tags=["events"],
        responses={200: {"content": {"text/event-stream": {}}}, 503: NO_PLACE},
    )
    async def events(
        request: Request,
        since: Annotated[int | None, Query(ge=0, description="events after this id")] = None,
        kind: Annotated[list[EventType] | None, Query(alias="type", description="only these types")] = None,
        number: Annotated[str | None, Query(description="only events of this number")] = None,
        wait: Annotated[float | None, Query(ge=0, le=MAX_WAIT, description="seconds to wait for one")] = None,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
        last_event_id: Annotated[int | None, Header(ge=0)] = None,
    ) -> Response:
        """List events, wait for one (``wait``), or follow them (``Accept: text/event-stream``).

        ``Last-Event-ID`` counts before ``since``. A stream without either begins now, a list with the oldest kept.
        """

        def wanted(event: Event) -> bool:
            if kind and event.subject.type not in kind:
                return False
            return number is None or views.number_of(event.subject) == number

        position = last_event_id if last_event_id is not None else since
        if "text/event-stream" in accept and wait is None:
            start = system.bus.last_id if position is None else position
            source = places.check(request)
            stream = places.held(source, server_sent(system.bus, start, wanted))
            return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        with Follower(system.bus, position or 0, wanted) as follower:
            found = follower.take()
            if not found and wait:
                with places.take(places.check(request)), until_left(request, follower.stop):
                    found = await follower.wait(wait)
        kept = {"oldest_id": system.bus.oldest_id, "last_id": system.bus.last_id}
        return await answer(system.slices, {**kept, "events": Listed(found, views.event)})


def _add_operation(app: FastAPI, system: System, gauges: Callable[[], Iterable[tuple[str, str, float]]]) -> None:
    registry = CollectorRegistry(auto_describe=False)

    def all_gauges() -> Iterable[tuple[str, str, float]]:
        yield "registrar_bindings", "Registrations in memory", system.state.binding_count
        yield "registrar_extensions", "Extensions initiated", len(system.state.extensions)
        yield "registrar_policy", "The security policy in force, 0 when none is set", system.state.policy.value
        certificates = system.surroundings.certificates()
        if certificates is not None:
            yield (
                "registrar_certificate_expires_at",
                "When the server certificate ends, POSIX seconds",
                certificates.server.not_after,
            )
        licence = system.state.licence
        if licence is not None and licence.expires_at is not None:
            yield "registrar_licence_expires_at", "When the licence ends, POSIX seconds", licence.expires_at
        yield from gauges()

    registry.register(Collector(system.tally, all_gauges))
    ProcessCollector(registry=registry)

    @app.get("/metrics", response_class=PlainTextResponse, tags=["operation"])
    async def metrics() -> Response:
        """Counts and gauges for Prometheus."""
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/healthz", response_model=Health, tags=["operation"])
    async def health() -> Response:
        """Say that it lives; needs no token."""
        return _json({"status": "ok"})
