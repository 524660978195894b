"""The asyncio edges: listeners and connections, and the straight road from bytes to bytes."""
