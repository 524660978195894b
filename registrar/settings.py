"""Settings: from a TOML file, the environment and the command line, the later ones winning.

``Settings`` is the one table they come from: name, type, default, and what ``docs/settings.md`` says of each.
"""

import dataclasses
import difflib
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from registrar.errors import StartError

PREFIX = "REGISTRAR_"
"""Environment variables are this and the setting's name in capitals."""


PORT = 65535
LONGEST_EXPIRES = 2**32 - 1
"""Seconds (RFC 3261 section 20.19)."""
_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
_GATEKEEPER = re.compile(r"[ -~]{1,64}")
_QUOTABLE = re.compile(r'[^"\\\x00-\x1f\x7f]{1,100}')


def _setting(
    default: Any,
    text: str,
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
    form: tuple[re.Pattern[str], str] | None = None,
    *,
    anew: bool = False,
) -> Any:
    """``anew``: read again on SIGHUP and taken over while the program runs."""
    metadata = {"text": text, "choices": choices, "low": low, "high": high, "form": form, "anew": anew}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may be set. Times are seconds."""

    data: Path = _setting(Path("data"), "The folder that holds everything that persists.")
    certs: Path | None = _setting(
        None,
        "The folder of `ca.pem`, `server.pem` and `server.key`; `certs` in the data folder if not set.",
    )
    system: str = _setting(
        "LAB",
        "The name of the system: licences and backups for another one are refused.",
        form=(_GATEKEEPER, "1 to 64 printable characters"),
    )
    host: str = _setting("127.0.0.1", "The address to listen on. Wider than loopback is a deliberate choice.")
    domain: str = _setting(
        "",
        "A name or address served besides the listening one, the host's own and localhost.",
        form=(_NAME, "a host name or an address"),
    )
    realm: str = _setting(
        "registrar",
        "The digest realm that phones are asked with.",
        form=(_QUOTABLE, "1 to 100 characters without quotes and backslashes"),
    )
    sip_port: int = _setting(5060, "SIP over UDP and TCP. A port of 0 is any free one.", low=0, high=PORT)
    sips_port: int = _setting(5061, "SIP over TLS.", low=0, high=PORT)
    ras_port: int = _setting(1719, "H.323 RAS over UDP.", low=0, high=PORT)
    ras_tls_port: int = _setting(3727, "H.323 RAS over TLS.", low=0, high=PORT)
    http_port: int = _setting(8080, "The console and the API over HTTP.", low=0, high=PORT)
    database: str = _setting(
        "", "SQLAlchemy address of the database, `postgresql+asyncpg://…`; SQLite in the data folder if not set."
    )
    durability: str = _setting(
        "durable",
        "`durable`: a registration is stored before it is answered. `memory`: bindings live in memory alone.",
        ("durable", "memory"),
    )
    synchronous: str = _setting(
        "NORMAL", "SQLite: `NORMAL` survives the death of the process, `FULL` that of the machine.", ("NORMAL", "FULL")
    )
    empty: bool = _setting(False, "Start without the demonstration extensions.")
    ready_file: Path | None = _setting(None, "A file to write, whole, when everything listens.")
    port_check: str = _setting(
        "standard",
        "`strict` also refuses a registration that promises encryption and came on an insecure port"
        " where `standard` accepts it as downgraded.",
        ("standard", "strict"),
        anew=True,
    )
    reveal_unknown: bool = _setting(False, "Answer unknown numbers 404 at once, instead of like a wrong PIN.")
    min_expires: int = _setting(60, "Shorter registrations are told 423.", low=1, anew=True)
    default_expires: int = _setting(3600, "For registrations that ask for no time.", low=1, anew=True)
    max_expires: int = _setting(86400, "Longer wishes are shortened to it.", low=1, high=LONGEST_EXPIRES, anew=True)
    max_contacts: int = _setting(10, "Contacts a number may hold.", low=1, anew=True)
    digest: str = _setting(
        "MD5",
        "Digest algorithms offered. Many phones fail as soon as SHA-256 is offered, even beside MD5.",
        ("MD5", "SHA-256", "both"),
    )
    digest_numbers: dict[str, str] = _setting(
        {}, 'The same for single numbers: `digest_numbers = { 12345 = "SHA-256" }`.'
    )
    nonce_seconds: float = _setting(300.0, "How long a challenge may be answered.", low=1)
    lockout_failures: int = _setting(
        5, "Wrong PINs for one number within the window that lock it; 0 never.", low=0, anew=True
    )
    lockout_source_failures: int = _setting(
        50, "The same for one source address; all H.323 over UDP that shows no address is one.", low=0, anew=True
    )
    lockout_delay: float = _setting(
        1.0,
        "After four fifths of the wrong PINs that lock a number whoever guessed waits for so long, after each further"
        " one twice as long; an address once more with each. Too early is told `Retry-After`, right or wrong. 0 never.",
        low=0,
        anew=True,
    )
    lockout_window: float = _setting(300.0, "The time within which wrong PINs are counted together.", low=1, anew=True)
    lockout_seconds: float = _setting(300.0, "How long a lock lasts.", low=1, anew=True)
    gatekeeper: str = _setting(
        "registrar",
        "The gatekeeperIdentifier that H.323 endpoints are told.",
        form=(_GATEKEEPER, "1 to 64 printable characters"),
    )
    h235_preferred: str = _setting(
        "MD5",
        "The way of proving the PIN that discovery agrees on where it is offered, the others after it. All are taken."
        " `H.235.1` signs whole messages, both ways; some endpoints do it wrongly.",
        ("MD5", "CAT", "H.235.1"),
    )
    h235_window: float = _setting(
        300.0, "How far the clock of an H.323 endpoint that sends H.235 tokens may be from ours.", low=1
    )
    time_to_live: int = _setting(300, "For H.323 endpoints that ask for no time.", low=1)
    ras_grace: int = _setting(
        30, "Beyond its time to live an H.323 endpoint is asked whether it is there before it is taken for gone.", low=0
    )
    duplicate_alias: str = _setting(
        "refuse",
        "A second H.323 endpoint for a number: `refuse` it while the first is there, or `replace` the first.",
        ("refuse", "replace"),
        anew=True,
    )
    ras_framing: str = _setting(
        "tpkt", "RAS over TLS comes in TPKT frames (RFC 1006), or `bare`, a message a TLS record.", ("tpkt", "bare")
    )
    ras_discovery: bool = _setting(False, "Answer H.323 discovery by multicast, 224.0.1.41 port 1718.")
    tls_profile: str = _setting(
        "modern",
        "RAS over TLS alone: `d4` also admits TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA, which DBC 42x 02 telephones"
        " were published to speak. It is weak.",
        ("modern", "d4"),
    )
    client_certificates: str = _setting(
        "off", "Certificates of TLS peers, checked against the CA file.", ("off", "request", "require"), anew=True
    )
    tls_key_log: Path | None = _setting(None, "A file that TLS secrets are written to, for Wireshark.")
    max_connections: int = _setting(20_000, "TCP and TLS connections open at once, each.", low=1, anew=True)
    max_connections_per_source: int = _setting(10_000, "The same from one address.", low=1, anew=True)
    idle_seconds: float = _setting(3900.0, "A connection silent for longer is closed.", low=1, anew=True)
    handshake_seconds: float = _setting(10.0, "A TLS handshake that takes longer is refused.", low=0.1, anew=True)
    trace_records: int = _setting(
        5000, "Messages and decisions that the trace keeps; a registration with its challenge makes six.", low=0
    )
    log_format: str = _setting("text", "The log on standard error, for people or for programs.", ("text", "json"))
    log_level: str = _setting("info", "What is logged.", ("debug", "info", "warning", "error"), anew=True)

    @property
    def certificates(self) -> Path:
        """The folder of the certificates."""
        return self.certs or self.data / "certs"

    @property
    def licence_key(self) -> Path:
        """The file of the key with which lab licences are signed."""
        return self.data / "licence.key"

    @property
    def database_url(self) -> str:
        """The database's address."""
        return self.database or f"sqlite:///{self.data.absolute() / 'registrar.db'}"


class Described(NamedTuple):
    """One setting as documentation and command line show it."""

    name: str
    kind: Any
    """The type of its value: a Python class."""
    optional: bool
    default: Any
    text: str
    choices: tuple[str, ...]
    low: float | None
    high: float | None
    form: tuple[re.Pattern[str], str] | None
    """What a text must look like, and that in words."""
    anew: bool
    """Taken over on SIGHUP."""


def described() -> Iterator[Described]:
    """Yield every setting in the order of the table."""
    hints = get_type_hints(Settings)
    for field in dataclasses.fields(Settings):
        hint = hints[field.name]
        kinds = [kind for kind in getattr(hint, "__args__", (hint,)) if kind is not type(None)]
        table = getattr(hint, "__origin__", None) is dict
        default = {} if table else field.default
        meta = field.metadata
        kind = dict if table else kinds[0]
        optional = type(None) in getattr(hint, "__args__", ())
        limits = (meta["choices"], meta["low"], meta["high"], meta["form"], meta["anew"])
        yield Described(field.name, kind, optional, default, meta["text"], *limits)


def load(file: Path | None, environment: Mapping[str, str], command_line: Mapping[str, Any]) -> Settings:
    """Return the settings of all sources. Raises ``StartError`` that names source, line and nearest right key."""
    known = {setting.name: setting for setting in described()}
    values: dict[str, Any] = {}
    if file is not None:
        for name, value in _read(file).items():
            where = f"{file}, line {_line_of(file, name)}"
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise StartError(f"{where}: there is no setting {name}{hint}", 2)
            values[name] = _checked(known[name], value, where)
    for name, setting in known.items():
        text = environment.get(PREFIX + name.upper())
        if text is not None and setting.kind is not dict:
            variable = PREFIX + name.upper()
            values[name] = _checked(setting, _from_text(setting, text, variable), variable)
    for name, value in command_line.items():
        if value is not None:
            values[name] = _checked(known[name], value, f"--{name.replace('_', '-')}")
    settings = Settings(**values)
    if not settings.min_expires <= settings.default_expires <= settings.max_expires:
        raise StartError("min_expires, default_expires and max_expires must rise in this order", 2)
    return settings


def differences(before: Settings, after: Settings) -> tuple[dict[str, Any], list[str]]:
    """Return the changed values that are taken over while the program runs, and the names of the others."""
    changed = [each for each in described() if getattr(before, each.name) != getattr(after, each.name)]
    taken = {each.name: getattr(after, each.name) for each in changed if each.anew}
    return taken, [each.name for each in changed if not each.anew]


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise StartError(f"cannot read the settings file {file}: {error.strerror}", 2) from None
    except UnicodeDecodeError:
        raise StartError(f"{file} is not text in UTF-8", 2) from None
    except tomllib.TOMLDecodeError as error:
        raise StartError(f"{file}: {error}", 2) from None


def _line_of(file: Path, name: str) -> int:
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.strip().strip("[]").split("=")[0].strip().strip("\"'") == name:
            return number
    return 1


def _from_text(setting: Described, text: str, where: str) -> Any:
    if setting.kind is bool:
        words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        if text.lower() not in words:
            raise StartError(f"{where}: {text!r} is neither yes nor no", 2)
        return words[text.lower()]
    if setting.kind in (int, float):
        try:
            return setting.kind(text)
        except ValueError:
            raise StartError(f"{where}: {text!r} is no number", 2) from None
    return text


def _checked(setting: Described, value: Any, where: str) -> Any:
    kind = setting.kind
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind:
        kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", dict: "a table"}
        raise StartError(f"{where}: {setting.name} must be {kinds.get(kind, 'a path')}, not {value!r}", 2)
    if setting.choices:
        exact = {choice.lower(): choice for choice in setting.choices}
        if str(value).lower() not in exact:
            raise StartError(f"{where}: {setting.name} must be one of {', '.join(setting.choices)}, not {value!r}", 2)
        return exact[str(value).lower()]
    if kind is dict and any(algorithm not in ("MD5", "SHA-256", "both") for algorithm in value.values()):
        raise StartError(f"{where}: {setting.name} takes MD5, SHA-256 or both for each number", 2)
    if words := _out_of_bounds(setting, value):
        raise StartError(f"{where}: {setting.name} must be {words}, not {value!r}", 2)
    return value


def _out_of_bounds(setting: Described, value: Any) -> str:
    """Return what the value must be, in words, when it is not that."""
    if isinstance(value, float) and not math.isfinite(value):
        return "a number"
    if setting.low is not None and value < setting.low:
        return f"at least {setting.low:g}"
    if setting.high is not None and value > setting.high:
        return f"at most {setting.high:.0f}"
    if setting.form is not None and value != setting.default and not setting.form[0].fullmatch(value):
        return setting.form[1]
    return ""


_INTRODUCTION = """\
# Settings

<!-- Written by `python -m registrar.settings > docs/settings.md`; change the table there, not this page. -->

They come from a TOML file (`registrar serve --config FILE`), from the environment (`REGISTRAR_` and the name in
capitals), and from the command line (`--` and the name with hyphens); the later ones win. What is wrong is told in one
line with its place and the nearest right name, and nothing starts.

```toml
# registrar.toml
domain = "lab.example"
port_check = "strict"
digest_numbers = { 12345 = "SHA-256" }
```

Times are seconds. On SIGHUP the settings are read again, and the certificate folder with them: what is marked ↻ is
taken over while the program runs, connections and registrations live on. Whatever else has changed waits for a start,
and the log says so. Settings that are wrong are told there too, and nothing changes.

| setting | default | ↻ | what it is |
| --- | --- | --- | --- |
"""


def document() -> str:
    """Return ``docs/settings.md``."""
    lines = []
    for setting in described():
        default = "" if setting.default in (None, {}) else str(setting.default)
        default = default.lower() if setting.kind is bool else default
        mark = "↻" if setting.anew else ""
        shown = f"`{default}`" if default else ""
        lines.append(f"| `{setting.name}` | {shown} | {mark} | {setting.text}{_bounds(setting)} |")
    return _INTRODUCTION + "\n".join(lines) + "\n"


def _bounds(setting: Described) -> str:
    if setting.choices:
        return f" One of {', '.join(f'`{choice}`' for choice in setting.choices)}."
    if setting.low is not None and setting.high is not None:
        return f" {setting.low:.0f} to {setting.high:.0f}."
    return f" At least {setting.low:g}." if setting.low is not None else ""


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201
