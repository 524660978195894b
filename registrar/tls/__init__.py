"""TLS: the lab authority, server contexts, and a channel that keeps the reason of a refused handshake."""
