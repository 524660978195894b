"""Ready configurations for clients: one file a client, all of them in ``clients.CLIENTS``."""
