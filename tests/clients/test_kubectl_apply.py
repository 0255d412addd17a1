"""kubectl of three releases: apply on either side, kustomize, pruning, diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.objects import SHOP
from tests.e2e.kubectl import Kubectl

OLD = "1.20"
SETTINGS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: %s, labels: {set: settings}}
data: {colour: %s}
"""
BASE = "resources: [shop.yaml]\ncommonLabels: {team: tea}\n"
OVERLAY = """
bases: [../base]
namePrefix: big-
patchesStrategicMerge: [none.yaml]
images: [{name: nginx, newTag: "1.28"}]
configMapGenerator: [{name: settings, literals: [colour=green]}]
"""
NONE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec: {replicas: 0}
"""


def test_apply_changes_only_what_it_says(kubectl: Kubectl) -> None:
    assert kubectl("apply", "-f", "-", stdin=SHOP).splitlines() == [
        "deployment.apps/shop created",
        "service/shop created",
    ]
    kubectl("scale", "deployment", "shop", "--replicas=3")
    kubectl("annotate", "deployment", "shop", "by=hand")
    without = SHOP.replace("  replicas: 2\n", "").replace("nginx:1.27", "nginx:1.28")
    told = kubectl("apply", "-f", "-", stdin=without)
    assert told.splitlines() == ["deployment.apps/shop configured", "service/shop unchanged"]
    found = kubectl.json("get", "deployment", "shop")
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.28"
    assert found["metadata"]["annotations"]["by"] == "hand"
    assert found["spec"]["replicas"] == 1, "what apply had set and no longer names is taken back"
    assert "replicas: 2" not in kubectl("apply", "view-last-applied", "deployment", "shop")


def test_server_side_apply_and_its_conflicts(kubectl: Kubectl) -> None:
    told = kubectl("apply", "--server-side", "-f", "-", stdin=SETTINGS % ("c", "red"))
    assert told == "configmap/c serverside-applied\n"
    other = ("apply", "--server-side", "--field-manager=other", "-f", "-")
    refused = kubectl.fails(*other, stdin=SETTINGS % ("c", "blue"))
    assert 'conflict with "kubectl": .data.colour' in refused
    kubectl(*other, "--force-conflicts", stdin=SETTINGS % ("c", "blue"))
    shown = json.loads(kubectl("get", "--raw", f"/api/v1/namespaces/{kubectl.namespace}/configmaps/c"))
    managers = {entry["manager"] for entry in shown["metadata"]["managedFields"]}
    assert managers == {"kubectl", "other"}
    assert kubectl.path("get", "configmap", "c", at=".data.colour") == "blue"


def test_kustomize(kubectl: Kubectl, tmp_path: Path) -> None:
    base, overlay = tmp_path / "base", tmp_path / "overlay"
    base.mkdir()
    overlay.mkdir()
    (base / "shop.yaml").write_text(SHOP)
    (base / "kustomization.yaml").write_text(BASE)
    (overlay / "none.yaml").write_text(NONE)
    (overlay / "kustomization.yaml").write_text(OVERLAY)
    told = kubectl("apply", "-k", str(overlay))
    assert "deployment.apps/big-shop created" in told and "service/big-shop created" in told
    (settings,) = kubectl.names("configmap", "--field-selector", "metadata.name!=kube-root-ca.crt")
    assert settings.startswith("big-settings-")
    found = kubectl.json("get", "deployment", "big-shop")
    assert found["spec"]["replicas"] == 0 and found["metadata"]["labels"]["team"] == "tea"
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.28"
    assert kubectl("kustomize", str(overlay)).count("kind:") >= 3
    kubectl("delete", "-k", str(overlay))
    assert kubectl.names("deployment,service") == []


def test_prune_takes_what_a_set_no_longer_has(kubectl: Kubectl, release: str) -> None:
    kinds = "--prune-whitelist=core/v1/ConfigMap" if release == OLD else "--prune-allowlist=core/v1/ConfigMap"
    prune = ("apply", "--prune", "-l", "set=settings", kinds, "-f", "-")
    kubectl(*prune, stdin=SETTINGS % ("a", "red") + "---" + SETTINGS % ("b", "red"))
    told = kubectl(*prune, stdin=SETTINGS % ("a", "red"))
    assert "configmap/a unchanged" in told and "configmap/b pruned" in told


def test_an_apply_set_prunes_what_it_owned(
    kubectl: Kubectl, release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if release == OLD:
        pytest.skip("1.20 has no apply sets")
    monkeypatch.setenv("KUBECTL_APPLYSET", "true")
    owned = ("apply", "--prune", "--applyset=set", "-f", "-")
    kubectl(*owned, stdin=SETTINGS % ("a", "red") + "---" + SETTINGS % ("b", "red"))
    assert "configmap/b pruned" in kubectl(*owned, stdin=SETTINGS % ("a", "red"))


def test_diff_shows_and_changes_nothing(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=SETTINGS % ("c", "red"))
    assert kubectl("diff", "-f", "-", stdin=SETTINGS % ("c", "red")) == ""
    done = kubectl.run("diff", "-f", "-", stdin=SETTINGS % ("c", "green"))
    assert done.returncode == 1, done.stderr
    assert "-  colour: red" in done.stdout and "+  colour: green" in done.stdout
    assert kubectl.path("get", "configmap", "c", at=".data.colour") == "red"
    assert "+kind: ConfigMap" in kubectl.run("diff", "-f", "-", stdin=SETTINGS % ("new", "x")).stdout


def test_a_wait_for_a_value(kubectl: Kubectl, release: str) -> None:
    kubectl("apply", "-f", "-", stdin=SHOP)
    kubectl("wait", "--for=condition=Available", "deployment/shop", "--timeout=40s")
    if release != OLD:
        kubectl("wait", "--for=jsonpath={.status.readyReplicas}=2", "deployment/shop", "--timeout=40s")
        kubectl("wait", "--for=create", "service/shop", "--timeout=5s")
    told = kubectl.fails("wait", "--for=condition=Lost", "deployment/shop", "--timeout=1s")
    assert "timed out waiting for the condition" in told
