"""``RIANI``, ``RIANC``, ``RIANP``, ``RIANE`` and ``sip_route``: trunks and tie lines (the requirement, 5.1.3)."""

from typing import Final

from registrar.commands.catalogue.operation import CHECK, PROTOCOL_OF_ROUTE, PROXY, PROXY_PORT, ROUTE, TLS, URI
from registrar.commands.effects import Meeting, Refusal, Steps, TryFarEnds
from registrar.commands.grammar import Arguments
from registrar.commands.media_encryption import media_state
from registrar.commands.node import Execution, Node
from registrar.commands.printout import block, executed, printed, refused, table
from registrar.model.certificate import day
from registrar.model.changes import SetRoute
from registrar.model.flow import Transport
from registrar.model.media import Media
from registrar.model.policy import Protocol
from registrar.model.route import Route

_SIP_PORTS: Final = {Transport.UDP: 5060, Transport.TCP: 5060, Transport.TLS: 5061}
_KINDS: Final = {Protocol.SIP: "SIP", Protocol.H323: "H.323"}
_PRINTS: Final = {Protocol.SIP: "sip_route -print", Protocol.H323: "RIANP"}


def initiate(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``RIANI``."""
    number, (host, port) = arguments[ROUTE], arguments[URI]
    existing = node.state.routes.get(number)
    if existing is not None:
        change = "RIANC" if existing.protocol is Protocol.H323 else "sip_route -set"
        return refused(
            "ROUTE ALREADY EXISTS", f"Route {number} is a route for {_KINDS[existing.protocol]}. Change it: {change}"
        )
    route = Route(number, Protocol.H323, host, port, _transport(arguments.get(TLS) is True))
    return executed(changes=[SetRoute(number, route)])


def change(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``RIANC``."""
    number = arguments[ROUTE]
    route = _route(node, number, Protocol.H323)
    if isinstance(route, Execution):
        return route
    host, port = arguments.get(URI) or (route.host, route.port)
    secure = arguments.get(TLS)
    transport = route.transport if secure is None else _transport(secure)
    return executed(changes=[SetRoute(number, Route(number, Protocol.H323, host, port, transport))])


def erase(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``RIANE``."""
    return _erase(node, arguments[ROUTE], Protocol.H323)


def print_h323(arguments: Arguments, node: Node, _now: float) -> Execution | Steps:
    """``RIANP``."""
    return _print(arguments, node, Protocol.H323)


def set_(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``sip_route -set``."""
    number = arguments[ROUTE]
    present = node.state.routes.get(number)
    if present is not None and present.protocol is not Protocol.SIP:
        return _other_kind(present)
    host, port, transport = arguments.get(PROXY), arguments.get(PROXY_PORT), arguments.get(PROTOCOL_OF_ROUTE)
    if present is None:
        if host is None:
            return refused("FAR END MISSING", f"Route {number} is new: give -proxyip HOST.")
        transport = transport or Transport.UDP
        route = Route(number, Protocol.SIP, host, port or _SIP_PORTS[transport], transport)
    else:
        transport = transport or present.transport
        usual = present.port == _SIP_PORTS[present.transport]
        port = port or (_SIP_PORTS[transport] if usual else present.port)
        route = Route(number, Protocol.SIP, host or present.host, port, transport)
    return executed(changes=[SetRoute(number, route)])


def remove(arguments: Arguments, node: Node, _now: float) -> Execution:
    """``sip_route -remove``."""
    return _erase(node, arguments[ROUTE], Protocol.SIP)


def print_sip(arguments: Arguments, node: Node, _now: float) -> Execution | Steps:
    """``sip_route -print``."""
    return _print(arguments, node, Protocol.SIP)


def _print(arguments: Arguments, node: Node, protocol: Protocol) -> Execution | Steps:
    number = arguments.get(ROUTE)
    if number is None:
        routes = [route for _, route in sorted(node.state.routes.items()) if route.protocol is protocol]
    else:
        found = _route(node, number, protocol)
        if isinstance(found, Execution):
            return found
        routes = [found]
    if not routes:
        return printed([f"NO {_KINDS[protocol]} ROUTES"])
    lines = _table(routes, media_state(Media.ROUTE, node.state.encrypted_media))
    return _check(routes, lines) if CHECK in arguments else printed(lines)


def _check(routes: list[Route], lines: list[str]) -> Steps:
    answer: list[Meeting] | Refusal = yield TryFarEnds(tuple(routes))
    if isinstance(answer, Refusal):
        return refused(answer.reason, *answer.words)
    for route, meeting in zip(routes, answer, strict=True):
        lines += ["", *block(_told(route, meeting))]
    return printed(lines)


def _table(routes: list[Route], media: str) -> list[str]:
    rows = [
        [
            str(route.number),
            _KINDS[route.protocol],
            f"{_host(route)}:{route.port}",
            route.transport.value,
            "ENCRYPTED" if route.secure else "CLEAR",
            media,
        ]
        for route in routes
    ]
    return table([">ROUTE", "PROT", "FAR END", "TRANSPORT", "SIGNALLING", "MEDIA ENCRYPTION"], rows, 2)


def _told(route: Route, meeting: Meeting) -> list[tuple[str, str]]:
    told = [
        ("ROUTE", f"{route.number}, {_host(route)}:{route.port}"),
        ("FAR END", f"{'reached' if meeting.reached else 'NOT REACHED'}: {meeting.words}"),
        ("TIME", f"{meeting.seconds * 1000:.0f} ms" if meeting.reached else ""),
    ]
    if meeting.tls is not None:
        told.append(("TLS", f"{meeting.tls.version} {meeting.tls.cipher}"))
    shown = meeting.certificate
    if shown is not None:
        told += [
            ("CERTIFICATE", shown.subject),
            ("ISSUER", shown.issuer),
            ("NAMES", ", ".join(shown.names)),
            ("VALID", f"{day(shown.not_before)} to {day(shown.not_after)}"),
            ("TRUSTED", f"NO: {meeting.distrust}" if meeting.distrust else "yes"),
        ]
    return told


def _erase(node: Node, number: int, protocol: Protocol) -> Execution:
    route = _route(node, number, protocol)
    return route if isinstance(route, Execution) else executed(changes=[SetRoute(number, None)])


def _route(node: Node, number: int, protocol: Protocol) -> Route | Execution:
    """Return the route of that kind, or the refusal where there is none."""
    route = node.state.routes.get(number)
    if route is None:
        return refused("ROUTE DOES NOT EXIST", f"Print those that do: {_PRINTS[protocol]}")
    return route if route.protocol is protocol else _other_kind(route)


def _other_kind(route: Route) -> Execution:
    kind = _KINDS[route.protocol]
    return refused(f"ROUTE IS FOR {kind}", f"Route {route.number} is printed with {_PRINTS[route.protocol]}.")


def _transport(secure: bool) -> Transport:
    return Transport.TLS if secure else Transport.TCP


def _host(route: Route) -> str:
    return f"[{route.host}]" if ":" in route.host else route.host
