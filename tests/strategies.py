"""Values of the model as hypothesis draws them."""

from itertools import chain
from typing import Any

from hypothesis import strategies as st

from registrar.core.piecewise import at_once
from registrar.core.state import State
from registrar.model.binding import Binding, Contact, Endpoint
from registrar.model.changes import (
    Change,
    SetBinding,
    SetExtension,
    SetLicence,
    SetMediaEncryption,
    SetPatterns,
    SetPolicy,
    SetProfile,
    SetRac,
)
from registrar.model.extension import Extension, ExtensionProfile, Rac
from registrar.model.flow import Flow, Listener, TlsSession, Transport
from registrar.model.licence import VOIP_SECURITY, Licence
from registrar.model.media import Media
from registrar.model.policy import Policy, Protocol, TerminalClass
from registrar.model.terminal import Terminal, TerminalPattern
from registrar.policy.decide import decide

numbers = st.sampled_from(["1", "100", "101", "12345", "00042"])
pins = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64)
wire_text = st.text(st.characters(exclude_characters="\0"), max_size=40)
"""What a header may hold: octets that are no UTF-8 are lone surrogates."""
names = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=20)
moments = st.floats(1.7e9, 2.0e9)

classes = st.sampled_from(TerminalClass)
patterns = st.builds(
    TerminalPattern, names.filter(bool), classes, names, st.none() | st.sampled_from(Protocol), st.just(False)
)
terminals = st.builds(Terminal, wire_text, classes, names, names)
addresses = st.tuples(st.sampled_from(["127.0.0.1", "::1", "10.1.2.3"]), st.integers(1, 65535))
contacts = st.builds(
    Contact,
    wire_text,
    st.none() | st.integers(0, 2**32 - 1),
    st.none() | st.sampled_from([0.0, 0.5, 1.0]),
    wire_text,
    st.integers(0, 2**31 - 1),
    wire_text,
    wire_text.filter(bool),
    st.none()
    | st.builds(
        Endpoint,
        st.lists(st.tuples(st.sampled_from(["dialledDigits", "h323_ID"]), wire_text), max_size=2).map(tuple),
        addresses,
        addresses,
        names,
        names,
        st.booleans(),
    ),
)
sessions = st.builds(TlsSession, st.sampled_from(["TLSv1.2", "TLSv1.3"]), names, wire_text, names)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    transport = draw(st.sampled_from(Transport))
    listener = Listener(draw(st.sampled_from(Protocol)), transport, "127.0.0.1", draw(st.integers(1, 65535)))
    tls = draw(sessions) if listener.secure else None
    return Flow(listener, draw(addresses), draw(st.integers(0, 2**40)), tls)


@st.composite
def bindings(draw: st.DrawFn) -> Binding:
    flow, terminal = draw(flows()), draw(terminals)
    conditions = draw(st.booleans()), draw(st.booleans())
    policy = draw(st.sampled_from(Policy))
    return Binding(
        draw(numbers),
        draw(contacts),
        draw(wire_text),
        draw(st.integers(0, 2**31 - 1)),
        flow,
        terminal,
        decide(policy, flow.listener.protocol, terminal.terminal_class, *conditions, flow.listener.secure),
        draw(moments),
        draw(moments),
        draw(moments),
        tuple(draw(st.lists(wire_text, max_size=2))),
        draw(st.sampled_from(["", "0123456789abcdef"])),
    )


def contents(state: State) -> dict[str, Any]:
    """Everything in the state, to compare: counts and orders that are kept up are among it."""
    hidden = ("binding_count", "endpoints", "roll")
    names = [name for name in dir(state) if not name.startswith("__") and name not in hidden]
    plain = {name: value for name in names if not callable(value := getattr(state, name))}
    orders = {"by_number": state.roll.by_number, "by_age": state.roll.by_age}
    orders |= {name: plain.pop(name) for name in ("numbers", "rac_numbers")}
    walked = {name: list(chain.from_iterable(at_once(kept.look()).walk())) for name, kept in orders.items()}
    return plain | walked | {"counts": +state.roll.counts, "users": +state.users}


def _for_number(change: type, values: st.SearchStrategy) -> st.SearchStrategy:
    """The change with a value of the same number, or with none."""
    return values.map(lambda value: change(value.number, value)) | numbers.map(lambda number: change(number, None))


extensions = st.builds(
    Extension, numbers, st.integers(0, 500), st.integers(1, 124), st.integers(0, 50000), st.booleans()
)
racs = st.builds(Rac, numbers, pins, st.integers(0, 50000))
profiles = st.builds(ExtensionProfile, st.integers(0, 500), names)
licences = st.builds(Licence, names, st.sampled_from([(), (VOIP_SECURITY,)]), st.none() | moments)

changes: st.SearchStrategy[Change] = st.one_of(
    _for_number(SetExtension, extensions),
    _for_number(SetRac, racs),
    profiles.map(lambda profile: SetProfile(profile.csp, profile)),
    st.integers(2, 500).map(lambda csp: SetProfile(csp, None)),
    st.builds(SetPolicy, st.sampled_from(Policy)),
    st.builds(SetLicence, st.none() | licences),
    st.builds(SetMediaEncryption, st.sampled_from(Media), st.booleans()),
    st.builds(SetPatterns, st.lists(patterns, max_size=3).map(tuple)),
    bindings().map(lambda binding: SetBinding(binding.key, binding)),
    bindings().map(lambda binding: SetBinding(binding.key, None)),
)
