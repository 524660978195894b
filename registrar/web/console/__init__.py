"""The console: pages for people, made on the server, each action an operator's command."""
