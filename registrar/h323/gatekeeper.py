"""What every request is looked at with."""

from collections.abc import Iterable
from typing import NamedTuple

from registrar.h323.endpoints import Endpoints
from registrar.h323.h235.proof import TokenProof
from registrar.h323.h235.replays import Replays
from registrar.h323.h235.tokens import tokens_of
from registrar.h323.identifiers import Identifiers
from registrar.h323.messages import Request
from registrar.h323.settings import RasSettings
from registrar.model.flow import Flow


class Gatekeeper(NamedTuple):
    """How this gatekeeper is set, who is registered, which tokens were used."""

    settings: RasSettings
    endpoints: Endpoints
    replays: Replays
    identifiers: Identifiers

    def proof(self, request: Request, message: bytes, flow: Flow, names: Iterable[str]) -> TokenProof | None:
        """Return the proof of the PIN that a request carries, ``None`` when it carries none.

        ``message`` is its octets as received; ``names`` are what the sender may call itself.
        """
        tokens = tokens_of(request, message, flow.listener.secure)
        if not tokens:
            return None
        identifier, sequence = self.settings.gatekeeper, request["requestSeqNum"]
        return TokenProof(tokens, frozenset(names), identifier, self.replays, flow.address, sequence)
