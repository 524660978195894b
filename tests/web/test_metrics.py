"""Metrics tell what happened, the documents name all of them, and the dashboard asks for none that is not there."""

import json
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from registrar.metrics import BOUNDS
from registrar.model.events import EventType
from tests.lab import TLS_5061, flow
from tests.servers.playbook import Phone, Playbook
from tests.web.conftest import TOKEN, Browser

DOCS = Path(__file__).parents[2] / "docs"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
NOT_HERE = {"registrar_certificate_expires_at", "registrar_licence_expires_at", "registrar_stream_connections"}
"""Told of by surroundings that this node does not have."""


async def told(browser: Browser) -> dict[tuple[str, ...], float]:
    text = (await browser.get("/metrics", headers=BEARER)).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_registrations_and_refusals_are_counted_by_protocol_port_reason_and_row(
    stranger: Browser, book: Playbook
) -> None:
    await Phone(book).register()
    await Phone(book, pin="0000", call_id="call-2").ask()
    found = await told(stranger)
    assert found["registrar_registrations_accepted_total", "sip", "T1.6", "no"] == 1
    assert found["registrar_registrations_refused_total", "sip", "PIN_REQUIRED", "T1.6"] == 2
    assert found["registrar_registrations_refused_total", "sip", "WRONG_PIN", "T1.6"] == 1
    assert found[("registrar_bindings",)] == 1


async def test_answers_are_counted_by_the_time_they_took(stranger: Browser, book: Playbook) -> None:
    await Phone(book).register()
    book.system.tally.answered("h323", 0.003)
    book.system.tally.answered("h323", BOUNDS[-1] + 1)
    found = await told(stranger)
    assert found["registrar_answer_seconds_count", "sip"] == 2
    assert found["registrar_answer_seconds_bucket", "0.0025", "h323"] == 0
    assert found["registrar_answer_seconds_bucket", "0.005", "h323"] == 1
    assert found["registrar_answer_seconds_bucket", "+Inf", "h323"] == 2
    assert found["registrar_answer_seconds_sum", "h323"] == 0.003 + BOUNDS[-1] + 1


async def test_handshakes_are_counted_by_version_or_as_refused(stranger: Browser, book: Playbook) -> None:
    book.connect(flow(TLS_5061, connection=1))
    book.sip.handshake_refused(TLS_5061, ("127.0.0.1", 1), "no")
    book.system.tally.datagram_dropped("h323")
    book.system.tally.answer_withheld("sip")
    found = await told(stranger)
    assert found["registrar_datagrams_dropped_total", "h323"] == 1
    assert found["registrar_answers_withheld_total", "sip"] == 1
    assert found["registrar_tls_handshakes_total", "sip", "TLSv1.3"] == 1
    assert found["registrar_tls_handshakes_total", "sip", "refused"] == 1
    assert found["registrar_wire_events_total", EventType.HANDSHAKE_REFUSED.value] == 1


async def test_every_metric_is_documented_and_every_documented_metric_is_there(
    stranger: Browser, book: Playbook
) -> None:
    await Phone(book).register()
    await Phone(book, pin="0000", call_id="call-2").ask()
    book.connect(flow(TLS_5061, connection=1))
    book.sip.handshake_refused(TLS_5061, ("127.0.0.1", 1), "no")
    documented = set(re.findall(r"^\| `(registrar_\w+)`", (DOCS / "metrics.md").read_text(), re.MULTILINE))
    names = {
        name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name, *_ in await told(stranger)
    }
    there = {name for name in names if name.startswith("registrar_") and not name.endswith("_created")}
    assert there | NOT_HERE == documented


def test_the_dashboard_asks_for_documented_metrics_only() -> None:
    dashboard = json.loads((DOCS / "grafana/registrar.json").read_text())
    asked = {
        name.removesuffix("_bucket")
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"registrar_\w+", target["expr"])
    }
    assert asked <= set(re.findall(r"`(registrar_\w+)`", (DOCS / "metrics.md").read_text()))
    assert len(asked) > 10
