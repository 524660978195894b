"""Simulated terminals: profiles as data, a sans-I/O phone for each protocol, a thin asyncio edge, and the fleet."""
