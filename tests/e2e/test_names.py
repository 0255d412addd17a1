"""Names of Services and pods, asked by the programs of pods."""

from __future__ import annotations

from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

SHOP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: demo}
spec:
  selector: {matchLabels: {app: demo}}
  template:
    metadata: {labels: {app: demo}}
    spec:
      hostname: counter
      subdomain: shop
      containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: demo}
spec: {selector: {app: demo}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {clusterIP: None, selector: {app: demo}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: alias}
spec: {type: ExternalName, externalName: kubernetes.default.svc.cluster.local}
"""


def said(kubectl: Kubectl, script: str) -> str:
    """What a shell in a pod prints."""
    kubectl("run", "asker", "--image=busybox", "--restart=Never", "--", "sh", "-c", script)
    kubectl("wait", "pod/asker", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=30s")
    return kubectl("logs", "asker")


def test_pods_find_services_and_each_other_by_name(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=SHOP)
    kubectl("rollout", "status", "deployment/demo", "--timeout=45s")
    until(lambda: kubectl.ready_endpoints("demo") and kubectl.ready_endpoints("shop"), what="endpoints")
    address = kubectl.path("get", "service", "demo", at=".spec.clusterIP")
    pod = kubectl.path("get", "pod", "-l", "app=demo", at=".items[0].status.podIP")
    api = kubectl.path("get", "service", "kubernetes", "-n", "default", at=".spec.clusterIP")
    space = kubectl.namespace
    names = {
        "demo": address,
        f"demo.{space}": address,
        f"demo.{space}.svc.cluster.local": address,
        "shop": pod,
        "counter.shop": pod,
        "alias": api,
        f"{pod.replace('.', '-')}.{space}.pod.cluster.local": pod,
    }
    fetch = "; wget -qO- http://demo/ | grep -o '<h1>.*</h1>'"
    printed = said(kubectl, "; ".join(f"getent hosts {name}" for name in names) + fetch).splitlines()
    assert [line.split()[0] for line in printed[:-1]] == list(names.values())
    assert "Welcome to nginx" in printed[-1]


def test_a_name_that_is_not_there(kubectl: Kubectl) -> None:
    space = kubectl.namespace
    assert said(kubectl, f"getent hosts absent.{space}.svc.cluster.local. || echo $?") == "2\n"
