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
    "a registry in capitals": ("REGISTRY.example.com/team/app", "Always"),
    "a registry by address": ("[fd00::1]:5000/team/app_one/two__three--four", "Always"),
    "a tag in capitals": ("app:V1_2.3", "IfNotPresent"),
    "capitals": ("App", "IfNotPresent"),
    "a blank before it": (" app", "IfNotPresent"),
    "a dash at its end": ("app-", "IfNotPresent"),
    "a line's end": ("app\n", "IfNotPresent"),
    "a tag too long": ("app:" + "t" * 129, "IfNotPresent"),
}


@pytest.mark.parametrize(("given", "policy"), PULL_POLICY.values(), ids=PULL_POLICY)
def test_pull_policy(given: Any, policy: str) -> None:
    assert pull_policy(given) == policy
