"""Completion of what is typed: the running registrar is asked, which knows commands, switches and numbers."""

import json
from collections.abc import Iterable
from urllib.parse import urlencode

from prompt_toolkit.completion import CompleteEvent, Completer
from prompt_toolkit.completion import Completion as Offer
from prompt_toolkit.document import Document

from registrar.errors import StartError
from registrar.remote import Remote

LONGEST = 2000
"""Characters of a line that is completed; it goes into an address."""


class Completion(Completer):
    """Offers what may stand at the cursor. Where nobody answers, nothing is offered."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Offer]:  # noqa: ARG002
        """Yield the offers."""
        line = document.text_before_cursor
        if len(line) > LONGEST:
            return
        try:
            answer = self._remote.fetch(f"/api/v1/commands/completion?{urlencode({'line': line})}")
        except StartError:
            return
        found = json.loads(answer)
        back = found["start"] - len(line)
        for candidate in found["candidates"]:
            yield Offer(candidate["text"], back, display_meta=candidate["meaning"])
