"""The server's certificate while it is used: installed, renewed and trusted without a connection being dropped."""

import ssl
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from cryptography import x509

from registrar.commands.effects import InstallCertificate, Refusal, RequestCertificate, Requested, TrustAuthority
from registrar.model.certificate import Certificates
from registrar.surroundings.files import read, words
from registrar.tls.authority import issue, request
from registrar.tls.candidate import AUTHORITIES, KEY, SERVER, candidate
from registrar.tls.context import admit_d4, server_context
from registrar.tls.errors import CertificateError
from registrar.tls.facts import common_name, is_authority
from registrar.tls.folder import commit, replace, stage
from registrar.tls.installed import REQUEST, REQUEST_KEY, Installed, inspect, install, private_key
from registrar.tls.pem import Key, Pem, certificates_in, read_pem, written
from registrar.tls.rehearsal import rehearse
from registrar.tls.rsa import rsa_certificate

P = ParamSpec("P")
R = TypeVar("R")


def _refusable(method: Callable[P, R]) -> Callable[P, R | Refusal]:
    """Give what is wrong with certificates and files back as a refusal."""

    @wraps(method)
    def attempt(*arguments: P.args, **named: P.kwargs) -> R | Refusal:
        try:
            return method(*arguments, **named)
        except CertificateError as error:
            return Refusal(error.reason, error.advice or (_sentence(str(error)),))
        except OSError as error:
            return Refusal("CERTIFICATES CANNOT BE WRITTEN", (words(error),))
        except ValueError as error:
            return Refusal("CERTIFICATE NOT VALID", (f"{error}.",))

    return attempt


class ServerCertificates:
    """The certificate folder of a running registrar. Its methods block: they read and write files.

    ``context`` is asked for with every new connection; those that exist keep the one they began with.
    """

    def __init__(
        self,
        folder: Path,
        names: Sequence[str],
        domain: str,
        clock: Callable[[], float],
        *,
        client_certificates: str = "off",
        key_log: Path | None = None,
        d4: bool = False,
    ) -> None:
        """Open the folder, making a lab authority and certificate where there is none. Raises ``CertificateError``.

        ``names`` are those the server answers to; ``domain`` the one that certificates must cover, if it is set. With
        ``d4`` RAS over TLS also takes the TLS 1.0 of D4 telephones.
        """
        self._folder = folder
        self._names = tuple(names)
        self._domain = domain
        self._clock = clock
        self._client_certificates = client_certificates
        self._key_log = key_log
        self._d4 = d4
        self.installed = install(folder, names, clock())
        self._context = self._load(folder)
        self._ras_context = self._load_for_ras(self.installed, self._context)

    @property
    def told(self) -> Certificates:
        """What is told of the installed certificates."""
        return self.installed.told

    def context(self) -> ssl.SSLContext:
        """Return the context for a new connection."""
        return self._context

    def authorities(self) -> str:
        """Return the trusted authorities in PEM form."""
        return written(*self._trusted()).decode()

    def ras_context(self) -> ssl.SSLContext:
        """Return the context for a new connection of RAS over TLS."""
        return self._ras_context

    def problem(self, now: float) -> str | None:
        """Return why the certificate is not valid at ``now``, ``None`` when it is."""
        return self.installed.problem(now)

    def read_anew(self, client_certificates: str) -> None:
        """Take over what somebody put into the folder by hand, and another wish for the peers' certificates.

        Raises ``CertificateError``, and then everything is as it was.
        """
        before = self._client_certificates
        self._client_certificates = client_certificates
        try:
            self._reload()
        except OSError as error:
            self._client_certificates = before
            raise CertificateError(f"cannot use the certificate file {error.filename}: {error.strerror}") from None
        except CertificateError:
            self._client_certificates = before
            raise

    @_refusable
    def request(self, effect: RequestCertificate) -> Requested:
        """Make a key and a request, or a request with the key of one that waits already."""
        folder = self._folder
        waiting = self._waiting()
        before = self.told.requested if waiting is not None else ""
        key, signing = request(effect.names, waiting.pem if waiting is not None else None)
        replace(folder, {REQUEST_KEY: key, REQUEST: signing})
        self.installed = inspect(folder)
        return Requested(signing.decode(), str(folder / REQUEST), before)

    @_refusable
    def install(self, effect: InstallCertificate) -> Certificates:
        """Check what the files hold and put it in the place of what is installed."""
        given = _read("CERTIFICATE FILE", effect.certificate)
        keys = _read("KEY FILE", effect.key).keys if effect.key is not None else ()
        if effect.key is not None and not keys:
            raise CertificateError("The file holds no private key in PEM form.", "PRIVATE KEY NOT VALID")
        authorities = _read("CA FILE", effect.authority).certificates if effect.authority is not None else ()
        return self._replace(given, keys, authorities)

    @_refusable
    def renew(self) -> Certificates:
        """Let the lab authority issue a certificate for the server's names and those of its present one."""
        present = self.told.server.names if self.installed.lab else ()
        issued = issue(self._folder, tuple(dict.fromkeys([*self._names, *present])), self._clock())
        return self._replace(Pem((issued.key,), (issued.certificate,)), (), (issued.authority,))

    @_refusable
    def trust(self, effect: TrustAuthority) -> Certificates:
        """Trust the authorities in the file besides those that are trusted."""
        added = _read("CA FILE", effect.authority).certificates
        if not added:
            raise CertificateError("The file holds no certificate in PEM form.")
        for one in added:
            if not is_authority(one):
                raise CertificateError(f"The certificate of {common_name(one.subject)} is not that of an authority.")
        replace(self._folder, {AUTHORITIES: written(*dict.fromkeys([*self._trusted(), *added]))})
        self._reload()
        return self.told

    def _replace(self, given: Pem, keys: Sequence[Key], authorities: Sequence[x509.Certificate]) -> Certificates:
        """Check the certificate, try it in memory, put it in place; the files of before stay until the very last."""
        folder, now = self._folder, self._clock()
        waiting = self._waiting()
        own = (*((waiting,) if waiting is not None else ()), private_key(folder / KEY))
        checked = candidate(given, keys, own, authorities, self._trusted(), self._names, self._domain, now)
        context = self._load(stage(folder, checked.files()))
        rehearse(context, written(*checked.trusted).decode(), checked.name)
        commit(folder)
        if waiting is not None and waiting.public == checked.key.public:
            (folder / REQUEST_KEY).unlink()
            (folder / REQUEST).unlink(missing_ok=True)
        self._reload()
        return self.told

    def _reload(self) -> None:
        installed = inspect(self._folder)
        context = self._load(self._folder)
        ras_context = self._load_for_ras(installed, context)
        self.installed, self._context, self._ras_context = installed, context, ras_context

    def _load_for_ras(self, installed: Installed, modern: ssl.SSLContext) -> ssl.SSLContext:
        if not self._d4:
            return modern
        context = self._load(self._folder)
        try:
            admit_d4(context, *rsa_certificate(self._folder, installed, self._names, self._clock()))
        except OSError as error:
            raise CertificateError(f"cannot use the certificate file {error.filename}: {error.strerror}") from None
        return context

    def _load(self, folder: Path) -> ssl.SSLContext:
        return server_context(
            folder / SERVER,
            folder / KEY,
            folder / AUTHORITIES,
            client_certificates=self._client_certificates,
            key_log=self._key_log,
        )

    def _trusted(self) -> tuple[x509.Certificate, ...]:
        return certificates_in((self._folder / AUTHORITIES).read_bytes(), AUTHORITIES)

    def _waiting(self) -> Key | None:
        file = self._folder / REQUEST_KEY
        return private_key(file) if file.exists() else None


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:].rstrip('.')}."


def _read(title: str, path: str) -> Pem:
    try:
        return read_pem(read(path), path)
    except OSError as error:
        raise CertificateError(words(error), f"{title} CANNOT BE READ") from None
