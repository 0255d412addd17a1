"""Objects that hold configuration, and leases (upstream: test/e2e/common/node/{configmap,secrets,
podtemplates,lease}.go, test/e2e/common/storage/{configmap_volume,secrets_volume}.go)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.conformance.api import STRATEGIC_PATCH, Api, unique
from tests.e2e.waiting import until

Object = dict[str, Any]
KINDS = pytest.mark.parametrize("plural", ("configmaps", "secrets"))


@pytest.fixture
def base(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}"


def text(value: str, plural: str) -> str:
    return base64.b64encode(value.encode()).decode() if plural == "secrets" else value


@KINDS
def test_life(api: Api, base: str, plural: str) -> None:
    """«should run through a ConfigMap lifecycle», «should patch a secret»"""
    path, label = f"{base}/{plural}", unique("static")
    with api.watch(path, labelSelector=f"test-static={label}") as watch:
        data = {"key": text("value", plural)}
        api.create(path, {"metadata": {"name": "test", "labels": {"test-static": label}}, "data": data})
        assert watch.next()[0] == "ADDED"
        new = {"valueName": text("value1", plural)}
        patch = {"metadata": {"labels": {"test-patched": "true"}}, "data": new}
        api.patch(f"{path}/test", patch, STRATEGIC_PATCH)
        assert watch.next()[0] == "MODIFIED"
        (found,) = api.get(f"/api/v1/{plural}", labelSelector=f"test-static={label}")["items"]
        assert found["data"] == data | new and found["metadata"]["labels"]["test-patched"] == "true"
        api.delete(path, labelSelector=f"test-static={label}")
        assert watch.next()[0] == "DELETED"
    assert not api.names(path, labelSelector=f"test-static={label}")


@KINDS
def test_an_empty_key(api: Api, base: str, plural: str) -> None:
    """«should fail to create ConfigMap with empty key», «should fail to create secret due to empty secret
    key»"""
    body = {"metadata": {"name": "test"}, "data": {"": text("value-1", plural)}}
    api.fails(422, "POST", f"{base}/{plural}", body)


@KINDS
def test_immutable(api: Api, base: str, plural: str) -> None:
    """«should be immutable if `immutable` field is set»"""
    path = f"{base}/{plural}"
    api.create(path, {"metadata": {"name": "test"}, "data": {"a": text("1", plural)}})

    def write(**fields: Any) -> Object:
        return dict(api.get(f"{path}/test")) | fields

    api.update(f"{path}/test", write(data={"a": text("2", plural)}))
    api.update(f"{path}/test", write(immutable=True))
    for change in ({"data": {"a": text("3", plural)}}, {"immutable": False}, {"immutable": None}):
        api.fails(422, "PUT", f"{path}/test", write(**change))
    changed = write()
    changed["metadata"]["labels"] = {"still": "possible"}
    api.update(f"{path}/test", changed)
    api.delete(f"{path}/test")


@KINDS
def test_environment(api: Api, base: str, plural: str) -> None:
    """«should be consumable via environment variable», «should be consumable via the environment»"""
    api.create(
        f"{base}/{plural}", {"metadata": {"name": "test"}, "data": {"data_1": text("value-1", plural)}}
    )
    which, source = (
        ("secretKeyRef", "secretRef") if plural == "secrets" else ("configMapKeyRef", "configMapRef")
    )
    container = {
        "name": "env",
        "image": "busybox",
        "command": ["sh", "-c", "env"],
        "env": [{"name": "ONE", "valueFrom": {which: {"name": "test", "key": "data_1"}}}],
        "envFrom": [{source: {"name": "test"}}, {"prefix": "p_", source: {"name": "test"}}],
    }
    spec = {"restartPolicy": "Never", "containers": [container]}
    api.create(f"{base}/pods", {"metadata": {"name": "env"}, "spec": spec})
    until(lambda: api.get(f"{base}/pods/env")["status"]["phase"] == "Succeeded")
    lines = api.ask("GET", f"{base}/pods/env/log").text.splitlines()
    assert {"ONE=value-1", "data_1=value-1", "p_data_1=value-1"} <= set(lines)


def template(name: str, image: str = "nginx", **labels: str) -> Object:
    spec = {"containers": [{"name": "nginx", "image": image}]}
    return {"metadata": {"name": name, "labels": labels}, "template": {"spec": spec}}


def test_life_of_pod_templates(api: Api, base: str) -> None:
    """«should run the lifecycle of PodTemplates», «should delete a collection of pod templates», «should
    replace a pod template»"""
    path, label = f"{base}/podtemplates", unique("static")
    api.create(path, template("one", podtemplate=label))
    patch = {"metadata": {"labels": {"podtemplate": "patched"}}}
    api.patch(f"{path}/one", patch, STRATEGIC_PATCH)
    assert api.get(f"{path}/one")["metadata"]["labels"]["podtemplate"] == "patched"
    api.delete(f"{path}/one")
    assert not api.names("/api/v1/podtemplates", labelSelector=f"podtemplate={label}")
    for number in range(3):
        api.create(path, template(f"test-podtemplate-{number}", set=label))
    found = api.get(f"{path}/test-podtemplate-0")
    found["metadata"]["annotations"] = {"updated": "true"}
    assert api.update(f"{path}/test-podtemplate-0", found)["metadata"]["annotations"]["updated"] == "true"
    api.delete(path, labelSelector=f"set={label}")
    until(lambda: not api.names(path, labelSelector=f"set={label}"))


def test_leases(api: Api, namespace: str) -> None:
    """«lease API should be available»"""
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    spec = {
        "holderIdentity": "holder",
        "leaseDurationSeconds": 30,
        "acquireTime": "2026-01-01T00:00:00.000000Z",
        "renewTime": "2026-01-01T00:00:05.000000Z",
        "leaseTransitions": 0,
    }
    assert api.create(path, {"metadata": {"name": "lease"}, "spec": spec})["spec"] == spec
    found = api.get(f"{path}/lease")
    found["spec"] = spec | {"holderIdentity": "holder2", "leaseTransitions": 1}
    assert api.update(f"{path}/lease", found)["spec"] == found["spec"]
    changed = {"spec": {"holderIdentity": "patched", "leaseDurationSeconds": 60}}
    assert api.patch(f"{path}/lease", changed, STRATEGIC_PATCH)["spec"]["holderIdentity"] == "patched"
    api.create(path, {"metadata": {"name": "lease2", "labels": {"deletecollection": "true"}}, "spec": spec})
    assert api.names(path) == ["lease", "lease2"]
    api.delete(path, labelSelector="deletecollection=true")
    assert api.names(path) == ["lease"]
    api.delete(f"{path}/lease")
    assert api.gone(f"{path}/lease")
