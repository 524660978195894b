"""The API against its own description: requests made up from it, right ones and wrong ones, over a real socket."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.openapi import from_url

from tests.interop.running import Running

WAIT = 0.01
"""Seconds that a made-up request may wait at most."""


@pytest.fixture(scope="module")
def registrar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("schema") / "data")
    yield running
    running.stop()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_as_described(registrar: Running, mode: GenerationMode) -> None:
    host, port = registrar.address("http")
    described = from_url(f"http://{host}:{port}/openapi.json")
    operations = [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]
    assert {operation.path for operation in operations} >= {"/api/v1/commands", "/api/v1/events", "/healthz"}
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and operation.path == "/healthz":
            continue  # it takes nothing that could be wrong

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=10, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
        def conforms(case: Any) -> None:
            assume(not any(value in ([], {}) for value in case.query.values()))  # of these nothing is sent
            wait = case.query.get("wait")
            if isinstance(wait, int | float) and 0 <= wait <= 300:
                case.query["wait"] = min(wait, WAIT)
            case.call_and_validate(headers={"Authorization": f"Bearer {registrar.token}"})

        conforms()
