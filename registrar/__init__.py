"""A lab registrar that simulates the VoIP security of the MiVoice MX-ONE Service Node."""

__version__ = "0.1.0"
