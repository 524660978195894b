"""What can be wrong with the installed certificates."""


class CertificateError(Exception):
    """The certificate or its key cannot be used: one line for people, with what to do."""
