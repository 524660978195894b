"""What can be wrong with certificates."""


class CertificateError(Exception):
    """A certificate or its key cannot be used: one line for people, with what to do."""

    def __init__(self, line: str, reason: str = "CERTIFICATE NOT VALID", advice: tuple[str, ...] = ()) -> None:
        super().__init__(line)
        self.reason = reason
        """In capitals, as a printout shows it."""
        self.advice = advice
        """What a printout shows in the place of the line; what is indented is a command to copy."""
