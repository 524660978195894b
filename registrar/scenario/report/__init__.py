"""Reports of a run: for a terminal, for CI (JUnit XML), for programs (JSON), for people (one HTML file)."""
