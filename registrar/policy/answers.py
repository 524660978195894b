"""What a terminal is told for each reason, in SIP (RFC 3261 section 21) and in H.225.0 RAS.

Every phone shows the status line and none shows ``Warning``, so the reason phrase says what is wrong; the Warning
(code 399, RFC 3261 section 20.43) adds what to do and names the row. A registrar never sends 6xx (section 10.3), and
426, 480, 488, 494 and 503 make some phones try again sooner: refusals by policy are 403.
"""

from typing import Final, NamedTuple

from registrar.model.reason import Reason


class SipAnswer(NamedTuple):
    """A status line."""

    status: int
    phrase: str


SIP_ACCEPTED: Final = SipAnswer(200, "OK")

SIP: Final[dict[Reason, SipAnswer]] = {
    Reason.PIN_REQUIRED: SipAnswer(401, "Unauthorized"),
    Reason.STALE_NONCE: SipAnswer(401, "Unauthorized"),
    Reason.WRONG_PIN: SipAnswer(401, "Unauthorized"),
    Reason.UNKNOWN_NUMBER: SipAnswer(401, "Unauthorized"),
    Reason.LOCKED_OUT: SipAnswer(403, "Locked Out"),
    Reason.SLOWED_DOWN: SipAnswer(403, "Wait After Wrong PIN"),
    Reason.ADDRESS_UNPROVEN: SipAnswer(401, "Unauthorized"),
    Reason.TLS_REQUIRED: SipAnswer(403, "TLS Required"),
    Reason.TERMINAL_NOT_ALLOWED: SipAnswer(403, "Terminal Type Not Allowed"),
    Reason.EXCEPTION_NOT_ALLOWED: SipAnswer(403, "Security Exception Not Allowed"),
    Reason.RAC_MANDATORY: SipAnswer(403, "PIN Not Configured"),
    Reason.NOT_OWNER: SipAnswer(403, "Wrong Number Or PIN"),
    Reason.INTERVAL_TOO_BRIEF: SipAnswer(423, "Interval Too Brief"),
    Reason.OUT_OF_ORDER: SipAnswer(500, "CSeq Out Of Order"),
    Reason.TOO_MANY_CONTACTS: SipAnswer(403, "Too Many Contacts"),
    Reason.DUPLICATE_ALIAS: SipAnswer(403, "Number In Use"),
    Reason.REPLAYED: SipAnswer(403, "Credentials Used Before"),
    Reason.CLOCK_WRONG: SipAnswer(403, "Clock Wrong"),
    Reason.WRONG_SENDERS_ID: SipAnswer(403, "Credentials Of Another"),
    Reason.WRONG_GENERAL_ID: SipAnswer(403, "Credentials For Another"),
    Reason.INTEGRITY_FAILED: SipAnswer(403, "Integrity Failed"),
    Reason.STORE_FAILED: SipAnswer(503, "Registration Could Not Be Stored"),
    Reason.OVERLOADED: SipAnswer(503, "Overloaded"),
}

SIP_REPEATED: Final = SipAnswer(403, "Wrong Number Or PIN")
"""A wrong PIN, or an unknown number, again within one burst: another 401 would make some phones try for ever."""

SIP_REVEALED: Final = SipAnswer(404, "Unknown Number")
"""UNKNOWN_NUMBER under ``reveal_unknown``."""

WARNING: Final[dict[Reason, str]] = {
    Reason.TLS_REQUIRED: "Secure port required: register on TLS 5061",
    Reason.TERMINAL_NOT_ALLOWED: "This type of terminal is not allowed for this number",
    Reason.EXCEPTION_NOT_ALLOWED: "A number with a security exception is not allowed",
    Reason.RAC_MANDATORY: "The policy demands a PIN and none is configured",
}
"""The Warning texts of refusals by policy; ``warning`` adds the row."""

RAS_ACCEPTED: Final = "RCF"

RAS_WARNING: Final[dict[Reason, str]] = {
    **WARNING,
    Reason.TLS_REQUIRED: "Secure port required: register inside TLS on 3727",
}
"""What a refusal by policy says in its non-standard data; the row is added."""

RAS: Final[dict[Reason, str]] = {
    Reason.PIN_REQUIRED: "RRJ securityDenial",
    Reason.STALE_NONCE: "RRJ securityDenial",
    Reason.WRONG_PIN: "RRJ securityDenial",
    Reason.UNKNOWN_NUMBER: "RRJ securityDenial",
    Reason.LOCKED_OUT: "RRJ securityDenial",
    Reason.SLOWED_DOWN: "RRJ securityDenial",
    Reason.ADDRESS_UNPROVEN: "RRJ discoveryRequired",
    Reason.TLS_REQUIRED: "RRJ transportNotSupported",
    Reason.TERMINAL_NOT_ALLOWED: "RRJ invalidTerminalType",
    Reason.EXCEPTION_NOT_ALLOWED: "RRJ securityDenial",
    Reason.RAC_MANDATORY: "RRJ securityDenial",
    Reason.NOT_OWNER: "RRJ securityDenial",
    Reason.INTERVAL_TOO_BRIEF: "RRJ undefinedReason",
    Reason.OUT_OF_ORDER: "RRJ undefinedReason",
    Reason.TOO_MANY_CONTACTS: "RRJ resourceUnavailable",
    Reason.DUPLICATE_ALIAS: "RRJ duplicateAlias",
    Reason.REPLAYED: "RRJ securityError securityReplay",
    Reason.CLOCK_WRONG: "RRJ securityError securityWrongSyncTime",
    Reason.WRONG_SENDERS_ID: "RRJ securityError securityWrongSendersID",
    Reason.WRONG_GENERAL_ID: "RRJ securityError securityWrongGeneralID",
    Reason.INTEGRITY_FAILED: "RRJ securityError securityIntegrityFailed",
    Reason.STORE_FAILED: "RRJ resourceUnavailable",
    Reason.OVERLOADED: "RRJ resourceUnavailable",
}
"""The RAS message, its reject reason (H.225.0 RegistrationRejectReason) and, with securityError, which error.

Some reasons arise in one protocol only; both tables have an answer to each all the same.
"""

RAS_REVEALED: Final = "RRJ invalidAlias"
"""UNKNOWN_NUMBER under ``reveal_unknown``."""


def warning(reason: Reason, row_id: str) -> str:
    """Return the Warning text of a refusal by policy, or an empty text for reasons that have none."""
    text = WARNING.get(reason)
    return f"{text} ({row_id})" if text else ""
