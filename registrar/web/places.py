"""Places for who follows events or waits for them: each holds a connection, and some must be left for those who ask."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

from fastapi import HTTPException, Request

PLACES: Final = 500
"""Of a thousand connections; the console's pages have others (``registrar.web.console.live``)."""
PER_SOURCE: Final = 300
"""Of one address: programs on one host have it in common."""
RETRY_AFTER: Final = "10"


class Places:
    """Who has one, by address."""

    def __init__(self, places: int = PLACES, per_source: int = PER_SOURCE) -> None:
        self._places = places
        self._per_source = per_source
        self._taken: Counter[str] = Counter()

    def check(self, request: Request) -> str:
        """Return the address that the request comes from. Raises ``HTTPException`` 503 when there is no place left."""
        source = request.client.host if request.client else ""
        for taken, most in ((self._taken[source], self._per_source), (self._taken.total(), self._places)):
            if taken >= most:
                detail = f"{most} streams and waits are under way already"
                raise HTTPException(503, detail, {"Retry-After": RETRY_AFTER})
        return source

    @contextmanager
    def take(self, source: str) -> Iterator[None]:
        """Hold a place."""
        self._taken[source] += 1
        try:
            yield
        finally:
            self._taken[source] -= 1
            if not self._taken[source]:
                del self._taken[source]

    async def held(self, source: str, stream: AsyncIterator[str]) -> AsyncIterator[str]:
        """Hand the stream on, holding a place as long as it lasts."""
        with self.take(source):
            async for piece in stream:
                yield piece
