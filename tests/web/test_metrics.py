"""Metrics tell what happened, the documents name all of them, and the dashboard asks for none that is not there."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import promql_parser
from prometheus_client.parser import text_string_to_metric_families

from registrar.metrics import BOUNDS
from registrar.model.events import EventType
from tests.lab import TLS_5061, flow
from tests.servers.playbook import Phone, Playbook
from tests.web.conftest import TOKEN, Browser

DOCS = Path(__file__).parents[2] / "docs"
DASHBOARD = DOCS / "grafana/registrar.json"
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


class Asked(NamedTuple):
    """What a PromQL expression reads."""

    metric: str
    labels: frozenset[str]


def selected(expression: str) -> tuple[list[Asked], set[str]]:
    """What an expression of the dashboard selects, and the labels it groups by."""
    found: list[Asked] = []
    grouped: set[str] = set()

    def visit(part: promql_parser.Expr) -> bool:
        if isinstance(part, promql_parser.MatrixSelector):
            part = part.vector_selector
        if isinstance(part, promql_parser.VectorSelector):
            assert part.name is not None
            found.append(Asked(part.name, frozenset(matcher.name for matcher in part.matchers.matchers)))
        if isinstance(part, promql_parser.AggregateExpr) and part.modifier is not None:
            grouped.update(part.modifier.labels)
        return True

    promql_parser.walk(promql_parser.parse(expression.replace("$__rate_interval", "1m")), visit)
    return found, grouped


async def test_every_metric_and_label_that_the_dashboard_asks_for_is_there_under_that_name(
    stranger: Browser, book: Playbook
) -> None:
    await Phone(book).register()
    await Phone(book, pin="0000", call_id="call-2").ask()
    book.connect(flow(TLS_5061, connection=1))
    book.sip.handshake_refused(TLS_5061, ("127.0.0.1", 1), "no")
    book.system.tally.answered("sip", 0.003)
    text = (await stranger.get("/metrics", headers=BEARER)).text
    labels: dict[str, set[str]] = {name: set() for name in NOT_HERE}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    read: set[str] = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            found, grouped = selected(target["expr"])
            assert found, target
            shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            for metric, matched in found:
                assert metric in labels, f"{panel['title']}: no {metric} in /metrics"
                assert matched | grouped | shown <= labels[metric], f"{panel['title']}: {metric} has {labels[metric]}"
                read.add(metric)
            assert shown <= grouped or not grouped, f"{panel['title']}: {target['legendFormat']}"
    assert len(read) > 10


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    """What Grafana's schema of dashboards (kind v39) wants of each panel, and what cannot be seen is not there."""
    dashboard = json.loads(DASHBOARD.read_text())
    assert dashboard["title"]
    assert re.fullmatch("[a-zA-Z0-9_-]{1,40}", dashboard["uid"])
    assert "id" not in dashboard or dashboard["id"] is None, "a number of somebody's own Grafana"
    variables = {each["name"]: each["type"] for each in dashboard["templating"]["list"]}
    assert variables == {"datasource": "datasource"}
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        assert panel["type"] in ("stat", "timeseries")
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        squares = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not squares & taken, f"{panel['title']} lies over another"
        taken |= squares
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
        assert {"defaults", "overrides"} <= set(panel["fieldConfig"])
