"""The fuzzer: ``python -m tests.fuzz SECONDS [TARGET...]`` gives each target its share of the time.

What reached something new is put into the corpus, as few inputs as cover the same. An input that found a fault is left
in ``found`` in the working folder, with its name printed: ``python -m tests.fuzz FILE TARGET`` runs it again.
"""

import shutil
import subprocess
import sys
import tempfile
from hashlib import sha1
from pathlib import Path

from tests.fuzz import CORPUS
from tests.fuzz.seeds import seeds, words

MOST = 150
"""Inputs kept for a target: the shortest of those that cover the most."""
NAMES = ("sip_message", "sip_stream", "sip_server", "ras_message", "ras_stream", "ras_server")
LARGEST = 4096
"""Octets of an input; longer ones reach nothing that these do not."""
FOUND = Path("found")


def main(arguments: list[str]) -> int:
    what, *names = arguments
    if not what.isdecimal():
        return _atheris(names[0], what).returncode
    chosen = names or NAMES
    failed = [name for name in chosen if not _fuzz(name, int(what) // len(chosen))]
    if failed:
        print(f"found something in {', '.join(failed)}: see {FOUND}/")  # noqa: T201 - the program's one word
    return 1 if failed else 0


def _fuzz(name: str, seconds: int) -> bool:
    """Fuzz one target and keep what is new; return whether nothing was found."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        work, least = Path(temporary) / "work", Path(temporary) / "least"
        work.mkdir()
        least.mkdir()
        if not any(folder.iterdir()):
            for data in seeds(name):
                (work / sha1(data).hexdigest()).write_bytes(data)
        FOUND.mkdir(exist_ok=True)
        dictionary = Path(temporary) / "words"
        dictionary.write_text("".join([f'"{_escaped(word)}"\n' for word in words(name)]))
        ran = _atheris(
            name,
            *(str(work), str(folder), f"-max_total_time={max(1, seconds)}", f"-dict={dictionary}"),
            *(f"-artifact_prefix={FOUND}/{name}-", "-timeout=20"),
        )
        _atheris(name, "-set_cover_merge=1", str(least), str(folder), str(work))
        kept = sorted(least.iterdir(), key=lambda file: file.stat().st_size)[:MOST]
        if kept:
            shutil.rmtree(folder)
            folder.mkdir()
            for file in kept:
                shutil.copy(file, folder / file.name)
    return ran.returncode == 0


def _escaped(word: bytes) -> str:
    return "".join([f"\\x{octet:02x}" for octet in word])


def _atheris(name: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tests.fuzz.inside", name, f"-max_len={LARGEST}", *arguments]
    return subprocess.run(command, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
