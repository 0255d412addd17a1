"""How often an image is pulled when nobody says."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.registry.defaults.images import pull_policy

PULL_POLICY: dict[str, tuple[Any, str]] = {
    "no tag": ("app", "Always"),
    "latest": ("app:latest", "Always"),
    "a tag": ("app:1", "IfNotPresent"),
    "a registry with port": ("host:5000/app", "Always"),
    "a registry with port and tag": ("host:5000/app:1", "IfNotPresent"),
    "a digest": ("app@sha256:00", "IfNotPresent"),
}


@pytest.mark.parametrize(("given", "policy"), PULL_POLICY.values(), ids=PULL_POLICY)
def test_pull_policy(given: Any, policy: str) -> None:
    assert pull_policy(given) == policy
