"""Measurements side by side with other registrars; docs/benchmarks.md tells how to read them."""
