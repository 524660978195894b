"""The running registrar as ``exec`` reaches it: through its API, with the token of its data folder."""

import contextlib
import http.client
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from registrar.errors import StartError

NO_ANSWER = 3
"""Exit status when no registrar answers, or none that takes the token."""
UNKNOWN_HERE = "the registrar does not take this token: name its data folder with --data"
TIMEOUT = 60.0
"""Seconds: a command over many numbers takes its time."""

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - told apart
_HEADER_TEXT = re.compile("[!-~]+")


class Result(NamedTuple):
    """What became of a line."""

    printout: str
    exit_status: int


class Remote:
    """A registrar's API."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._host = host
        self._port = port
        self._where = f"{host} port {port}"
        self._token = token

    @classmethod
    def find(cls, url: str | None, data: Path, environment: Mapping[str, str]) -> "Remote":
        """Return the registrar at ``url``, else the one that runs on the data folder. Raises ``StartError``."""
        token = environment.get("REGISTRAR_TOKEN") or _read(data / "token").strip()
        if not _HEADER_TEXT.fullmatch(token):
            raise StartError("the token is none: name the registrar's data folder with --data", NO_ANSWER)
        if url is None:
            host, port = needed(data)["http"]
            return cls(_WILDCARDS.get(host, host), port, token)
        try:
            parts = urlsplit(url if "//" in url else f"//{url}")
            port = parts.port or 80
        except ValueError:
            parts, port = urlsplit(""), 0
        if not parts.hostname or not port or parts.scheme not in ("", "http"):
            raise StartError(f"{url} is no address of a registrar: http://HOST:PORT is", 2)
        return cls(parts.hostname, port, token)

    @property
    def console(self) -> str:
        """The console's address that logs in; the token stands behind a ``#``, where no server sees it."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/login#{quote(self._token)}"

    def execute(self, line: str) -> Result:
        """Carry out an operator's line. Raises ``StartError`` when nobody answers or the token is wrong."""
        status, answer = self._post("/api/v1/commands", {"command": line})
        if status == 401:
            raise StartError(UNKNOWN_HERE, NO_ANSWER)
        if status == 422:
            raise StartError("the line is not text in UTF-8, or longer than any command", 2)
        if status != 200:
            raise StartError(f"the registrar at {self._where} answers {status}: {answer.get('detail', '')}", NO_ANSWER)
        return Result(answer["printout"], answer["exit_status"])

    def fetch(self, path: str) -> bytes:
        """Return what the registrar has under a path of its API. Raises ``StartError``."""
        with self._get(path, {}) as response:
            return response.read()

    def follow(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the data of an event stream as it comes, until the registrar ends it. Raises ``StartError``."""
        with self._get(path, {"Accept": "text/event-stream"}) as response:
            while line := response.readline():
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    @contextlib.contextmanager
    def _get(self, path: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        try:
            connection.request("GET", path, None, {"Authorization": f"Bearer {self._token}", **headers})
            with connection.getresponse() as response:
                if response.status == 401:
                    raise StartError(UNKNOWN_HERE, NO_ANSWER)
                if response.status != 200:
                    raise StartError(f"the registrar at {self._where} answers {response.status}", NO_ANSWER)
                yield response
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise StartError(f"no registrar answers at {self._where}: {reason}", NO_ANSWER) from None
        finally:
            connection.close()

    def _post(self, path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and answer. Raises ``StartError`` when what answers, if anything, is no registrar."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", "Connection": "close"}
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        try:
            connection.request("POST", path, json.dumps(body), headers)
            with connection.getresponse() as response:
                answer = json.loads(response.read())
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise StartError(f"no registrar answers at {self._where}: {reason}", NO_ANSWER) from None
        except ValueError:
            answer = None
        finally:
            connection.close()
        if not isinstance(answer, dict) or (response.status == 200 and not answer.keys() >= set(Result._fields)):
            raise StartError(f"what answers at {self._where} is no registrar", NO_ANSWER)
        return response.status, answer


def running(data: Path) -> dict[str, Any] | None:
    """Return what the registrar that runs on the data folder tells of itself, ``None`` where none runs."""
    try:
        ready = json.loads((data / "server.json").read_text())
        host, port = ready["http"]
        return ready if isinstance(host, str) and isinstance(port, int) and Path(ready["ca_file"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def needed(data: Path) -> dict[str, Any]:
    """Return the same. Raises ``StartError`` where none runs."""
    ready = running(data)
    if ready is None:
        raise StartError(
            f"no registrar runs on the data folder {data}: start it, or name its folder with --data or its"
            " address with --url and REGISTRAR_TOKEN",
            NO_ANSWER,
        )
    return ready


def _read(path: Path) -> str:
    try:
        return path.read_text("latin-1")
    except OSError as error:
        raise StartError(
            f"cannot read {path}: {error.strerror}; start the registrar, or name its data folder with --data or its"
            " address with --url and REGISTRAR_TOKEN",
            NO_ANSWER,
        ) from None
