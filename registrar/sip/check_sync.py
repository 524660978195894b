"""Asking a phone to come back: a NOTIFY of ``check-sync`` outside any dialog, over the phone's own flow."""

from registrar.model.binding import Binding
from registrar.sip.aor import escaped, own_contact
from registrar.sip.notify import Notifications
from registrar.sip.uri import scheme_of


def check_sync(
    binding: Binding, notifications: Notifications, now: float, reboot: bool = False, once: bool = False
) -> bool:
    """Put the NOTIFY for a binding that was taken from its phone into ``notifications.outgoing``.

    With ``once`` it is not repeated: nobody has shown that the phone is there. Return False when the contact is no SIP
    URI, so that there is nobody to ask.
    """
    uri = binding.contact.uri.partition("?")[0]  # a Request-URI has no headers (RFC 3261 section 19.1.1)
    if scheme_of(uri) not in ("sip", "sips"):
        return False
    token = notifications.token
    host = notifications.settings.server_name
    headers = [
        *[("Route", hop) for hop in binding.path],
        ("From", f"<sip:{host}>;tag={token()}"),
        ("To", f"<sip:{escaped(binding.number)}@{host}>"),
        ("Call-ID", token()),
        ("CSeq", "1 NOTIFY"),
        ("Contact", f"<{own_contact(binding.number, binding.flow, notifications.settings)}>"),
        ("Event", f"check-sync;reboot={str(reboot).lower()}"),
        ("Subscription-State", "terminated"),
    ]
    notifications.send(binding.flow, uri, headers, b"", now, once=once)
    return True
