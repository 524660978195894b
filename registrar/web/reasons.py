"""The pages that Error-Info names: what a reason means, what to change, which row decided. They need no token.

They hold nothing of the system's: the tables of the requirement and this project's words.
"""

import re
from html import escape
from typing import Final

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse, Response

from registrar.model.reason import Reason
from registrar.model.row import Row
from registrar.policy.reasons import MEANINGS, Refusing, answers, conditions, rows_of
from registrar.policy.tables import TABLES

FOLDER: Final = "/reasons"

_ROWS: Final = {row.id: row for _, rows in TABLES.values() for row in rows}
_CODE: Final = re.compile(r"`([^`]+)`")
_STYLE: Final = """\
:root { color-scheme: light dark; --line: #8886; --mark: #f5c54233; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: 0 0 .5rem; }
code, .code { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
.code { letter-spacing: .04em; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-top: 1px solid var(--line); }
tr.met { background: var(--mark); font-weight: 600; }
ul { margin: 0; padding-left: 1.2rem; }
nav { margin-top: 2rem; }
@media (max-width: 28rem) { table { font-size: .8rem; } th, td { padding: .35rem .25rem; } }
"""


def add_reasons(app: FastAPI) -> None:
    """Add the pages to the application; they are for people, so the API's description leaves them out."""

    @app.get(FOLDER, response_class=HTMLResponse, include_in_schema=False)
    async def reasons() -> Response:
        """List every reason."""
        rows = "".join(
            f'<tr><td><a class="code" href="{FOLDER}/{reason.value}">{reason.value}</a></td>'
            f"<td>{escape(MEANINGS[reason].title)}</td></tr>"
            for reason in Reason
        )
        return _page("Reasons", f"<h1>Why a registration is refused</h1><table>{rows}</table>")

    @app.get(FOLDER + "/style.css", include_in_schema=False)
    async def style() -> Response:
        return Response(_STYLE, media_type="text/css")

    @app.get(FOLDER + "/{code}", response_class=HTMLResponse, include_in_schema=False)
    async def reason(code: str, row: str = Query("")) -> Response:
        """Explain a reason, and the row that decided."""
        known = Reason.__members__.get(code.upper())
        if known is None:
            return _page("Unknown reason", f"<h1>There is no reason of this name</h1>{_ALL}", 404)
        return _page(known.value, _explained(known, _ROWS.get(row)))


_ALL: Final = f'<nav><a href="{FOLDER}">All reasons</a></nav>'


def _explained(reason: Reason, met: Row | None) -> str:
    title, happened, phone, system = MEANINGS[reason]
    told = "".join(f"<li>{_words(line)}</li>" for line in answers(reason))
    parts = [
        f'<p class="code">{reason.value}</p><h1>{escape(title)}</h1><p>{_words(happened)}</p>',
        f"<h2>On the phone</h2><p>{_words(phone)}</p>",
        f"<h2>On the system</h2><p>{_words(system)}</p>",
        f"<h2>What the terminal is told</h2><ul>{told}</ul>",
        _table(rows_of(reason), met),
        _ALL,
    ]
    return "".join(parts)


def _table(rows: tuple[Refusing, ...], met: Row | None) -> str:
    if not rows:
        return ""
    lines = "".join(_line(row, row is met, strict) for row, strict in rows)
    marked = f"; {met.id} decided" if met is not None else ""
    head = "<tr><th>Row</th><th>A registration with</th><th>The table says</th><th>Requirement</th></tr>"
    return f"<h2>The rows that lead here{marked}</h2><table>{head}{lines}</table>"


def _line(row: Row, met: bool, strict: bool) -> str:
    says = "not allowed"
    if row.allowed:
        port = "insecure port, with port_check strict" if strict else "insecure port"
        says = f"allowed, encrypted; so refused on the {port}"
    mark = ' class="met"' if met else ""
    source = f"{row.section}{', inferred' if row.inferred else ''}"
    return f"<tr{mark}><td>{row.id}</td><td>{escape(conditions(row))}</td><td>{says}</td><td>{source}</td></tr>"


def _page(title: str, content: str, status: int = 200) -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} - registrar</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="{FOLDER}/style.css">'
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml"></head>'
        f"<body><main>{content}</main></body></html>\n",
        status,
    )


def _words(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text.replace("*row*", "row")))
