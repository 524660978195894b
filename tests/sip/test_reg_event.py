"""Registration state as a document (RFC 3680)."""

import re
from textwrap import dedent
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.model.binding import Binding
from registrar.model.events import Cause
from registrar.sip.reg_event import CONTACT_EVENT, document
from tests.lab import NOW
from tests.sip.road import binding
from tests.sip.test_responses import INSTANCE

AOR = "sip:12345@lab.example"
REGINFO = {"r": "urn:ietf:params:xml:ns:reginfo", "gr": "urn:ietf:params:xml:ns:gruuinfo"}


def registration(*bindings: Binding, gone: tuple[tuple[Binding, Cause], ...] = ()) -> ElementTree.Element:
    (element,) = ElementTree.fromstring(document(AOR, bindings, gone, 0, NOW))
    return element


def with_ids_numbered(text: str) -> str:
    """The text with its opaque identifiers replaced by their order of appearance."""
    for order, name in enumerate(dict.fromkeys(re.findall(r' id="(\w+)"', text))):
        text = text.replace(f'id="{name}"', f'id="{order}"')
    return text


def test_a_document_as_a_watcher_reads_it() -> None:
    first = binding(q=0.8, instance=INSTANCE, reg_id=1, params=';audio;methods="INVITE;BYE"', temporary_gruu="t")
    gone = binding("sip:old@10.0.0.1", registered_at=NOW - 60, expires_at=NOW)
    text = document(AOR, [first], [(gone, Cause.OPERATOR)], 3, NOW).decode()
    assert with_ids_numbered(text) == dedent(
        """\
        <?xml version="1.0" encoding="UTF-8"?>
        <reginfo xmlns="urn:ietf:params:xml:ns:reginfo" xmlns:gr="urn:ietf:params:xml:ns:gruuinfo"
            version="3" state="full">
         <registration aor="sip:12345@lab.example" id="0" state="active">
          <contact id="1" state="active" event="registered" duration-registered="0" expires="3600" q="0.8"
              callid="call-1" cseq="1">
           <uri>sip:12345@127.0.0.1:40000</uri>
           <unknown-param name="audio"></unknown-param>
           <unknown-param name="methods">"INVITE;BYE"</unknown-param>
           <unknown-param name="+sip.instance">"&lt;urn:uuid:00000000-0000-1000-8000-000a95a0e128&gt;"</unknown-param>
           <unknown-param name="reg-id">1</unknown-param>
           <gr:pub-gruu uri="sip:12345@lab.example;gr=urn:uuid:00000000-0000-1000-8000-000a95a0e128"/>
          </contact>
          <contact id="2" state="terminated" event="deactivated" duration-registered="60"
              callid="call-1" cseq="1">
           <uri>sip:old@10.0.0.1</uri>
          </contact>
         </registration>
        </reginfo>
        """
    )


def test_a_number_that_was_never_registered_is_in_its_initial_state() -> None:
    element = registration()
    assert element.get("state") == "init"
    assert len(element) == 0


def test_when_its_last_contact_goes_the_registration_is_terminated() -> None:
    assert registration(gone=((binding(), Cause.TERMINAL),)).get("state") == "terminated"
    assert registration(binding(), gone=((binding("sip:b@h"), Cause.TERMINAL),)).get("state") == "active"


def test_a_refreshed_contact_keeps_its_identifier() -> None:
    before = registration(binding())[0]
    after = registration(binding(cseq=2, refreshed_at=NOW + 9))[0]
    assert (before.get("event"), after.get("event")) == ("registered", "refreshed")
    assert before.get("id") == after.get("id")


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_an_event_of_the_package(cause: Cause) -> None:
    (contact,) = registration(gone=((binding(), cause),))
    assert contact.get("event") == CONTACT_EVENT[cause]
    assert contact.get("event") in ("expired", "deactivated", "probation", "unregistered", "rejected")
    assert contact.get("expires") is None


def test_no_gruu_is_told_of_when_none_was_asked_for() -> None:
    assert registration(binding(instance=INSTANCE))[0].find("gr:pub-gruu", REGINFO) is None
    assert registration(binding(instance=INSTANCE, temporary_gruu="t"))[0].find("gr:pub-gruu", REGINFO) is not None


anything = st.text(st.characters(codec="utf-8"), max_size=20) | st.binary(max_size=20).map(
    lambda octets: octets.decode("utf-8", "surrogateescape")  # as messages are read
)


@given(uri=anything, call_id=anything, instance=anything, value=anything, aor=anything)
def test_nothing_from_the_wire_can_break_out_of_its_place(
    uri: str, call_id: str, instance: str, value: str, aor: str
) -> None:
    params = f';p="{value.replace(chr(92), "").replace(chr(34), "")}"'
    one = binding(f"sip:{uri}", call_id=call_id, instance=instance, params=params, temporary_gruu="t")
    (element,) = ElementTree.fromstring(document(aor, [one], [], 0, NOW))
    (contact,) = element
    assert {child.tag.rpartition("}")[2] for child in contact} <= {"uri", "unknown-param", "pub-gruu"}
    assert set(contact.keys()) == {"id", "state", "event", "duration-registered", "expires", "callid", "cseq"}


@pytest.mark.parametrize("character", ["\0", "\x1b", "\ud800", "\uffff"])
def test_what_xml_cannot_hold_is_replaced(character: str) -> None:
    (contact,) = registration(binding(f"sip:a{character}b@h"))
    assert contact.findtext("r:uri", namespaces=REGINFO) == "sip:a\ufffdb@h"
