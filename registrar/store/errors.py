"""What can be wrong with the store."""


class StoreError(Exception):
    """The store cannot be opened, read or written: one line for people, with what to do where that is known."""


def damaged(what: str, error: Exception) -> StoreError:
    """Return the error that says where a database holds what it was never given."""
    return StoreError(f"the database is damaged in {what}: restore a backup ({type(error).__name__}: {error})")
