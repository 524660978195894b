"""The security policy and what it stands on: policy, media encryption, licence."""

from typing import Final

from registrar.commands.catalogue.shared import PRINT, VERBOSE
from registrar.commands.grammar import Command, Form, Switch
from registrar.commands.types import ANY_POLICY, FEATURE, FILE, HOST_NAME, HOST_NAMES, MEDIA, POLICY

# -- sec_policy

SET: Final = Switch("-set", POLICY, "The policy to set: 1 ALL_SECURE, 2 ALL_SECURE + EXC_EXT, 3 ALL_SECURE + EXC_TYPE.")
REMOVE: Final[Switch[None]] = Switch("-remove", None, "Removes the policy.")
PRINT_POLICY: Final[Switch[None]] = Switch("-print", None, "Prints the policy and what it stands on.")
PREVIEW: Final = Switch("-preview", ANY_POLICY, "The policy to try; 0 for none.")

SEC_POLICY: Final = Command(
    "sec_policy",
    "Sets, removes, prints and previews the security policy of the system.",
    (
        Form(SET, "Sets the policy."),
        Form(REMOVE, "Removes the policy: everything may register."),
        Form(PRINT_POLICY, "Prints the policy, and which registrations were accepted under another one."),
        Form(PREVIEW, "Prints what a policy would refuse and which registrations would be lost; changes nothing."),
    ),
    "Setting a policy needs the licence VOIP-SECURITY and a valid certificate; removing it needs neither. The policies "
    "1 and 3 are refused while an extension has a security exception. A change leaves registrations alone until they "
    "are registered anew: extension_unregistration -d all.",
    ("sec_policy -preview 1", "sec_policy -set 1", "sec_policy -remove"),
)

# -- media_encryption

MEDIA_TYPE: Final = Switch(
    "-type", MEDIA, "What for: IP extensions, IP routes (trunks and tie lines), or connections between media gateways."
)

MEDIA_ENCRYPTION_ENABLE: Final = Command(
    "media_encryption_enable",
    "Enables media encryption (SRTP) for extensions, routes or inter media gateway connections.",
    (Form(None, "Enables media encryption.", (MEDIA_TYPE,)),),
    "Media encryption is disabled from the start; the three types are independent. Enabling needs the licence "
    "VOIP-SECURITY. SIP terminals that offer SRTP when they register (Security-Client: sdes-srtp;mediasec) are told "
    "from their next registration on.",
    (
        "media_encryption_enable -type extension",
        "media_encryption_enable -type route",
        "media_encryption_enable -type intermgw",
    ),
)

MEDIA_ENCRYPTION_DISABLE: Final = Command(
    "media_encryption_disable",
    "Disables media encryption (SRTP) for extensions, routes or inter media gateway connections.",
    (Form(None, "Disables media encryption.", (MEDIA_TYPE,)),),
    "For extensions it is refused under every security policy. It needs no licence.",
    ("media_encryption_disable -type extension",),
)

MEDIA_ENCRYPTION_PRINT: Final = Command(
    "media_encryption_print",
    "Prints the media encryption settings, and which calls each of them affects.",
    (Form(None, "Prints one type, or all three.", (), (MEDIA_TYPE,)),),
    "Gateway calls are routed through a media gateway of the system; non-gateway calls go from terminal to terminal.",
    ("media_encryption_print -type extension", "media_encryption_print"),
)

# -- certificate

REQUEST: Final[Switch[None]] = Switch("-request", None, "Makes a key and a certificate signing request.")
INSTALL_CERTIFICATE: Final[Switch[None]] = Switch("-install", None, "Installs a certificate.")
TRUST: Final[Switch[None]] = Switch("-trust", None, "Trusts an authority.")
RENEW: Final[Switch[None]] = Switch("-renew", None, "Renews the certificate from the lab CA.")
COMMON_NAME: Final = Switch("--cn", HOST_NAME, "The common name.")
SAN: Final = Switch("--san", HOST_NAMES, "Further names and addresses that the certificate is to cover.")
CERTIFICATE_FILE: Final = Switch(
    "--cert",
    FILE,
    "The certificate in PEM form, alone or with its chain; a bundle of key, certificate and CA serves by itself.",
)
KEY_FILE: Final = Switch("--key", FILE, "Its private key, not encrypted; when not given, that of -request.")
CA_FILE: Final = Switch("--ca", FILE, "The certificates of authorities, intermediate ones too.")

CERTIFICATE: Final = Command(
    "certificate",
    "Prints, requests, installs and renews the server's certificate; trusts authorities.",
    (
        Form(PRINT, "Prints the certificate, its chain and the trusted authorities.", (), (VERBOSE,)),
        Form(
            REQUEST,
            "Makes a key and a request to be signed by an authority; the key stays on the service node.",
            (COMMON_NAME,),
            (SAN, VERBOSE),
        ),
        Form(INSTALL_CERTIFICATE, "Installs a certificate.", (CERTIFICATE_FILE,), (KEY_FILE, CA_FILE, VERBOSE)),
        Form(TRUST, "Trusts authorities besides those that are trusted.", (CA_FILE,), (VERBOSE,)),
        Form(RENEW, "Lets the lab CA issue a new certificate, and installs it.", (), (VERBOSE,)),
    ),
    "Before anything changes it is checked that the key matches, the chain verifies, the dates hold and a name of the "
    "server is covered (the domain, when one is set); then a handshake is tried in memory. New connections use the new "
    "certificate at once, existing ones live on. From 30 days before its end the certificate is warned of here, in the "
    "log and in the metrics.",
    (
        "certificate -p",
        "certificate -request --cn pbx.example.com --san pbx.example.com,192.0.2.10",
        "certificate -install --cert signed.pem --ca ca.pem",
        "certificate -renew",
    ),
)

# -- license_status

INSTALL: Final = Switch("-i", FILE, "The licence file to install.", ("--initiate",))
ERASE_FEATURE: Final = Switch("-e", FEATURE, "The feature to remove.", ("--erase",))

LICENSE_STATUS: Final = Command(
    "license_status",
    "Prints, installs and removes licences.",
    (
        Form(PRINT, "Prints what is licensed.", (), (VERBOSE,)),
        Form(INSTALL, "Installs a licence file in place of the present licence.", (), (VERBOSE,)),
        Form(ERASE_FEATURE, "Removes a feature.", (), (VERBOSE,)),
    ),
    "A licence file is signed; registrar license make issues lab ones. What needs a licence that is missing or "
    "expired is refused; what is set stays in force. An expiry is warned of from 30 days before, in the log and in the "
    "metrics.",
    ("license_status -p", "license_status -e VOIP-SECURITY"),
)
