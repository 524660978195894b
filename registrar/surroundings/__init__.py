"""The world outside the state, as commands meet it: files, certificates, backups, far ends of routes."""
