"""What can be wrong with the store."""


class StoreError(Exception):
    """The store cannot be opened, read or written: one line for people, with what to do where that is known."""
