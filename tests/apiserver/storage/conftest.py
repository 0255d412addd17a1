from __future__ import annotations

from pathlib import Path

import pytest

from tests.apiserver.storage.stores import BACKENDS


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each test that asks for this runs on every backend."""
    name: str = request.param
    return name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
