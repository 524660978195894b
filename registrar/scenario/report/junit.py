"""JUnit XML, as CI systems read it: a suite a file, a test case a case."""

import re
from collections.abc import Iterable
from itertools import groupby
from xml.etree import ElementTree

from registrar.scenario.report.terminal import details
from registrar.scenario.results import CaseResult, Status, Summary


def junit(summary: Summary) -> str:
    """Return the report."""
    root = ElementTree.Element("testsuites", {"name": "registrar", **_counts(summary.results)})
    ordered = sorted(summary.results, key=lambda result: (str(result.file), result.title))
    for file, grouped in groupby(ordered, key=lambda result: result.file):
        results = list(grouped)
        suite = ElementTree.SubElement(root, "testsuite", {"name": str(file), **_counts(results)})
        for result in results:
            _case(suite, result)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _case(suite: ElementTree.Element, result: CaseResult) -> None:
    name = result.file.name.partition(".")[0]
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"scenarios.{name}", name=_clean(result.title), time=f"{result.seconds:.3f}"
    )
    text = _clean("\n".join(details(result)))
    if result.status is Status.LEFT_OUT:
        ElementTree.SubElement(case, "skipped", message=_clean(result.message))
    elif result.status is Status.ERROR:
        ElementTree.SubElement(case, "error", message=_clean(result.message.splitlines()[0])).text = text
    elif result.status is Status.FAILED:
        ElementTree.SubElement(case, "failure", message=_clean(result.message.splitlines()[0])).text = text


def _counts(results: Iterable[CaseResult]) -> dict[str, str]:
    listed = list(results)

    def count(status: Status) -> str:
        return str(sum(result.status is status for result in listed))

    return {
        "tests": str(len(listed)),
        "failures": count(Status.FAILED),
        "errors": count(Status.ERROR),
        "skipped": count(Status.LEFT_OUT),
        "time": f"{sum(result.seconds for result in listed):.3f}",
    }


_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _clean(text: str) -> str:
    """Return the text without what XML 1.0 cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
