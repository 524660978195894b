"""Scenarios: scripted registrations with expected outcomes. Loaded, run side by side, reported; and as pytest tests."""
