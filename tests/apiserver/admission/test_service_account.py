"""ServiceAccount: the account of a pod and its token."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.admission.service_account import MOUNT_PATH, plugins

from tests.apiserver.admission.support import Object, attributes, pod, refusal, run_hook
from tests.apiserver.readers import MapReader

CREATE, _ = plugins(FakeClock(), random.Random(1))


def admitted(obj: Object, **account: Any) -> Object:
    reader = MapReader()
    reader.put("", "serviceaccounts", "default", "ns", **account)
    run_hook(CREATE.mutate, attributes("pods"), obj, None, reader)
    spec: Object = obj["spec"]
    return spec


def test_a_pod_runs_as_the_default_account_with_its_token_mounted() -> None:
    spec = admitted(pod(initContainers=[{"name": "i"}]))
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "default"
    (volume,) = spec["volumes"]
    assert volume["name"].startswith("kube-api-access-")
    mount = {"name": volume["name"], "readOnly": True, "mountPath": MOUNT_PATH}
    assert spec["containers"][0]["volumeMounts"] == spec["initContainers"][0]["volumeMounts"] == [mount]
    assert [next(iter(s)) for s in volume["projected"]["sources"]] == [
        "serviceAccountToken", "configMap", "downwardAPI",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("of_pod", "of_account", "mounted"),
    [(None, None, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_who_decides_about_the_mount(of_pod: bool | None, of_account: bool | None, mounted: bool) -> None:
    spec = {} if of_pod is None else {"automountServiceAccountToken": of_pod}
    account = {} if of_account is None else {"automountServiceAccountToken": of_account}
    assert ("volumes" in admitted(pod(**spec), **account)) is mounted


def test_a_container_that_mounts_the_path_itself_is_left_alone() -> None:
    own = {"name": "v", "mountPath": MOUNT_PATH}
    spec = admitted(pod(containers=[{"name": "c", "volumeMounts": [own]}]))
    assert spec["containers"][0]["volumeMounts"] == [own]
    assert "volumes" not in spec


def test_pull_secrets_come_from_the_account_unless_the_pod_names_its_own() -> None:
    secrets = [{"name": "registry"}]
    assert admitted(pod(), imagePullSecrets=secrets)["imagePullSecrets"] == secrets
    own = [{"name": "own"}]
    assert admitted(pod(imagePullSecrets=own), imagePullSecrets=secrets)["imagePullSecrets"] == own


def test_an_unknown_account() -> None:
    message = refusal(CREATE.mutate, attributes("pods"), pod(serviceAccountName="nobody"), MapReader())
    assert message == 'error looking up service account ns/nobody: serviceaccount "nobody" not found'


def test_the_default_account_of_a_new_namespace_is_waited_for() -> None:
    async def story() -> Object:
        clock, reader, obj = FakeClock(), MapReader(), pod()
        create, _ = plugins(clock, random.Random(1))
        assert create.mutate is not None
        waiting = create.mutate(attributes("pods"), obj, None, reader)
        assert waiting is not None
        task = asyncio.ensure_future(waiting)
        await clock.advance(0.3)
        reader.put("", "serviceaccounts", "default", "ns")
        await clock.advance(0.3)
        await task
        return obj

    assert "volumes" in asyncio.run(story())["spec"]


def test_an_account_may_restrict_which_secrets_its_pods_mount() -> None:
    marks = {"annotations": {"kubernetes.io/enforce-mountable-secrets": "T"}}
    volumes = [{"name": "v", "secret": {"secretName": "other"}}]
    admitted(pod(volumes=volumes), metadata=marks, secrets=[{"name": "other"}])
    with pytest.raises(StatusError, match='"other" is not allowed because service account default does not'):
        admitted(pod(volumes=volumes), metadata=marks, secrets=[{"name": "ok"}])


def test_mirror_pods_stay_away_from_accounts() -> None:
    mirror = pod(serviceAccountName="default")
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "hash"}
    message = refusal(CREATE.mutate, attributes("pods"), mirror, MapReader())
    assert message == "a mirror pod may not reference service accounts"
