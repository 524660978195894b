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
from registrar.model.binding import Alias
from registrar.model.flow import Flow


class Gatekeeper(NamedTuple):
    """How this gatekeeper is set, who is registered, which tokens were used."""

    settings: RasSettings
    endpoints: Endpoints
    replays: Replays
    identifiers: Identifiers

    def proof(
        self, request: Request, message: bytes, flow: Flow, aliases: Iterable[Alias], *identifiers: str | None
    ) -> TokenProof | None:
        """Return the proof of the PIN that a request carries, ``None`` when it carries none.

        ``message`` is its octets as received; ``aliases`` and ``identifiers`` are what the sender may call itself.
        """
        if "cryptoTokens" not in request and "tokens" not in request:
            return None
        tokens = tokens_of(request, message, flow.listener.secure)
        if not tokens:
            return None
        names = frozenset([*(text for _, text in aliases), *(name for name in identifiers if name)])
        return TokenProof(tokens, names, self.settings.gatekeeper, self.replays, flow.address, request["requestSeqNum"])
