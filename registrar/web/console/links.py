"""Addresses inside the console: every decision, number and exchange has one that can be kept and sent on."""

from functools import lru_cache
from urllib.parse import quote_plus

from registrar.model.binding import Binding
from registrar.model.events import RefusalEvent
from registrar.model.flow import Flow
from registrar.model.reason import Reason
from registrar.model.row import Decision
from registrar.model.terminal import Terminal
from registrar.trace.recorder import Judgement


def why_registered(binding: Binding) -> str:
    """Return the explainer's address for a registration."""
    return _why(binding.number, binding.flow, binding.terminal, binding.decision, None)


def why_refused(refusal: RefusalEvent) -> str:
    """Return the explainer's address for a refusal."""
    outcome, attempt = refusal.outcome, refusal.attempt
    return _why(attempt.number, attempt.flow, outcome.terminal, outcome.decision, outcome.reason)


def why_judged(flow: Flow, judgement: Judgement) -> str:
    """Return the explainer's address for a decision in the trace."""
    return _why(judgement.number, flow, judgement.terminal, judgement.decision, judgement.reason)


def _why(number: str, flow: Flow, terminal: Terminal, decision: Decision, reason: Reason | None) -> str:
    """The decision is a function of these; so the page needs nothing kept."""
    listener = flow.listener
    address = (
        f"/why?number={_quoted(number)}&policy={decision.policy.value}&protocol={decision.protocol.value}"
        f"&terminal={_quoted(terminal.text)}&exception={'yes' if decision.exception else 'no'}"
        f"&rac={'yes' if decision.rac else 'no'}&port={listener.port}&transport={listener.transport.value}"
    )
    return f"{address}&reason={reason.value}" if reason is not None else address


@lru_cache(1024)
def _quoted(text: str) -> str:
    return quote_plus(text, errors="surrogateescape")
