"""Line 1: apply on both sides, diff, patches, set, label, annotate, replace, create, delete, prune, -k."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

IMAGE = ".spec.template.spec.containers[0].image"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, labels: {app: pruned}}\ndata: {key: value}\n"
ORPHANS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
"""


@pytest.fixture
def demo(kubectl: Kubectl, manifests: Path) -> Kubectl:
    kubectl("apply", "-f", str(manifests / "demo"))
    return kubectl


def test_apply_creates_and_then_finds_nothing_to_do(kubectl: Kubectl, manifests: Path) -> None:
    first = kubectl("apply", "-f", str(manifests / "demo"))
    assert first.splitlines() == ["deployment.apps/demo created", "service/demo created"]
    kubectl("wait", "--for=condition=Available", "deployment/demo", "--timeout=30s")
    second = kubectl("apply", "-f", str(manifests / "demo"))
    assert second.splitlines() == ["deployment.apps/demo unchanged", "service/demo unchanged"]


def test_server_side_apply_is_idempotent(kubectl: Kubectl, manifests: Path) -> None:
    apply = ("apply", "--server-side", "-f", str(manifests / "demo"))
    assert kubectl(*apply).splitlines() == [
        "deployment.apps/demo serverside-applied",
        "service/demo serverside-applied",
    ]
    before = kubectl.path("get", "deployment", "demo", at=".metadata.generation")
    kubectl(*apply)
    assert kubectl.path("get", "deployment", "demo", at=".metadata.generation") == before
    managers = kubectl.path(
        "get", "service", "demo", "--show-managed-fields", at=".metadata.managedFields[*].manager"
    )
    assert managers.split() == ["kubectl"]


def test_server_side_apply_names_the_manager_it_conflicts_with(demo: Kubectl) -> None:
    demo("scale", "deployment/demo", "--replicas=2")
    other = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: demo}\nspec: {replicas: 5}\n"
    said = demo.fails("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=other)
    assert 'Apply failed with 1 conflict: conflict with "kubectl"' in said
    assert ".spec.replicas" in said
    demo("apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", "-", stdin=other)
    assert demo.path("get", "deployment", "demo", at=".spec.replicas") == "5"


def test_diff_shows_a_change_and_then_none(demo: Kubectl, manifests: Path) -> None:
    demo("diff", "-f", str(manifests / "demo"))
    changed = (manifests / "demo" / "deployment.yaml").read_text().replace("replicas: 1", "replicas: 4")
    done = demo.run("diff", "-f", "-", stdin=changed)
    assert done.returncode == 1
    assert "-  replicas: 1" in done.stdout and "+  replicas: 4" in done.stdout
    assert demo.path("get", "deployment", "demo", at=".spec.replicas") == "1"


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        (
            "strategic",
            '{"spec":{"template":{"spec":{"containers":[{"name":"demo","env":[{"name":"A","value":"1"}]}]}}}}',
        ),
        (
            "merge",
            '{"spec":{"template":{"spec":{"containers":[{"name":"demo","image":"cloudnatived/demo:hello"}]}}}}',
        ),
        (
            "json",
            '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"cloudnatived/demo:hello"}]',
        ),
    ],
)
def test_every_kind_of_patch_edits(demo: Kubectl, kind: str, patch: str) -> None:
    demo("set", "image", "deployment/demo", "demo=other:1")
    said = demo("patch", "deployment", "demo", f"--type={kind}", "-p", patch)
    assert said.strip() == "deployment.apps/demo patched"
    expected = "other:1" if kind == "strategic" else "cloudnatived/demo:hello"
    assert demo.path("get", "deployment", "demo", at=IMAGE) == expected


def test_strategic_patch_merges_lists_by_key_and_merge_patch_replaces_them(demo: Kubectl) -> None:
    second = '{"spec":{"template":{"spec":{"containers":[{"name":"two","image":"nginx"}]}}}}'
    demo("patch", "deployment", "demo", "-p", second)
    containers = ".spec.template.spec.containers[*].name"
    assert sorted(demo.path("get", "deployment", "demo", at=containers).split()) == ["demo", "two"]
    demo("patch", "deployment", "demo", "--type=merge", "-p", second)
    assert demo.path("get", "deployment", "demo", at=containers) == "two"


def test_set_image_label_and_annotate(demo: Kubectl) -> None:
    assert (
        demo("set", "image", "deployment/demo", "demo=cloudnatived/demo:goodbye").strip()
        == "deployment.apps/demo image updated"
    )
    assert demo("label", "deployment", "demo", "tier=web").strip() == "deployment.apps/demo labeled"
    assert "already has a value (web)" in demo.fails("label", "deployment", "demo", "tier=db")
    demo("label", "deployment", "demo", "tier=db", "--overwrite")
    demo("label", "deployment", "demo", "tier-")
    assert demo("annotate", "deployment", "demo", "note=kept").strip() == "deployment.apps/demo annotated"
    found = demo.json("get", "deployment", "demo")
    assert found["metadata"]["labels"] == {"app": "demo"}
    assert found["metadata"]["annotations"]["note"] == "kept"
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "cloudnatived/demo:goodbye"


def test_replace_changes_what_is_there_and_refuses_what_is_not(kubectl: Kubectl) -> None:
    assert "NotFound" in kubectl.fails("replace", "-f", "-", stdin=CONFIG % "settings")
    kubectl("create", "-f", "-", stdin=CONFIG % "settings")
    said = kubectl("replace", "-f", "-", stdin=(CONFIG % "settings").replace("value", "new"))
    assert said.strip() == "configmap/settings replaced"
    assert kubectl.path("get", "configmap", "settings", at=".data.key") == "new"
    uid = kubectl.path("get", "configmap", "settings", at=".metadata.uid")
    kubectl("replace", "--force", "-f", "-", stdin=CONFIG % "settings")
    assert kubectl.path("get", "configmap", "settings", at=".metadata.uid") != uid


CREATED = {
    "configmap": ["configmap", "c", "--from-literal=a=b"],
    "secret": ["secret", "generic", "s", "--from-literal=a=b"],
    "tls": ["secret", "docker-registry", "r", "--docker-username=u", "--docker-password=p"],
    "deployment": ["deployment", "d", "--image=nginx", "--replicas=0"],
    "job": ["job", "j", "--image=busybox", "--", "true"],
    "cronjob": ["cronjob", "cj", "--image=busybox", "--schedule=0 0 1 1 *", "--", "true"],
    "service": ["service", "clusterip", "v", "--tcp=80:8080"],
    "external": ["service", "externalname", "x", "--external-name=example.com"],
    "serviceaccount": ["serviceaccount", "a"],
    "role": ["role", "r", "--verb=get", "--resource=pods"],
    "rolebinding": ["rolebinding", "b", "--role=r", "--serviceaccount=default:a"],
    "quota": ["quota", "q", "--hard=pods=10"],
    "pdb": ["poddisruptionbudget", "p", "--selector=app=demo", "--min-available=1"],
    "ingress": ["ingress", "i", "--rule=example.com/=web:80"],
    "token": ["token", "default"],
}


@pytest.mark.parametrize("arguments", CREATED.values(), ids=CREATED)
def test_create_makes_each_kind(kubectl: Kubectl, arguments: list[str]) -> None:
    if arguments[0] == "token":
        until(lambda: kubectl.run("get", "serviceaccount", "default").returncode == 0)
        assert kubectl("create", *arguments).count(".") == 2
        return
    assert kubectl("create", *arguments).endswith(" created\n")
    assert "already exists" in kubectl.fails("create", *arguments)


def test_create_from_generate_name_finds_a_name(kubectl: Kubectl) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: made-}\n"
    assert kubectl("create", "-f", "-", stdin=manifest).startswith("configmap/made-")


@pytest.mark.parametrize("cascade", ["background", "foreground"])
def test_delete_takes_the_dependents_along(kubectl: Kubectl, cascade: str) -> None:
    kubectl("apply", "-f", "-", stdin=ORPHANS)
    kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    kubectl("delete", "deployment", "web", f"--cascade={cascade}", "--timeout=60s")
    assert kubectl.names("deployment") == []
    until(lambda: kubectl.names("replicaset,pod") == [], 60, "no dependents")


def test_delete_with_orphan_leaves_the_dependents(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=ORPHANS)
    kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    kubectl("delete", "deployment", "web", "--cascade=orphan")
    (replica_set,) = kubectl.names("replicaset")
    assert kubectl.path("get", "replicaset", replica_set, at=".metadata.ownerReferences") == ""
    kubectl("delete", "replicaset", replica_set, "--cascade=orphan")
    assert len(kubectl.names("pod")) == 2
    assert kubectl.path("get", "pod", at=".items[*].metadata.ownerReferences") == ""


STUBBORN = """
apiVersion: v1
kind: Pod
metadata: {name: stubborn}
spec:
  containers:
  - {name: main, image: busybox, command: [sh, -c, "trap '' TERM; echo ready; while :; do sleep 1; done"]}
"""


def test_grace_period_bounds_the_wait_for_a_stubborn_process(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=STUBBORN)
    kubectl("wait", "--for=condition=Ready", "pod/stubborn", "--timeout=30s")
    until(lambda: "ready" in kubectl("logs", "stubborn"))
    kubectl("delete", "pod", "stubborn", "--grace-period=1", "--timeout=15s")
    assert kubectl.names("pod") == []


def test_forced_delete_does_not_wait(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=STUBBORN)
    kubectl("wait", "--for=condition=Ready", "pod/stubborn", "--timeout=30s")
    done = kubectl.run("delete", "pod", "stubborn", "--grace-period=0", "--force", "--timeout=10s")
    assert "force deleted" in done.stdout
    assert "Immediate deletion does not wait" in done.stderr
    assert kubectl.names("pod") == []


def test_delete_by_selector_and_all(demo: Kubectl) -> None:
    demo("create", "configmap", "kept")
    said = demo("delete", "deployment,service", "-l", "app=demo")
    assert 'deployment.apps "demo" deleted' in said and 'service "demo" deleted' in said
    demo("delete", "configmap", "--all")
    assert "kept" not in demo.names("configmap")
    demo("delete", "configmap", "kept", "--ignore-not-found")
    assert 'configmaps "kept" not found' in demo.fails("delete", "configmap", "kept")


def test_prune_removes_what_is_no_longer_in_the_manifest(kubectl: Kubectl) -> None:
    both = CONFIG % "one" + "---\n" + CONFIG % "two"
    kubectl("apply", "-f", "-", stdin=both)
    said = kubectl("apply", "--prune", "-l", "app=pruned", "-f", "-", stdin=CONFIG % "one")
    assert "configmap/one unchanged" in said and "configmap/two pruned" in said
    assert kubectl.names("configmap", "-l", "app=pruned") == ["one"]


def test_kustomize_directory_is_applied(kubectl: Kubectl, manifests: Path, tmp_path: Path) -> None:
    for name in ("deployment.yaml", "service.yaml"):
        (tmp_path / name).write_text((manifests / "demo" / name).read_text())
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [deployment.yaml, service.yaml]\nnamePrefix: dev-\n"
        "configMapGenerator: [{name: settings, literals: [a=b]}]\nreplicas: [{name: demo, count: 2}]\n"
    )
    said = kubectl("apply", "-k", str(tmp_path))
    assert "deployment.apps/dev-demo created" in said and "service/dev-demo created" in said
    assert kubectl.path("get", "deployment", "dev-demo", at=".spec.replicas") == "2"
    again = kubectl("apply", "-k", str(tmp_path)).splitlines()
    assert all(line.endswith("unchanged") for line in again)
    kubectl("delete", "-k", str(tmp_path))
    assert kubectl.names("deployment,service") == []


def test_dry_run_on_the_server_answers_and_stores_nothing(kubectl: Kubectl, manifests: Path) -> None:
    said = kubectl("apply", "--dry-run=server", "-f", str(manifests / "demo"))
    assert "deployment.apps/demo created (server dry run)" in said
    assert kubectl.names("deployment,service") == []


def test_kubectl_136_applies_and_lists(kubectl_136: str, kubectl: Kubectl, manifests: Path) -> None:
    newest = Kubectl(kubectl_136, kubectl.kubeconfig, kubectl.namespace)
    newest("apply", "-f", str(manifests / "demo"))
    newest("rollout", "status", "deployment/demo", "--timeout=30s")
    assert "deployment.apps/demo unchanged" in newest("apply", "-f", str(manifests / "demo"))
    assert "demo" in newest("get", "all")
    (pod,) = newest.names("pod", "-l", "app=demo")
    assert newest("exec", pod, "--", "echo", "hello").strip() == "hello"
