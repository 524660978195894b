"""The requirement's tables as data, and the pure functions over them."""
