"""The world outside the state, as commands meet it: files, certificates. Does what ``commands.effects`` asks."""
