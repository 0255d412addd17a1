"""An autoscaler gives its target a size, also when the target changes just then."""

from __future__ import annotations

from pathlib import Path

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.client.resources import REPLICASETS
from wherry.controllers.podautoscaler.resize import resize

from tests.controllers.autoscaling import scaled
from tests.controllers.cluster import Cluster
from tests.support import run

LABELS = {"metadata": {"labels": {"seen": "late"}}}


async def size(api: Cluster) -> int:
    found = await api.client.get(REPLICASETS, "web", "default")
    return int(found["spec"]["replicas"])


def test_another_change_is_no_reason_to_fail(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 1) as api:
            scale = await api.client.get(REPLICASETS, "web", "default", subresource="scale")
            await api.client.patch(REPLICASETS, "web", LABELS, "default")
            await resize(api.client, REPLICASETS, scale, 3)
            assert await size(api) == 3

    run(scenario())


def test_another_size_is(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with scaled(tmp_path, 1) as api:
            scale = await api.client.get(REPLICASETS, "web", "default", subresource="scale")
            await api.client.patch(REPLICASETS, "web", {"spec": {"replicas": 2}}, "default")
            with pytest.raises(StatusError, match="the object has been modified"):
                await resize(api.client, REPLICASETS, scale, 3)
            assert await size(api) == 2

    run(scenario())
