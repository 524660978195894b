"""The running registrar as ``exec`` reaches it: through its API, with the token of its data folder."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from registrar.errors import StartError

NO_ANSWER = 3
"""Exit status when no registrar answers."""
TIMEOUT = 60.0
"""Seconds: a command over many numbers takes its time."""


class Result(NamedTuple):
    """What became of a line."""

    printout: str
    exit_status: int


class Remote:
    """A registrar's API."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        self._where = f"{host} port {port}"
        self._token = token

    @classmethod
    def find(cls, url: str | None, data: Path, environment: Mapping[str, str]) -> "Remote":
        """Return the registrar at ``url``, else the one that runs on the data folder. Raises ``StartError``."""
        token = environment.get("REGISTRAR_TOKEN") or _read(data / "token").strip()
        if url is None:
            host, port = json.loads(_read(data / "server.json"))["http"]
            return cls({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, token)  # noqa: S104 - told apart
        parts = urlsplit(url if "//" in url else f"//{url}")
        try:
            port = parts.port or 80
        except ValueError:
            port = 0
        if not parts.hostname or not port or parts.scheme not in ("", "http"):
            raise StartError(f"{url} is no address of a registrar: http://HOST:PORT is", 2)
        return cls(parts.hostname, port, token)

    def execute(self, line: str) -> Result:
        """Carry out an operator's line. Raises ``StartError`` when nobody answers or the token is wrong."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            self._connection.request("POST", "/api/v1/commands", json.dumps({"command": line}), headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise StartError(f"no registrar answers at {self._where}: {reason}", NO_ANSWER) from None
        if response.status == 401:
            raise StartError("the registrar does not take this token: name its data folder with --data", NO_ANSWER)
        if response.status != 200:
            raise StartError(f"the registrar at {self._where} answers {response.status} {response.reason}", NO_ANSWER)
        result = json.loads(body)
        return Result(result["printout"], result["exit_status"])


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise StartError(
            f"cannot read {path}: {error.strerror}; start the registrar, or name its data folder with --data or its"
            " address with --url and REGISTRAR_TOKEN",
            NO_ANSWER,
        ) from None
