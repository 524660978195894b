"""What every request is looked at with."""

from collections.abc import Iterable
from hmac import compare_digest
from typing import NamedTuple

from registrar.h323.endpoints import Endpoints
from registrar.h323.h235.proof import TokenProof
from registrar.h323.h235.replays import Replays
from registrar.h323.h235.tokens import tokens_of
from registrar.h323.identifiers import Identifiers, called
from registrar.h323.messages import Request
from registrar.h323.settings import RasSettings
from registrar.model.binding import Alias
from registrar.model.flow import Flow, Transport


class Gatekeeper(NamedTuple):
    """How this gatekeeper is set, who is registered, which tokens were used."""

    settings: RasSettings
    endpoints: Endpoints
    replays: Replays
    identifiers: Identifiers

    def proof(
        self, request: Request, message: bytes, flow: Flow, number: str, aliases: Iterable[Alias], identifier: str
    ) -> TokenProof | None:
        """Return the proof of the number's PIN that a request carries, ``None`` when it carries none.

        ``message`` is its octets as received; ``aliases`` and ``identifier`` are what the sender may call itself,
        besides the endpointIdentifier that it proposes.
        """
        if "cryptoTokens" not in request and "tokens" not in request:
            return None
        tokens = tokens_of(request, message, flow.listener.secure)
        if not tokens:
            return None
        proposed: str = request.get("endpointIdentifier", "")
        names = frozenset([*(text for _, text in aliases), identifier, *([proposed] if proposed else ())])
        return TokenProof(
            tokens,
            names,
            self.settings.gatekeeper,
            self.replays,
            flow.address,
            request["requestSeqNum"],
            self.shown(request, flow, number),
        )

    def shown(self, request: Request, flow: Flow, number: str) -> bool:
        """Return whether a request itself shows that its sender can be reached where it came from."""
        if flow.listener.transport is not Transport.UDP:
            return True
        source, ours, identifiers = flow.address[0], self.settings.gatekeeper, self.identifiers
        proposed = request.get("endpointIdentifier")
        if proposed is not None:
            if identifiers.shows(proposed, source) and identifiers.issued(proposed, number):
                return True
            if not identifiers.places(proposed):
                for binding in self.endpoints.endpoint(proposed):
                    if binding.flow.address[0] == source:
                        return True
        return compare_digest(called(request, ours).encode(), identifiers.gatekeeper_for(ours, source).encode())
