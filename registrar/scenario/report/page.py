"""One HTML file: every case with its steps, its ladders, its messages. It asks nothing of any network."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment

from registrar import __version__
from registrar.scenario.results import Status, Summary


def page(summary: Summary, now: float) -> str:
    """Return the page; ``now`` is when the run ended, POSIX seconds."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("registrar.scenario.report").joinpath("page.html.j2").read_text("utf-8"))
    by_file: dict[Path, list[object]] = {}
    for result in sorted(summary.results, key=lambda each: str(each.file)):
        by_file.setdefault(result.file, []).append(result)
    return template.render(
        summary=summary,
        by_file=by_file,
        counts=[(status, summary.count(status)) for status in Status if summary.count(status)],
        missing=summary.total - len(summary.results),
        when=f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S} UTC",
        version=__version__,
    )
