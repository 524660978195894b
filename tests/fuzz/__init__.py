"""What anybody may send, in six targets that a fuzzer with coverage drives and that CI feeds the kept corpus.

``make fuzz`` runs the fuzzer (Atheris); what it finds new goes into ``corpus``, a folder for each target.
"""

from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
