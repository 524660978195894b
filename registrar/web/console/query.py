"""What an address asks, read with care: anybody may write one."""


def whole(text: str, most: int = 10**18) -> int | None:
    """Return the whole number, at most ``most``; ``None`` for anything else, digits of other scripts among it."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if number <= most else None
