"""Long-lived tokens that nobody uses: marked after a year, deleted after another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wherry.client.resources import CONFIGMAPS, PODS, SECRETS, SERVICEACCOUNTS
from wherry.controllers.legacy_token_cleaner import INVALID, TRACKING, USED, LegacyTokenCleaner

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
NOTE = "kubernetes.io/service-account."


async def token(api: Cluster, **labels: str) -> None:
    """The account `robot` and the Secret `s`, as they were made automatically before 1.24."""
    meta: Object = {"name": "robot", "namespace": "default"}
    made = {"kind": "ServiceAccount", "metadata": meta, "secrets": [{"name": "s"}]}
    account = await api.client.create(SERVICEACCOUNTS, made)
    notes = {f"{NOTE}name": "robot", f"{NOTE}uid": account["metadata"]["uid"]}
    meta = {"name": "s", "namespace": "default", "annotations": notes, "labels": labels}
    secret = {"kind": "Secret", "metadata": meta, "type": "kubernetes.io/service-account-token"}
    await api.client.create(SECRETS, secret)


async def tracked_since(api: Cluster, day: str) -> None:
    namespace, name = TRACKING
    await api.client.patch(CONFIGMAPS, name, {"data": {"since": day}}, namespace)


async def sweep(api: Cluster) -> Object:
    """The Secret after the controller has looked; `{}` when it is gone."""
    controller = api.manager.controllers[0]
    await api.until(SECRETS, "s", lambda secret: controller._secrets.get("default/s") is not None)  # type: ignore[attr-defined]
    await controller.reconcile("sweep")
    return await api.until(SECRETS, "s", lambda secret: True)


@pytest.mark.parametrize(
    ("labels", "marked"),
    [({}, True), ({USED: "2020-01-01"}, True), ({USED: "2999-01-01"}, False), ({USED: "never"}, False)],
)
def test_a_token_unused_for_a_year_is_marked(tmp_path: Path, labels: dict[str, str], marked: bool) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, LegacyTokenCleaner.name) as api:
            await tracked_since(api, "2020-01-01")
            await token(api, **labels)
            assert (INVALID in ((await sweep(api))["metadata"].get("labels") or {})) is marked

    run(scenario())


def test_a_marked_token_is_deleted_after_another_year(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, LegacyTokenCleaner.name) as api:
            await tracked_since(api, "2020-01-01")
            await token(api, **{INVALID: "2021-01-01"})
            assert await sweep(api) == {}

    run(scenario())


def test_a_token_in_use_by_a_pod_or_not_yet_watched_for_long_stays(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, LegacyTokenCleaner.name) as api:
            await token(api)
            assert INVALID not in ((await sweep(api))["metadata"].get("labels") or {})
            await tracked_since(api, "2020-01-01")
            spec = {
                "serviceAccountName": "robot",
                "containers": [{"name": "c", "image": "i"}],
                "volumes": [{"name": "v", "secret": {"secretName": "s"}}],
            }
            meta = {"name": "p", "namespace": "default"}
            await api.client.create(PODS, {"kind": "Pod", "metadata": meta, "spec": spec})
            controller: Any = api.manager.controllers[0]
            await api.until(PODS, "p", lambda pod: controller._pods.get("default/p") is not None)
            assert INVALID not in ((await sweep(api))["metadata"].get("labels") or {})

    run(scenario())
