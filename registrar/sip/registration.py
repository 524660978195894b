"""REGISTER: from a request to an attempt (RFC 3261 section 10.3, RFC 3327, RFC 5626, RFC 5627)."""

from typing import Final, final

from mypy_extensions import mypyc_attr

from registrar.model.attempt import Action, Attempt
from registrar.model.binding import Contact
from registrar.model.flow import Flow, Listener
from registrar.model.record import Record
from registrar.sip.aor import address_of_record, number_in
from registrar.sip.digest import proof_of
from registrar.sip.errors import SipError
from registrar.sip.gruu import number_of_temporary, public_gruu
from registrar.sip.headers import ANY_CONTACT, contacts, expires, paths
from registrar.sip.inspection import supported
from registrar.sip.message import Request
from registrar.sip.nonces import Nonces
from registrar.sip.outbound import over_flows
from registrar.sip.settings import SipSettings
from registrar.sip.uri import parse_uri, scheme_of, uri_key

MAX_AGENT: Final = 256
"""Characters of a User-Agent that are looked at; phones send fewer than 100."""


def attempt(request: Request, flow: Flow, settings: SipSettings, nonces: Nonces, key: bytes) -> Attempt:
    """Return what an inspected REGISTER asks for. ``key`` is the secret that temporary GRUUs are made with.

    Who From is does not matter: a third party may register whoever's PIN it has. Raises ``SipError`` with the answer:
    400 for a malformed header or a misused ``*``, 403 for the number's own GRUU as contact, 404 when To names no
    number of ours, 416 for another scheme there, 420 for a Path that the terminal does not support.
    """
    asked: _Asked | None = request.known.asked
    if asked is None or asked.settings is not settings or asked.listener is not flow.listener or asked.key != key:
        asked = request.known.asked = _asked(request, flow, settings, key)
    number = asked.number
    proof = None
    if request.authorization:
        proof = proof_of(request, flow.address[0], settings.realm, nonces, settings.algorithms_of(number))
    return Attempt(
        number,
        asked.terminal,
        flow,
        proof,
        asked.contacts,
        asked.action,
        request.call_id,
        request.cseq,
        asked.expires,
        asked.path,
        asked.gruu,
    )


@mypyc_attr(acyclic=True)
@final
class _Asked(Record):
    """What a REGISTER asks for, but for who proves it and when: the same each time the terminal repeats it."""

    __slots__ = ("action", "contacts", "expires", "gruu", "key", "listener", "number", "path", "settings", "terminal")

    def __init__(
        self,
        number: str,
        contacts: tuple[Contact, ...],
        action: Action,
        expires: int | None,
        path: tuple[str, ...],
        gruu: bool,
        terminal: str,
        settings: SipSettings,
        listener: Listener,
        key: bytes,
    ) -> None:
        self.number: Final = number
        self.contacts: Final = contacts
        self.action: Final = action
        self.expires: Final = expires
        self.path: Final = path
        self.gruu: Final = gruu
        self.terminal: Final = terminal
        self.settings: Final = settings
        """With these, on this port and with this key it was asked; elsewhere it may mean another thing."""
        self.listener: Final = listener
        self.key: Final = key


def _asked(request: Request, flow: Flow, settings: SipSettings, key: bytes) -> _Asked:
    headers = request.headers
    try:
        number = number_in(request.to.uri, "To", flow, settings)
        wanted = contacts(request) if "contact" in headers else ()
        seconds = expires(request) if "expires" in headers else None
        tags = supported(request)
        path = _path(request, tags) if "path" in headers else ()
        action = Action.BIND
        if wanted and wanted[0] is ANY_CONTACT:
            action = _remove_all(seconds)
            wanted = ()
        elif wanted:
            for contact in wanted:
                if contact.reg_id or ";gr=" in contact.key:
                    wanted = over_flows(wanted, seconds, request)
                    _refuse_own_gruus(wanted, number, request, key)
                    break
    except SipError as error:
        error.request = error.request or request
        raise
    gruu, agent = "gruu" in tags, terminal(request)
    return _Asked(number, wanted, action, seconds, path, gruu, agent, settings, flow.listener, key)


def terminal(request: Request) -> str:
    """Return what the terminal says it is."""
    agent = request.headers.get("user-agent")
    return agent[0][:MAX_AGENT] if agent else ""


def _remove_all(seconds: int | None) -> Action:
    # 10.3 step 6: "*" with any other expiration is invalid
    if seconds != 0:
        raise SipError(400, "Contact * Needs Expires 0")
    return Action.REMOVE_ALL


def _path(request: Request, tags: frozenset[str]) -> tuple[str, ...]:
    # RFC 3327 section 5.3: the terminal must be able to see in the answer what was put in its way
    if "path" not in tags:
        raise SipError(420, "Bad Extension", request, (("Unsupported", "path"),))
    return paths(request)


def _refuse_own_gruus(wanted: tuple[Contact, ...], number: str, request: Request, key: bytes) -> None:
    # RFC 5627 section 5.1: such a binding would lead back to itself
    for contact in wanted:
        if ";gr=" in contact.key and scheme_of(contact.uri) in ("sip", "sips"):
            own = public_gruu(address_of_record(request.to.uri), contact.instance.strip("<>"))
            temporary = number_of_temporary(parse_uri(contact.uri, "Contact"), key)
            if contact.key == uri_key(own) or (temporary is not None and temporary[0] == number):
                raise SipError(403, "Contact Is Own GRUU")
