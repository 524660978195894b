"""SIP (RFC 3261 and friends), sans-I/O: messages, headers, digest, framing, and the answers to give."""
