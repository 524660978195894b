"""The operator's command language: catalogue, parser, printouts, and the execution of a parsed line."""
