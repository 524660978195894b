"""H.323: the messages of RAS (H.225.0), sans-I/O."""
