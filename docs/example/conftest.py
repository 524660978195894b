from typing import Any

import pytest


@pytest.fixture
def registrar_settings() -> dict[str, Any]:
    return {"lockout_failures": 2}
