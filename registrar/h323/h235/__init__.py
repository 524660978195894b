"""H.235: how an endpoint proves that it knows its PIN, and how the gatekeeper signs what it answers."""
