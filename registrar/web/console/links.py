"""Addresses inside the console: every decision, number and exchange has one that can be kept and sent on."""

from urllib.parse import urlencode

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
    asked = {
        "number": number,
        "policy": decision.policy.value,
        "protocol": decision.protocol.value,
        "terminal": terminal.text,
        "exception": "yes" if decision.exception else "no",
        "rac": "yes" if decision.rac else "no",
        "port": flow.listener.port,
        "transport": flow.listener.transport.value,
    }
    if reason is not None:
        asked["reason"] = reason.value
    return f"/why?{urlencode(asked, errors='surrogateescape')}"
