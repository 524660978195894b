"""Measurements side by side with other registrars: ``make bench``. docs/benchmarks.md tells how to read them."""
