"""Line 2: everything that reads — get in every form, describe, explain, discovery, wait, events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import namespaced
from tests.e2e.kubectl import Kubectl
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until


@pytest.fixture(scope="module")
def demo(admin: Kubectl, manifests: Path) -> Iterator[Kubectl]:
    """A namespace with the demo, Ready, for tests that only read."""
    with namespaced(admin, "reading") as kubectl:
        kubectl("apply", "-f", str(manifests / "demo"))
        kubectl("wait", "--for=condition=Available", "deployment/demo", "--timeout=30s")
        yield kubectl


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_every_kind_that_can_be_listed_is_listed_as_a_table(admin: Kubectl) -> None:
    kinds = admin("api-resources", "--verbs=list", "-o", "name").split()
    assert len(kinds) > 50
    for kind in kinds:
        done = admin.run("get", kind, "-A")
        assert done.returncode == 0, f"{kind}: {done.stderr}"
        wide = admin.run("get", kind, "-A", "-o", "wide")
        assert wide.returncode == 0, f"{kind}: {wide.stderr}"


HEADERS = {
    "pods": "NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES",
    "deployments": "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR",
    "replicasets": "NAME DESIRED CURRENT READY AGE CONTAINERS IMAGES SELECTOR",
    "services": "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR",
    "endpointslices": "NAME ADDRESSTYPE PORTS ENDPOINTS AGE",
    "configmaps": "NAME DATA AGE",
    "serviceaccounts": "NAME AGE",
    "nodes": "NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION "
    "CONTAINER-RUNTIME",
    "namespaces": "NAME STATUS AGE",
    "events": "LAST SEEN TYPE REASON OBJECT SUBOBJECT SOURCE MESSAGE FIRST SEEN COUNT NAME",
}


@pytest.mark.parametrize(("kind", "header"), HEADERS.items(), ids=HEADERS)
def test_wide_columns_are_upstreams(demo: Kubectl, kind: str, header: str) -> None:
    assert demo("get", kind, "-o", "wide").splitlines()[0].split() == header.split()


def test_pod_row_shows_what_runs(demo: Kubectl) -> None:
    header, row = rows(demo("get", "pods"))
    assert header == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert row[0].startswith("demo-") and row[1:4] == ["1/1", "Running", "0"]


def test_service_row_shows_port_and_address(demo: Kubectl) -> None:
    _, row = rows(demo("get", "service", "demo"))
    assert row[1] == "ClusterIP" and row[2].startswith("127.") and row[4] == "9999/TCP"


def test_output_forms_agree(demo: Kubectl) -> None:
    as_json = json.loads(demo("get", "service", "demo", "-o", "json"))
    address = as_json["spec"]["clusterIP"]
    assert f"clusterIP: {address}" in demo("get", "service", "demo", "-o", "yaml")
    assert demo("get", "service", "demo", "-o", "jsonpath={.spec.clusterIP}") == address
    assert demo("get", "service", "demo", "-o", "go-template={{.spec.clusterIP}}") == address
    assert demo("get", "service", "demo", "-o", "name") == "service/demo\n"
    columns = demo("get", "service", "demo", "-o", "custom-columns=NAME:.metadata.name,IP:.spec.clusterIP")
    assert rows(columns) == [["NAME", "IP"], ["demo", address]]


def test_all_namespaces_show_a_namespace_column(demo: Kubectl) -> None:
    header, *body = rows(demo("get", "pods", "-A"))
    assert header[0] == "NAMESPACE"
    assert any(row[0] == demo.namespace and row[1].startswith("demo-") for row in body)


def test_several_kinds_and_the_all_category(demo: Kubectl) -> None:
    found = demo("get", "all", "-o", "name").split()
    kinds = {name.partition("/")[0] for name in found}
    assert {"pod", "service", "deployment.apps", "replicaset.apps"} <= kinds
    assert demo("get", "service/demo", "deployment/demo", "-o", "name").split() == [
        "service/demo",
        "deployment.apps/demo",
    ]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("app=demo", True),
        ("app!=demo", False),
        ("app in (demo,other)", True),
        ("app notin (demo)", False),
        ("!app", False),
    ],
)
def test_label_selectors_choose(demo: Kubectl, selector: str, found: bool) -> None:
    assert bool(demo.names("pod", "-l", selector)) is found


def test_field_selectors_choose(demo: Kubectl) -> None:
    (pod,) = demo.names("pod")
    node = demo.path("get", "pod", pod, at=".spec.nodeName")
    assert demo.names("pod", f"--field-selector=spec.nodeName={node},status.phase=Running") == [pod]
    assert demo.names("pod", "--field-selector=status.phase!=Running") == []
    assert demo.names("service", "--field-selector=metadata.name=demo") == ["demo"]
    assert "field label not supported: spec.nothing" in demo.fails(
        "get", "pods", "--field-selector=spec.nothing=1"
    )


def test_sort_by_orders_and_labels_make_columns(kubectl: Kubectl) -> None:
    for name, rank in (("a", "2"), ("b", "1")):
        kubectl("create", "configmap", name)
        kubectl("label", "configmap", name, f"rank={rank}")
    by_rank = kubectl(
        "get", "configmap", "-l", "rank", "--sort-by=.metadata.labels.rank", "-L", "rank", "--no-headers"
    )
    assert [row[0] for row in rows(by_rank)] == ["b", "a"]
    assert [row[-1] for row in rows(by_rank)] == ["1", "2"]
    assert "rank=1" in kubectl("get", "configmap", "b", "--show-labels")


def test_a_long_list_comes_in_pages(admin: Kubectl) -> None:
    whole = admin.names("clusterrole")
    assert len(whole) > 50
    assert admin.names("clusterrole", "--chunk-size=7") == whole


def test_watch_prints_each_change(kubectl: Kubectl) -> None:
    watch = kubectl.start("get", "configmap", "-w", "--output-watch-events", "-l", "watched")
    try:
        assert watch.stdout is not None
        manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seen, labels: {watched: 'yes'}}\n"
        kubectl("create", "-f", "-", stdin=manifest)
        assert watch.stdout.readline().split()[0] == "EVENT"
        assert watch.stdout.readline().split()[:2] == ["ADDED", "seen"]
        kubectl("annotate", "configmap", "seen", "a=b")
        assert watch.stdout.readline().split()[:2] == ["MODIFIED", "seen"]
        kubectl("label", "configmap", "seen", "watched-")
        assert watch.stdout.readline().split()[:2] == ["DELETED", "seen"]
    finally:
        watch.kill()
        watch.communicate()


def test_describe_pod_ends_with_its_events(demo: Kubectl) -> None:
    (pod,) = demo.names("pod")
    text = until(lambda: described(demo, "pod", pod, "Started"), what="the Started event")
    for part in (
        "Node:",
        "Controlled By:  ReplicaSet/demo-",
        "Image:          cloudnatived/demo:hello",
        "QoS Class:",
    ):
        assert part in text
    events = text.partition("\nEvents:")[2]
    for reason in ("Scheduled", "Pulled", "Created", "Started"):
        assert reason in events


def described(kubectl: Kubectl, kind: str, name: str, part: str) -> str:
    text = kubectl("describe", kind, name)
    return text if part in text else ""


def test_describe_every_kind_of_the_demo(demo: Kubectl) -> None:
    deployment = demo("describe", "deployment", "demo")
    assert "1 desired | 1 updated | 1 total | 1 available | 0 unavailable" in deployment
    assert "25% max unavailable, 25% max surge" in deployment
    service = demo("describe", "service", "demo")
    assert "TargetPort:               8888/TCP" in service and ":8888" in service
    assert "Allocated resources:" in demo("describe", "nodes")
    assert "Status:" in demo("describe", "namespace", demo.namespace)
    assert "Pods Status:    1 Running" in demo("describe", "replicaset")


def test_events_name_object_and_reason(demo: Kubectl) -> None:
    text = until(lambda: demo("events", "--for", "deployment/demo"))
    assert "ScalingReplicaSet" in text and "Deployment/demo" in text
    assert "Scheduled" in demo("get", "events", "--field-selector=involvedObject.kind=Pod")


EXPLAINED = {
    "pod.spec.containers": [
        "FIELD: containers <[]Container>",
        "image\t<string>",
        "livenessProbe\t<Probe>",
        "-required-",
    ],
    "deployment.spec.strategy": [
        "GROUP:      apps",
        "VERSION:    v1",
        "rollingUpdate\t<RollingUpdateDeployment>",
    ],
    "service.spec": ["clusterIP\t<string>", "ports\t<[]ServicePort>", "selector\t<map[string]string>"],
    "cronjob.spec.schedule": ["FIELD: schedule <string>"],
}


@pytest.mark.parametrize(("path", "parts"), EXPLAINED.items(), ids=EXPLAINED)
def test_explain_names_fields_and_types(admin: Kubectl, path: str, parts: list[str]) -> None:
    text = admin("explain", path)
    for part in parts:
        assert part in text


def test_explain_reaches_every_kind(admin: Kubectl) -> None:
    plurals = {row[0] for row in rows(admin("api-resources", "--verbs=list", "--no-headers"))}
    for plural in sorted(plurals):
        assert "FIELDS:" in admin("explain", plural)
    assert 'field "nothing" does not exist' in admin.fails("explain", "pod.spec.nothing")


def test_discovery(admin: Kubectl) -> None:
    resources = rows(admin("api-resources", "--no-headers"))
    assert ["pods", "po", "v1", "true", "Pod"] in resources
    assert ["deployments", "deploy", "apps/v1", "true", "Deployment"] in resources
    assert ["nodes", "no", "v1", "false", "Node"] in resources
    versions = admin("api-versions").split()
    assert {"v1", "apps/v1", "batch/v1", "autoscaling/v2", "networking.k8s.io/v1"} <= set(versions)


def test_version_and_cluster_info(admin: Kubectl, cluster: LocalCluster) -> None:
    server = json.loads(admin("version", "-o", "json"))["serverVersion"]
    assert (server["major"], server["minor"]) == ("1", "36")
    assert server["gitVersion"].startswith("v1.36.")
    assert f"https://127.0.0.1:{cluster.port}" in admin("cluster-info")


def test_wait_for_conditions_values_and_deletion(kubectl: Kubectl) -> None:
    kubectl("create", "configmap", "soon", "--from-literal=state=new")
    waiting = kubectl.start("wait", "configmap/soon", "--for=jsonpath={.data.state}=done", "--timeout=20s")
    kubectl("patch", "configmap", "soon", "--type=merge", "-p", '{"data":{"state":"done"}}')
    assert "condition met" in waiting.communicate(timeout=30)[0]
    gone = kubectl.start("wait", "configmap/soon", "--for=delete", "--timeout=20s")
    kubectl("delete", "configmap", "soon")
    assert gone.wait(timeout=30) == 0
    gone.communicate()
    kubectl("create", "configmap", "never")
    said = kubectl.fails("wait", "configmap/never", "--for=jsonpath={.data.state}=done", "--timeout=1s")
    assert "timed out waiting for the condition" in said


def test_auth_can_i_and_whoami(admin: Kubectl) -> None:
    assert admin("auth", "can-i", "delete", "nodes").strip() == "yes"
    done = admin.run("auth", "can-i", "delete", "nodes", "--as=jane")
    assert done.stdout.strip() == "no"
    assert "system:masters" in admin("auth", "whoami")


def test_raw_paths_answer(admin: Kubectl) -> None:
    assert admin("get", "--raw", "/readyz") == "ok"
    assert "[+]ping ok" in admin("get", "--raw", "/livez?verbose")
    assert "apiserver_request_total" in admin("get", "--raw", "/metrics")


def test_the_scale_of_a_workload_is_shown(demo: Kubectl) -> None:
    header, row = rows(demo("get", "deployment", "demo", "--subresource=scale"))
    assert header == ["NAME", "DESIRED", "AVAILABLE", "AGE"]
    assert row[:3] == ["demo", "1", "1"]


def test_component_statuses_tell_who_is_well(admin: Kubectl) -> None:
    until(lambda: "Unhealthy" not in admin("get", "componentstatuses"), what="everybody is well")
    names = [row[0] for row in rows(admin("get", "cs", "--no-headers"))]
    assert names == ["scheduler", "controller-manager", "etcd-0"]
    assert 'componentstatus "none" not found' in admin.fails("get", "cs", "none")


def test_last_applied_configuration_can_be_viewed(demo: Kubectl) -> None:
    assert "targetPort: 8888" in demo("apply", "view-last-applied", "service/demo")
