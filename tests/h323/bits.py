"""Encodings written out by hand."""


def octets(*parts: str | bytes) -> bytes:
    """Bits, as in ``"0 00111"``, and octets, which begin at the next octet's boundary; zeros in between."""
    bits = ""
    for part in parts:
        if isinstance(part, bytes):
            bits += "0" * (-len(bits) % 8) + "".join(f"{octet:08b}" for octet in part)
        else:
            bits += part.replace(" ", "")
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def test_they_are_what_they_say() -> None:
    assert octets("0 00111", b"\xff", "1") == b"\x1c\xff\x80"
