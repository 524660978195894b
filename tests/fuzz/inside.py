"""One run of libFuzzer over one target: ``python -m tests.fuzz.inside TARGET OPTIONS``. It ends the process.

Nothing of the registrar may be imported before: what is imported here is instrumented for coverage.
"""

import sys

import atheris

with atheris.instrument_imports(include=["registrar"]):
    from tests.fuzz.targets import TARGETS, run

if __name__ == "__main__":
    name, *options = sys.argv[1:]
    itself = f"{sys.executable} -m tests.fuzz.inside {name}"  # a merge runs it again, by the shell
    atheris.Setup([itself, *options], lambda data: run(TARGETS[name], data))
    atheris.Fuzz()
