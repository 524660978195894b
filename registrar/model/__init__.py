"""What exists: extensions, terminals, flows, attempts, outcomes, bindings, events. Values only; nothing acts."""
