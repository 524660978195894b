"""What can be wrong with a scenario before it runs."""


class ScenarioError(Exception):
    """A scenario that cannot be run: file, line, column, what is wrong, the nearest right word."""

    def __init__(self, words: str, line: str = "", column: int = 0) -> None:
        super().__init__(words)
        self.line = line
        """The line of the file, for the caret."""
        self.column = column

    def lines(self) -> list[str]:
        """Return the error as it is printed: the words, then the line with a caret under the place."""
        if not self.line.strip():
            return [str(self)]
        indent = len(self.line) - len(self.line.lstrip())
        return [str(self), f"    {self.line.strip()}", "    " + " " * max(0, self.column - 1 - indent) + "^"]
