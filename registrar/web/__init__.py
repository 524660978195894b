"""The HTTP face: the API."""
