"""The operator's prompt: lines typed with help, printouts in pages, and what happens meanwhile."""
