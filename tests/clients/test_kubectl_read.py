"""kubectl of three releases: get in every format, describe, explain, what the server has."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.clients.objects import SHOP, ZOO
from tests.e2e.kubectl import Kubectl

OLD = "1.20"
GONE = {OLD: ("cronjob/nightly", "poddisruptionbudget/two")}
"""Kinds that a release describes only through versions which 1.36 no longer serves."""


@pytest.fixture
def shop(kubectl: Kubectl) -> Kubectl:
    kubectl("apply", "-f", "-", stdin=SHOP)
    kubectl("rollout", "status", "deployment/shop", "--timeout=40s")
    return kubectl


def test_tables(shop: Kubectl) -> None:
    head, row = shop("get", "deployments", "-o", "wide").splitlines()
    assert head.split() == [
        "NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "CONTAINERS", "IMAGES", "SELECTOR",
    ]  # fmt: skip
    assert row.split()[:4] == ["shop", "2/2", "2", "2"] and row.split()[5:] == [
        "web",
        "nginx:1.27",
        "app=shop",
    ]
    head, *rows = shop("get", "pods", "-o", "wide").splitlines()
    assert re.split(r"\s{2,}", head.strip()) == [
        "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED NODE", "READINESS GATES",
    ]  # fmt: skip
    assert len(rows) == 2 and all("1/1" in row and "Running" in row for row in rows)
    labelled = shop("get", "pods", "--show-labels", "-L", "app", "--no-headers", "--sort-by=.metadata.name")
    assert labelled.count("app=shop,pod-template-hash=") == 2
    everything = shop("get", "all")
    for kind in ("pod/shop-", "service/shop", "deployment.apps/shop", "replicaset.apps/shop-"):
        assert kind in everything


def test_documents(shop: Kubectl) -> None:
    whole = json.loads(shop("get", "deployment", "shop", "-o", "json"))
    assert whole == yaml.safe_load(shop("get", "deployment", "shop", "-o", "yaml"))
    assert shop("get", "deployment", "shop", "-o", "name") == "deployment.apps/shop\n"
    image = "{.spec.template.spec.containers[?(@.name=='web')].image}"
    assert shop("get", "deployment", "shop", "-o", f"jsonpath={image}") == "nginx:1.27"
    template = '{{range .items}}{{.metadata.name}}{{"\\n"}}{{end}}'
    assert len(shop("get", "pods", "-o", f"go-template={template}").splitlines()) == 2
    columns = shop(
        "get", "deploy", "-o", "custom-columns=NAME:.metadata.name,COPIES:.spec.replicas,NONE:.nothing"
    )
    assert [line.split() for line in columns.splitlines()] == [
        ["NAME", "COPIES", "NONE"],
        ["shop", "2", "<none>"],
    ]


def test_selection(shop: Kubectl) -> None:
    assert len(shop.names("pods", "-l", "app in (shop),nothing!=here")) == 2
    assert shop.names("pods", "-l", "app!=shop") == []
    assert len(shop.names("pods", "--field-selector", "status.phase=Running")) == 2
    assert shop("get", "pods", "-l", "app=none").strip() == ""
    assert "Running" in shop(
        "get", "pods", "--all-namespaces", "--field-selector", f"metadata.namespace={shop.namespace}"
    )
    assert shop("get", "--raw", "/readyz") == "ok"
    assert 'pods "nobody" not found' in shop.fails("get", "pod", "nobody")
    assert 'doesn\'t have a resource type "nothings"' in shop.fails("get", "nothings")
    assert "shop" in shop("get", "deploy,svc", "--chunk-size=1")


def test_a_watch_shows_what_changes(shop: Kubectl) -> None:
    shop("create", "configmap", "seen")
    watching = shop.start("get", "configmaps", "--watch", "-o", "name")
    try:
        assert watching.stdout is not None
        assert "configmap/kube-root-ca.crt" in watching.stdout.readline()
        assert "configmap/seen" in watching.stdout.readline()
        shop("create", "configmap", "later")
        assert "configmap/later" in watching.stdout.readline()
    finally:
        watching.kill()
        watching.communicate()


def test_describe(shop: Kubectl, release: str) -> None:
    shop("apply", "-f", "-", stdin=ZOO)
    objects = (
        *("deployment/shop", "service/shop", "ingress/front", "networkpolicy/closed", "resourcequota/share"),
        *("pvc/disk", "limitrange/sizes", "statefulset/store", "daemonset/agent", "job/once"),
        *("cronjob/nightly", "poddisruptionbudget/two", "hpa/shop", "configmap/kube-root-ca.crt"),
        *("serviceaccount/default", "endpoints/shop"),
    )
    for name in objects:
        if name not in GONE.get(release, ()):
            told = shop("describe", name)
            assert re.search(rf"^Name:\s+{re.escape(name.partition('/')[2])}$", told, re.M), told
            assert "<unknown type" not in told and "%!" not in told
    pod = shop("describe", "pod", shop.names("pods")[0])
    for line in (
        "Successfully assigned",
        "Container image",
        "Started",
        "QoS Class:",
        "Ready             True",
    ):
        assert line in pod, pod
    assert re.search(
        r"Replicas:\s+2 desired \| 2 updated \| 2 total \| 2 available", shop("describe", "deploy")
    )
    assert "Endpoints:" in shop("describe", "service", "shop") and "ScalingReplicaSet" in shop(
        "describe", "deploy"
    )


def test_describe_what_has_no_namespace(shop: Kubectl) -> None:
    node = shop("describe", "nodes")
    for line in ("Allocated resources:", "Non-terminated Pods:", "KubeletReady", "PodCIDR"):
        assert line in node, node
    assert re.search(r"^Status:\s+Active$", shop("describe", "namespace", shop.namespace), re.M)
    assert "system-cluster-critical" in shop("describe", "priorityclasses")
    assert "nodes/proxy" in shop("describe", "clusterrole", "system:kubelet-api-admin")
    assert "Group  system:masters" in re.sub(
        " +", "  ", shop("describe", "clusterrolebinding", "cluster-admin")
    )


def test_explain(kubectl: Kubectl) -> None:
    told = kubectl("explain", "deployment.spec.strategy.rollingUpdate")
    assert "maxSurge" in told and "DESCRIPTION:" in told
    assert re.search(r"VERSION:\s+(apps/)?v1", told)
    recursive = kubectl("explain", "pod.spec", "--recursive")
    assert "containers" in recursive and "livenessProbe" in recursive
    assert 'field "nothing" does not exist' in kubectl.fails("explain", "pod.nothing")


def test_what_the_server_has(kubectl: Kubectl, release: str) -> None:
    resources = kubectl("api-resources")
    assert re.search(r"^deployments +deploy +apps/v1 +true +Deployment$", resources, re.M)
    assert "pods" in kubectl("api-resources", "--namespaced=true", "--verbs=list,get", "-o", "name").split()
    assert "ingresses.networking.k8s.io" in kubectl(
        "api-resources", "--api-group=networking.k8s.io", "-o", "name"
    )
    assert {"v1", "apps/v1", "batch/v1"} <= set(kubectl("api-versions").split())
    assert kubectl.json("version")["serverVersion"]["gitVersion"].startswith("v1.36.")
    assert "is running at" in kubectl("cluster-info")
    assert kubectl("config", "current-context").strip()


def test_top_shows_what_nodes_use(kubectl: Kubectl) -> None:
    head, *rows = kubectl("top", "nodes").splitlines()
    assert head.split()[0] == "NAME" and "CPU(cores)" in head and "MEMORY(bytes)" in head
    assert [row.split()[0] for row in rows] == ["node-1", "node-2"]
