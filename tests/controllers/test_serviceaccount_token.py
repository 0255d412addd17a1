"""Secrets of type service-account-token are filled, and go with their account."""

from __future__ import annotations

import random
from base64 import b64decode
from pathlib import Path
from typing import Any, cast

from wherry.apimachinery.clock import FakeClock
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.client import Client
from wherry.client.config import ClientConfig
from wherry.client.resources import SECRETS, SERVICEACCOUNTS
from wherry.client.tasks import Tasks
from wherry.controllers.context import Context
from wherry.controllers.serviceaccount_token import ONLY, ServiceAccountTokenController
from wherry.controllers.settings import Settings

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
TOKENREVIEWS = GroupVersionResource("authentication.k8s.io", "v1", "tokenreviews", False)
CONTROLLER = "serviceaccount-token-controller"
NOTE = "kubernetes.io/service-account."


async def account(api: Cluster, name: str = "robot") -> Object:
    made: Object = await api.client.create(
        SERVICEACCOUNTS, {"kind": "ServiceAccount", "metadata": {"name": name, "namespace": "default"}}
    )
    return made


def secret(called: str, **notes: str) -> Object:
    return {
        "kind": "Secret",
        "metadata": {
            "name": called,
            "namespace": "default",
            "annotations": {NOTE + key: value for key, value in notes.items()},
        },
        "type": "kubernetes.io/service-account-token",
    }


def test_a_secret_that_names_an_account_is_given_its_token(tmp_path: Path) -> None:
    async def scenario() -> None:
        key = str(tmp_path / "pki" / "sa.key")
        async with cluster(tmp_path, CONTROLLER, service_account_private_key_file=key) as api:
            made = await account(api)
            await api.client.create(SECRETS, {**secret("s", name="robot"), "data": {"mine": "eA=="}})
            filled = await api.until(SECRETS, "s", lambda s: "token" in s.get("data", {}))
            assert filled["metadata"]["annotations"][f"{NOTE}uid"] == made["metadata"]["uid"]
            assert filled["data"]["mine"] == "eA=="
            assert b64decode(filled["data"]["namespace"]) == b"default"
            assert b64decode(filled["data"]["ca.crt"]).startswith(b"-----BEGIN CERTIFICATE")
            token = b64decode(filled["data"]["token"]).decode()
            review = {"kind": "TokenReview", "spec": {"token": token}}
            found = await api.client.create(TOKENREVIEWS, review)
            assert found["status"]["user"]["username"] == "system:serviceaccount:default:robot"

    run(scenario())


def test_a_secret_without_its_account_is_deleted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            await account(api)
            await api.client.create(SECRETS, secret("none", name="nobody"))
            await api.client.create(SECRETS, secret("other", name="robot", uid="0-0-0"))
            await api.until(SECRETS, "none", lambda s: not s)
            await api.until(SECRETS, "other", lambda s: not s)

    run(scenario())


def test_an_account_no_longer_names_a_secret_that_is_gone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            await account(api)
            await api.client.create(SECRETS, secret("s", name="robot"))
            named = {"secrets": [{"name": "other"}, {"name": "s"}]}
            await api.client.patch(SERVICEACCOUNTS, "robot", named, "default")
            await api.seen(SERVICEACCOUNTS, "default/robot", lambda a: bool(a and a.get("secrets")))
            await api.client.delete(SECRETS, "s", "default")
            await api.until(SERVICEACCOUNTS, "robot", lambda a: a.get("secrets") == [{"name": "other"}])

    run(scenario())


def test_nothing_is_kept_of_a_secret_that_is_back_already() -> None:
    async def scenario() -> None:
        async with Tasks() as tasks:
            clock = FakeClock()

            class Silent:
                config = ClientConfig("https://127.0.0.1:1")

                async def list(self, *_: Any, **__: Any) -> None:
                    await clock.sleep(1e9)

            ctx = Context(cast(Client, Silent()), clock, tasks, Settings(), random.Random(0))
            controller = ServiceAccountTokenController(ctx)
            made, meta = secret("s", name="robot"), {"name": "robot", "namespace": "default", "uid": "u"}
            ctx.informers.of(SERVICEACCOUNTS)._apply("ADDED", {"metadata": meta})
            for kind in ("ADDED", "DELETED", "ADDED"):
                ctx.informers.of(SECRETS, ONLY)._apply(kind, made)
            assert controller._gone
            await controller.reconcile("default/s")
            assert not controller._gone
            controller.queue.shut_down()

    run(scenario())


def test_a_secret_goes_with_its_account(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            await account(api)
            await api.client.create(SECRETS, secret("s", name="robot"))
            await api.client.delete(SERVICEACCOUNTS, "robot", "default")
            await api.until(SECRETS, "s", lambda s: not s)

    run(scenario())
