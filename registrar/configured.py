"""What each room is to keep to, out of the one table of settings."""

from registrar.core.limits import Limits
from registrar.h323.settings import RasSettings
from registrar.model.policy import PortCheck
from registrar.model.reason import Reason
from registrar.policy.answers import RAS, RAS_REVEALED, RAS_WARNING, SIP, SIP_REPEATED, SIP_REVEALED, WARNING
from registrar.servers.limits import StreamLimits
from registrar.settings import Settings
from registrar.sip.settings import SipSettings, served_domains

_ALGORITHMS = {"MD5": ("MD5",), "SHA-256": ("SHA-256",), "both": ("SHA-256", "MD5")}


def core_limits(settings: Settings) -> Limits:
    """Return what the registration core is to keep to."""
    return Limits(
        min_expires=settings.min_expires,
        default_expires=settings.default_expires,
        max_expires=settings.max_expires,
        max_contacts=settings.max_contacts,
        port_check=PortCheck(settings.port_check),
        reveal_unknown=settings.reveal_unknown,
        replace_duplicates=settings.duplicate_alias == "replace",
        lockout_failures=settings.lockout_failures,
        lockout_source_failures=settings.lockout_source_failures,
        lockout_delay=settings.lockout_delay,
        lockout_window=settings.lockout_window,
        lockout_seconds=settings.lockout_seconds,
    )


def stream_limits(settings: Settings) -> StreamLimits:
    """Return what a stream port lets its peers have."""
    return StreamLimits(
        settings.max_connections,
        settings.max_connections_per_source,
        settings.handshake_seconds,
        settings.idle_seconds,
    )


def sip_settings(settings: Settings, names: list[str], web: str) -> SipSettings:
    """Return SIP's. ``names`` are the host's, the one for people first; ``web`` is where its pages are."""
    return SipSettings(
        domains=served_domains(names),
        realm=settings.realm,
        server_name=names[0],
        answers=SIP,
        challenged=SIP[Reason.PIN_REQUIRED],
        warnings=WARNING,
        repeated=SIP_REPEATED,
        revealed=SIP_REVEALED,
        reveal_unknown=settings.reveal_unknown,
        product="registrar",
        decision_url=f"{web}/reasons/{{reason}}?row={{row}}",
        algorithms=_ALGORITHMS[settings.digest],
        number_algorithms={number: _ALGORITHMS[name] for number, name in settings.digest_numbers.items()},
        nonce_lifetime=settings.nonce_seconds,
    )


def ras_settings(settings: Settings) -> RasSettings:
    """Return RAS's."""
    grace = min(settings.ras_grace, settings.max_expires - settings.min_expires)
    return RasSettings(
        gatekeeper=settings.gatekeeper,
        answers=RAS,
        revealed=RAS_REVEALED,
        reveal_unknown=settings.reveal_unknown,
        warnings=RAS_WARNING,
        preferred=settings.h235_preferred,
        window=settings.h235_window,
        time_to_live=settings.time_to_live,
        min_time_to_live=settings.min_expires,
        max_time_to_live=settings.max_expires - grace,
        framed=settings.ras_framing == "tpkt",
        grace=grace,
    )
