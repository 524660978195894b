"""A dialog as its notifier sees it (RFC 3261 section 12, the UAS's side)."""

from registrar.sip.headers import contacts, routes
from registrar.sip.message import Request

DialogId = tuple[str, str, str]
"""Call-ID, our tag, the peer's tag."""


def dialog_id(request: Request, local_tag: str) -> DialogId:
    """Return the dialog that a request belongs to or makes."""
    return request.call_id, local_tag, request.from_.tag


class Dialog:
    """The state of a dialog that a peer's request made. Routers on the way are taken to be loose ones (RFC 3261)."""

    __slots__ = ("_cseq", "_local", "_remote", "id", "remote_cseq", "routes", "target")

    def __init__(self, request: Request, local_tag: str) -> None:
        self.id = dialog_id(request, local_tag)
        to = request.headers["to"][0]
        self._local = to if request.to.tag else f"{to};tag={local_tag}"
        self._remote = request.headers["from"][0]
        self.routes = [f"<{hop.uri}>{hop.params_text}" for hop in routes(request, "record-route")]
        self._cseq = 0
        self.refresh(request)

    def refresh(self, request: Request) -> None:
        """Take over where the peer is and how far it has counted (section 12.2.2)."""
        self.target = contacts(request)[0].uri.partition("?")[0]
        self.remote_cseq = request.cseq

    def headers(self, method: str) -> list[tuple[str, str]]:
        """Return the headers of our next request within the dialog (section 12.2.1.1)."""
        self._cseq += 1
        return [
            *[("Route", route) for route in self.routes],
            ("From", self._local),
            ("To", self._remote),
            ("Call-ID", self.id[0]),
            ("CSeq", f"{self._cseq} {method}"),
        ]
