"""helm 3 and 4: the life of a release, hooks, charts with definitions, and what they say when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.clients.helm import Helm
from tests.e2e.kubectl import Kubectl

PRE_INSTALL = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: before
  annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: "-5"}
data: {release: "{{ .Release.Name }}"}
"""
POST_UPGRADE = """
apiVersion: v1
kind: Pod
metadata:
  name: after
  annotations: {helm.sh/hook: post-upgrade, helm.sh/hook-delete-policy: hook-succeeded}
spec:
  restartPolicy: Never
  containers: [{name: main, image: busybox, command: [sh, -c, "exit {{ .Values.code }}"]}]
"""
JOB_HOOK = """
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox, command: [sh, -c, "exit {{ .Values.code }}"]}]
"""
KEPT = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data: {colour: "{{ .Values.colour }}"}
"""
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kettles.tea.example.com}
spec:
  group: tea.example.com
  scope: Namespaced
  names: {plural: kettles, singular: kettle, kind: Kettle}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {litres: {type: integer, maximum: 5}}}
"""
KETTLE = """
apiVersion: tea.example.com/v1
kind: Kettle
metadata: {name: mine}
spec: {litres: {{ .Values.litres }}}
"""


def chart(helm: Helm, name: str, files: Mapping[str, str], values: str = "") -> Path:
    """A chart of the given files on disk."""
    root = helm.home / name
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (root / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n")
    (root / "values.yaml").write_text(values)
    return root


@pytest.fixture
def kubectl(admin: Kubectl, namespace: str) -> Kubectl:
    return Kubectl(admin.binary, admin.kubeconfig, namespace)


@pytest.fixture
def shop(helm: Helm) -> Path:
    """The chart that `helm create` makes."""
    helm("create", "shop")
    return helm.home / "shop"


def test_the_life_of_a_release(helm: Helm, kubectl: Kubectl, shop: Path) -> None:
    wait = ("--wait", "--timeout", "40s")
    assert "STATUS: deployed" in helm("install", "shop", str(shop), *wait)
    assert kubectl("get", "deployment", "shop", "--no-headers").split()[1] == "1/1"
    helm("upgrade", "shop", str(shop), "--set", "replicaCount=2", "--set", "ingress.enabled=true", *wait)
    assert kubectl("get", "deployment", "shop", "--no-headers").split()[1] == "2/2"
    assert kubectl.names("ingress") == ["shop"]
    helm("rollback", "shop", "1", *wait)
    assert [r["status"] for r in helm.json("history", "shop")] == ["superseded", "superseded", "deployed"]
    assert "Phase:          Succeeded" in helm("test", "shop")
    assert "index.html" in kubectl("logs", "shop-test-connection")
    assert [(r["name"], r["revision"], r["status"]) for r in helm.json("list")] == [("shop", "3", "deployed")]
    assert helm.json("status", "shop")["info"]["status"] == "deployed"
    assert "kind: Deployment" in helm("get", "manifest", "shop")
    assert "uninstalled" in helm("uninstall", "shop", "--wait")
    left = kubectl.names("all,secret,ingress,serviceaccount", "-l", "app.kubernetes.io/instance=shop")
    assert left == ["shop-test-connection"], "helm leaves what its hooks made"
    assert helm.json("list") == []


def test_a_release_that_never_gets_ready_is_rolled_back(helm: Helm, kubectl: Kubectl, shop: Path) -> None:
    helm("install", "shop", str(shop), "--wait", "--timeout", "40s")
    atomic = "--rollback-on-failure" if helm("version", "--short").startswith("v4") else "--atomic"
    missing = ("--set", "image.repository=wherry.dev/missing")
    told = helm.fails("upgrade", "shop", str(shop), *missing, atomic, "--timeout", "4s")
    assert "failed" in told
    assert [r["status"] for r in helm.json("history", "shop")] == ["superseded", "failed", "deployed"]
    kubectl("rollout", "status", "deployment/shop", "--timeout=20s")


def test_hooks_run_in_their_place(helm: Helm, kubectl: Kubectl) -> None:
    files = {
        "templates/before.yaml": PRE_INSTALL,
        "templates/after.yaml": POST_UPGRADE,
        "templates/kept.yaml": KEPT,
    }
    hooked = str(chart(helm, "hooked", files, "colour: red\ncode: 0\n"))
    helm("install", "hooked", hooked, "--wait")
    assert kubectl.path("get", "configmap", "before", at=".data.release") == "hooked"
    helm("upgrade", "hooked", hooked, "--set", "colour=blue", "--timeout", "30s")
    assert kubectl.path("get", "configmap", "settings", at=".data.colour") == "blue"
    assert kubectl.names("pod") == []
    told = helm.fails("upgrade", "hooked", hooked, "--set", "code=1", "--timeout", "30s")
    assert "post-upgrade hooks failed" in told or "pod after failed" in told
    assert helm.json("history", "hooked")[-1]["status"] == "failed"


def test_a_release_waits_for_the_job_of_a_hook(helm: Helm, kubectl: Kubectl) -> None:
    files = {"templates/migrate.yaml": JOB_HOOK, "templates/kept.yaml": KEPT}
    root = str(chart(helm, "moved", files, "colour: red\ncode: 0\n"))
    helm("install", "moved", root, "--timeout", "30s")
    first = kubectl.json("get", "job", "migrate")
    assert first["status"]["succeeded"] == 1
    told = helm.fails("upgrade", "moved", root, "--set", "code=1,colour=blue", "--timeout", "30s")
    assert "pre-upgrade hooks failed" in told
    assert kubectl.json("get", "job", "migrate")["metadata"]["uid"] != first["metadata"]["uid"]
    assert kubectl.path("get", "configmap", "settings", at=".data.colour") == "red"


def test_a_value_changed_by_hand_is_merged(helm: Helm, kubectl: Kubectl) -> None:
    """helm 3 merges three ways, helm 4 applies on the server: neither drops what somebody else added."""
    root = str(chart(helm, "merged", {"templates/kept.yaml": KEPT}, "colour: red\n"))
    helm("install", "merged", root)
    kubectl("patch", "configmap", "settings", "--patch", '{"data": {"size": "large"}}')
    helm("upgrade", "merged", root, "--set", "colour=green")
    assert kubectl.json("get", "configmap", "settings")["data"] == {"colour": "green", "size": "large"}


def test_what_belongs_to_nobody_is_not_taken_over(helm: Helm, kubectl: Kubectl) -> None:
    root = str(chart(helm, "foreign", {"templates/kept.yaml": KEPT}, "colour: red\n"))
    kubectl("create", "configmap", "settings")
    told = helm.fails("install", "foreign", root)
    assert "cannot be imported into the current release: invalid ownership metadata" in told


def test_a_bad_object_is_refused_by_the_server(helm: Helm) -> None:
    bad = {"templates/bad.yaml": KEPT.replace("name: settings", "name: Not_A_Name")}
    told = helm.fails("install", "bad", str(chart(helm, "bad", bad, "colour: red\n")))
    assert "a lowercase RFC 1123 subdomain must consist of" in told


def test_a_chart_with_a_definition(helm: Helm, kubectl: Kubectl) -> None:
    files = {"crds/kettle.yaml": DEFINITION, "templates/kettle.yaml": KETTLE}
    root = str(chart(helm, "tea", files, "litres: 2\n"))
    try:
        helm("install", "tea", root, "--wait", "--timeout", "30s")
        assert kubectl.path("get", "kettle", "mine", at=".spec.litres") == "2"
        helm("upgrade", "tea", root, "--set", "litres=3")
        assert kubectl.path("get", "kettle", "mine", at=".spec.litres") == "3"
        assert "should be less than or equal to 5" in helm.fails("upgrade", "tea", root, "--set", "litres=9")
        helm("uninstall", "tea", "--wait")
        assert kubectl.names("kettles") == []
    finally:
        kubectl("delete", "crd", "kettles.tea.example.com", "--ignore-not-found")
