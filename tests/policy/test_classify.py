"""What terminals say, and how they are classed."""

import pytest

from registrar.model.policy import Protocol, TerminalClass
from registrar.model.terminal import TerminalPattern
from registrar.policy.classify import CACHED, SHIPPED, Classifier
from registrar.policy.patterns import problem

S, I = TerminalClass.SECURE, TerminalClass.INSECURE  # noqa: E741

SPOKEN = [
    # what the terminal says, its class in SIP, its class in H.323
    ("Mitel 6930 SIP/5.1.0", S, I),
    ("Mitel-6920-SIP/6.4.0.140", S, I),
    ("mitel 6940w SIP/6.3.3", S, I),
    ("Mitel 6869i/4.5.0.41", S, I),
    ("Aastra 6867i/4.5.0.41", S, I),
    ("Aastra 6739i/3.2.2", S, I),
    ("AASTRA 6757iCT/3.3.1", S, I),
    ("  Mitel 6930 SIP/5.1.0  ", S, I),
    ("DBC 422 02", S, S),
    ("DBC 425 02/R1A", S, S),
    ("dbc42502", S, S),
    ("DBC 446 01", I, S),
    ("DBC 446 01\0\0\0", I, S),
    ("DBC 422 01", I, I),
    ("DBC 425 01", I, I),
    # names that only look like it
    ("Aastra 51i/2.5.1.41", I, I),
    ("Aastra 57i/3.3.1.4305", I, I),
    ("Aastra 6739/3.2.2", I, I),
    ("Aastra Intelligate", I, I),
    ("Mitel-3300-ICP 8.0.9.18", I, I),
    ("Mitel-AWC/3.5", I, I),
    ("Mitel 6930x", I, I),
    ("Mitel 69301", I, I),
    ("Mitel 69", I, I),
    ("Evil Mitel 6930", I, I),
    ("NotMitel 6930", I, I),
    ("DBC 425 021", I, I),
    ("DBC 445 01", I, I),
    ("xDBC 425 02", I, I),
    ("\N{LATIN SMALL LETTER M}itel\N{NO-BREAK SPACE}6930", I, I),
    ("DBC 42\N{ARABIC-INDIC DIGIT FIVE} 02", I, I),
    # third parties
    ("Linphone Desktop/4.2.5 (macOS 10.15, Qt 5.15.2) LinphoneCore/4.4.19", I, I),
    ("baresip v1.0.0 (x86_64/linux)", I, I),
    ("Zoiper rv2.10.8.2", I, I),
    ("H323Plus simple", I, I),
    ("", I, I),
]


@pytest.mark.parametrize(("text", "in_sip", "in_h323"), SPOKEN)
def test_the_class_follows_from_what_the_terminal_says(
    text: str, in_sip: TerminalClass, in_h323: TerminalClass
) -> None:
    classifier = Classifier()
    assert classifier.classify(text, Protocol.SIP).terminal_class is in_sip
    assert classifier.classify(text, Protocol.H323).terminal_class is in_h323


def test_a_terminal_tells_the_pattern_and_family_that_matched() -> None:
    terminal = Classifier().classify("Aastra 6867i/4.5.0.41", Protocol.SIP)
    assert terminal.family == "Mitel 6800"
    assert terminal.pattern in {pattern.pattern for pattern in SHIPPED}


def test_what_matches_nothing_is_a_third_party() -> None:
    terminal = Classifier().classify("baresip v1.0.0", Protocol.SIP)
    assert (terminal.terminal_class, terminal.family, terminal.pattern) == (I, "third party", "")


def test_nul_bytes_and_outer_spaces_are_gone_from_what_is_kept() -> None:
    assert Classifier().classify(" DBC 446 01\0\0 ", Protocol.H323).text == "DBC 446 01"


def test_the_operators_patterns_are_tried_first_and_in_their_order() -> None:
    classifier = Classifier(
        [TerminalPattern("mitel 6930", I, "first"), TerminalPattern("mitel", S, "second"), TerminalPattern("z", S)]
    )
    assert classifier.classify("Mitel 6930 SIP/5.1.0", Protocol.SIP).family == "first"
    assert classifier.classify("Mitel 6940 SIP/5.1.0", Protocol.SIP).family == "second"
    assert classifier.classify("Aastra 6867i/4", Protocol.SIP).family == "Mitel 6800"
    assert classifier.classify("zoiper", Protocol.SIP).family == "operator's own"


def test_a_pattern_for_one_protocol_is_not_tried_for_the_other() -> None:
    classifier = Classifier([TerminalPattern("^baresip", S, "lab", Protocol.SIP)])
    assert classifier.classify("baresip v1", Protocol.SIP).terminal_class is S
    assert classifier.classify("baresip v1", Protocol.H323).terminal_class is I


def test_only_the_first_256_characters_count_and_are_kept() -> None:
    classifier = Classifier([TerminalPattern("needle", S)])
    assert classifier.classify("x" * 250 + "needle", Protocol.SIP).terminal_class is S
    terminal = classifier.classify("x" * 256 + "needle" * 10_000, Protocol.SIP)
    assert terminal.terminal_class is I
    assert len(terminal.text) == 256


def test_a_flood_of_different_names_is_forgotten_again() -> None:
    classifier = Classifier()
    for number in range(3 * CACHED):
        classifier.classify(f"scanner {number}", Protocol.SIP)
    assert len(classifier._sip._known) <= CACHED
    assert classifier.classify("Mitel 6930", Protocol.SIP).terminal_class is S


def test_shipped_patterns_obey_the_rules_for_operators_and_begin_at_the_start() -> None:
    for pattern in SHIPPED:
        assert problem(pattern.pattern) is None
        assert pattern.pattern.startswith("^")
        assert pattern.shipped
