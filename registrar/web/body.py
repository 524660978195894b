"""Bodies of requests within a limit: what is larger is refused before it is kept in memory."""

from fastapi import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 1 << 21
"""Octets: the longest line of the command language, each character of it escaped."""
_REFUSAL = f"the body is larger than {LARGEST} octets"


class Bounded:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 for a body that is too large, whether it says so beforehand or not."""
        length = dict(scope.get("headers", ())).get(b"content-length", b"")
        if length.isdigit() and int(length) > LARGEST:
            await JSONResponse({"detail": _REFUSAL}, 413, {"Connection": "close"})(scope, receive, send)
            return
        octets = 0

        async def receive_within() -> Message:
            nonlocal octets
            message = await receive()
            octets += len(message.get("body", b""))
            if octets > LARGEST:
                raise HTTPException(413, _REFUSAL, {"Connection": "close"})
            return message

        await self._app(scope, receive_within, send)
