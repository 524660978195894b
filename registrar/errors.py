"""Errors that a person at the terminal meets: one clear line with what to do, and an exit status."""


class StartError(Exception):
    """The program cannot do what was asked: its text is the one line to print."""

    def __init__(self, line: str, status: int = 1) -> None:
        super().__init__(line)
        self.status = status
        """The exit status of the process."""
