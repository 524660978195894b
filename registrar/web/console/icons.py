"""Small drawings, put into the page itself: 24 by 24, one stroke."""

from functools import cache
from typing import Final

from markupsafe import Markup

_PATHS: Final = {
    "gauge": "M4 18a9 9 0 1 1 16 0M12 14l4-5",
    "phone": "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1",
    "help": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.5v.2",
    "ladder": "M6 3v18M18 3v18M6 8h12M14 5.5L18 8l-4 2.5M18 15H6M10 12.5L6 15l4 2.5",
    "shield": "M12 3l7 3v5c0 4.5-3 8-7 10-4-2-7-5.5-7-10V6zM9 12l2 2 4-4",
    "hash": "M5 9h14M5 15h14M10 4L8 20M16 4l-2 16",
    "wave": "M3 12h2l2-6 3 13 3-10 2 5 1.5-2H21",
    "badge": "M12 14a5 5 0 1 0 0-10 5 5 0 0 0 0 10M9 13.5L7.5 21l4.5-2.5 4.5 2.5L15 13.5",
    "prompt": "M4 5h16v14H4zM8 10l3 2.5L8 15M13 15h4",
    "route": "M6 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4M18 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4M8 17h6a4 4 0 0 0 4-4V9",
    "handset": "M7 3h10v18H7zM10 6h4M10 10h.2M14 10h.2M10 13.5h.2M14 13.5h.2M10 17h.2M14 17h.2",
    "script": "M6 3h9l4 4v14H6zM14 3v5h5M9 13l2 2 4-4",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    "open": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.6-1.6",
    "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M16 16l4.5 4.5",
    "copy": "M9 9h11v11H9zM5 15H4V4h11v1",
    "sun": "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 3v1M12 20v1M3 12h1M20 12h1M6 6l1 1M17 17l1 1M6 18l1-1M17 7l1-1",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "alert": "M12 4l9 16H3zM12 10v4.5M12 17.2v.2",
    "info": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 11v5.5M12 7.7v.2",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "cross": "M6 6l12 12M18 6L6 18",
    "pause": "M9 6v12M15 6v12",
    "download": "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
    "out": "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
}


@cache
def icon(name: str) -> Markup:
    """Return a drawing that says nothing by itself: words stand beside it."""
    return Markup('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>').format(_PATHS[name])
