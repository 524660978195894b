"""Addresses and ports to listen on, and the one line to print where that cannot be."""

import contextlib
import os
import socket
from collections.abc import Iterator

from registrar.errors import StartError


def address_of(host: str) -> str:
    """Return the address to listen on: the host as it is, or what a name stands for. Raises ``StartError``."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        words = getattr(error, "strerror", None) or error
        raise StartError(f"cannot listen on {host!r}: {words}; --host takes an address of this machine") from None
    return str(found[0][4][0])


@contextlib.contextmanager
def port_words(what: str, host: str, port: int) -> Iterator[None]:
    """Raise ``StartError`` that says what could not be listened for, where an ``OSError`` comes up."""
    try:
        yield
    except OSError as error:
        raise StartError(
            f"cannot listen for {what} on {host} port {port}: {os.strerror(error.errno) if error.errno else error};"
            " stop what uses it, or choose another port"
        ) from None


def bind(host: str, port: int, what: str) -> socket.socket:
    """Return a TCP socket that listens. Raises ``StartError``."""
    with port_words(what, host, port):
        web = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            web.bind((host, port))
            web.listen(128)
            web.setblocking(False)
        except OSError:
            web.close()
            raise
    return web
