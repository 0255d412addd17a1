"""kubectl of three releases: the commands that change objects."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from tests.clients.objects import BOX, SHOP
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

OLD = "1.20"


def editor(monkeypatch: pytest.MonkeyPatch, folder: Path, *lines: str) -> None:
    """Makes `kubectl edit` run the lines over its file ($1) instead of an editor."""
    script = folder / "editor"
    script.write_text("\n".join(("#!/bin/sh", "set -e", *lines)) + "\n")
    script.chmod(0o755)
    monkeypatch.setenv("KUBE_EDITOR", str(script))


def test_create_of_every_kind(kubectl: Kubectl, release: str) -> None:
    makers = [
        ("configmap", "c", "--from-literal=a=1", "--from-literal=b=2"),
        ("secret", "generic", "s", "--from-literal=password=x"),
        ("secret", "docker-registry", "r", "--docker-username=u", "--docker-password=p"),
        ("serviceaccount", "robot"),
        ("role", "reader", "--verb=get,list", "--resource=pods,deployments.apps"),
        ("rolebinding", "readers", "--role=reader", "--serviceaccount=default:robot"),
        ("quota", "q", "--hard=pods=100"),
        ("deployment", "d", "--image=nginx", "--replicas=0"),
        ("service", "clusterip", "d", "--tcp=80:8080"),
        ("service", "externalname", "far", "--external-name=example.com"),
        ("job", "j", "--image=busybox", "--", "true"),
        ("ingress", "front", "--rule=x.example.com/*=d:80"),
    ]  # fmt: skip
    if release != OLD:  # Its generators write versions that are no longer served.
        makers += [
            ("poddisruptionbudget", "b", "--selector=app=d", "--min-available=1"),
            ("cronjob", "cj", "--image=busybox", "--schedule=0 3 * * *"),
        ]
    for maker in makers:
        assert kubectl("create", *maker).endswith(" created\n")
    secret = kubectl.json("get", "secret", "r")
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    assert kubectl.path("get", "configmap", "c", at=".data") == '{"a":"1","b":"2"}'
    assert 'configmaps "c" already exists' in kubectl.fails("create", "configmap", "c")
    rendered = json.loads(kubectl("create", "configmap", "dry", "--dry-run=server", "-o", "json"))
    assert rendered["metadata"]["uid"] and "not found" in kubectl.fails("get", "configmap", "dry")
    kubectl("create", "priorityclass", f"class-{kubectl.namespace}", "--value=10")
    kubectl("delete", "priorityclass", f"class-{kubectl.namespace}")


def test_tokens(kubectl: Kubectl, release: str) -> None:
    kubectl("create", "serviceaccount", "robot")
    if release == OLD:
        pytest.skip("1.20 has no `create token`")
    token = kubectl("create", "token", "robot", "--duration=1h").strip()
    assert token.count(".") == 2
    claims = token.split(".")[1]
    found = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert found["sub"] == f"system:serviceaccount:{kubectl.namespace}:robot"
    assert 3590 <= found["exp"] - found["iat"] <= 3610


def test_label_annotate_and_patch(kubectl: Kubectl) -> None:
    kubectl("create", "configmap", "c", "--from-literal=a=1")
    kubectl("label", "configmap", "c", "tier=front")
    assert "--overwrite is false" in kubectl.fails("label", "configmap", "c", "tier=back")
    kubectl("label", "configmap", "c", "tier=back", "--overwrite")
    kubectl("annotate", "configmap", "c", "note=read me")
    kubectl("label", "configmap", "c", "tier-")
    found = kubectl.json("get", "configmap", "c")["metadata"]
    assert "labels" not in found and found["annotations"] == {"note": "read me"}
    assert "a valid label must be" in kubectl.fails("label", "configmap", "c", "x=not valid")
    kubectl("patch", "configmap", "c", "--type=merge", "-p", '{"data": {"b": "2"}}')
    kubectl("patch", "configmap", "c", "--type=json", "-p", '[{"op": "remove", "path": "/data/a"}]')
    kubectl("patch", "configmap", "c", "-p", '{"data": {"c": "3"}}')
    assert kubectl.json("get", "configmap", "c")["data"] == {"b": "2", "c": "3"}
    assert "patched (no change)" in kubectl("patch", "configmap", "c", "-p", '{"data": {"c": "3"}}')
    missing = '[{"op": "remove", "path": "/data/nothing"}]'
    assert "The request is invalid" in kubectl.fails("patch", "configmap", "c", "--type=json", "-p", missing)


def test_a_strategic_patch_merges_containers_by_name(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=SHOP)
    sidecar = '{"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "busybox"}]}}}}'
    kubectl("patch", "deployment", "shop", "-p", sidecar)
    at = ".spec.template.spec.containers[*].name"
    assert set(kubectl.path("get", "deployment", "shop", at=at).split()) == {"web", "side"}
    kubectl("set", "image", "deployment/shop", "web=nginx:1.28")
    kubectl("set", "env", "deployment/shop", "COLOUR=red")
    kubectl("set", "resources", "deployment/shop", "--limits=cpu=200m", "-c", "web")
    shown = kubectl("set", "env", "deployment/shop", "--list")
    assert "COLOUR=red" in shown


def test_edit(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kubectl("create", "configmap", "c", "--from-literal=colour=red")
    editor(monkeypatch, tmp_path, 'sed -i s/red/green/ "$1"')
    assert kubectl("edit", "configmap", "c") == "configmap/c edited\n"
    assert kubectl.path("get", "configmap", "c", at=".data.colour") == "green"
    editor(monkeypatch, tmp_path, "true")
    assert "Edit cancelled, no changes made." in kubectl.run("edit", "configmap", "c").stderr


def test_a_rejected_edit_is_shown_again(
    kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second time the editor finds the server's reason at the top of its file, and mends it."""
    kubectl("apply", "-f", "-", stdin=SHOP)
    seen = tmp_path / "seen"
    editor(
        monkeypatch,
        tmp_path,
        f'if [ -e {seen} ]; then cp "$1" {seen}; sed -i "s/replicas: -1/replicas: 1/" "$1"',
        f'else touch {seen}; sed -i "s/^  replicas: 2/  replicas: -1/" "$1"; fi',
    )
    kubectl("edit", "deployment", "shop")
    told = re.sub(r"\s*\n# +", " ", seen.read_text())
    assert 'deployments.apps "shop" was not valid:' in told
    assert "spec.replicas: Invalid value: -1: must be greater than or equal to 0" in told
    assert kubectl.path("get", "deployment", "shop", at=".spec.replicas") == "1"


def test_delete_in_its_variants(kubectl: Kubectl) -> None:
    for name in ("a", "b", "c", "d"):
        kubectl("create", "configmap", name)
    kubectl("label", "configmap", "a", "b", "gone=soon")
    assert kubectl("delete", "configmap", "-l", "gone=soon").count("deleted") == 2
    assert kubectl("delete", "configmap/c", "--dry-run=server").count("deleted") == 1
    assert kubectl("delete", "-o", "name", "configmap/c") == "configmap/c\n"
    assert kubectl("delete", "configmap", "nobody", "--ignore-not-found") == ""
    assert 'configmaps "nobody" not found' in kubectl.fails("delete", "configmap", "nobody")
    kubectl("delete", "configmap", "--field-selector", "metadata.name=d")
    kubectl("apply", "-f", "-", stdin=BOX)
    kubectl("wait", "--for=condition=Ready", "pod/box", "--timeout=30s")
    kubectl("delete", "pod", "box", "--grace-period=0", "--force")
    assert kubectl.names("pods") == []
    kubectl("create", "configmap", "last")
    kubectl("delete", "configmap", "--all")
    assert "last" not in kubectl.names("configmap")


def test_delete_leaves_or_takes_dependants(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=SHOP)
    kubectl("wait", "--for=condition=Available", "deployment/shop", "--timeout=40s")
    kubectl("delete", "deployment", "shop", "--cascade=false")
    assert len(kubectl.names("replicaset")) == 1 and len(kubectl.names("pods")) == 2
    kubectl("delete", "replicaset", "-l", "app=shop", "--wait=true")
    until(lambda: kubectl.names("pods") == [])


def test_replace(kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", stdin=BOX)
    kubectl("wait", "--for=condition=Ready", "pod/box", "--timeout=40s")  # its status changes no more
    shown = kubectl("get", "pod", "box", "-o", "yaml").replace("app: box", "app: boxed")
    assert kubectl("replace", "-f", "-", stdin=shown) == "pod/box replaced\n"
    stale = re.sub(r"resourceVersion: .*", 'resourceVersion: "1"', shown)
    assert "the object has been modified" in kubectl.fails("replace", "-f", "-", stdin=stale)
    other = BOX.replace("name: main", "name: other")
    assert "pod updates may not change fields other than" in kubectl.fails("replace", "-f", "-", stdin=other)
    kubectl("replace", "--force", "-f", "-", stdin=other)
    assert kubectl.path("get", "pod", "box", at=".spec.containers[0].name") == "other"


def test_objects_that_are_no_objects(kubectl: Kubectl, release: str) -> None:
    wrong = SHOP.replace("replicas: 2", "replicas: two")
    told = kubectl.fails("apply", "-f", "-", stdin=wrong)
    assert "replicas" in told and (
        "invalid type" in told or "cannot unmarshal" in told or "unable to parse" in told
    )
    unknown = SHOP.replace("  replicas: 2", "  replica: 2")
    told = kubectl.fails("create", "-f", "-", stdin=unknown)
    assert ('unknown field "replica"' if release == OLD else 'unknown field "spec.replica"') in told
