"""An operator built with kopf: children, updates, finalizers, timers, and what it does after a restart."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clients import kettle_operator as program
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

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
    subresources: {status: {}}
    additionalPrinterColumns: [{name: Litres, type: integer, jsonPath: .spec.litres}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [litres]
            properties: {litres: {type: integer, maximum: 5}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""
KETTLE = """
apiVersion: tea.example.com/v1
kind: Kettle
metadata: {name: mine}
spec: {litres: %d}
"""


@pytest.fixture
def kubectl(admin: Kubectl, namespace: str) -> Iterator[Kubectl]:
    """In a namespace of a cluster that knows Kettles."""
    admin("apply", "-f", "-", stdin=DEFINITION)
    admin("wait", "--for=condition=Established", "crd/kettles.tea.example.com", "--timeout=10s")
    yield Kubectl(admin.binary, admin.kubeconfig, namespace)
    admin("delete", "crd", "kettles.tea.example.com", "--timeout=30s")


@contextmanager
def operator(kubectl: Kubectl, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`kopf run` until the `with` ends; its log goes into a failure's message."""
    command = ["-m", "kopf", "run", "--standalone", f"--namespace={kubectl.namespace}", str(program.__file__)]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=out,
            stderr=out,
            env=os.environ | {"KUBECONFIG": str(kubectl.kubeconfig)},
        )
        try:
            yield process
        except BaseException:
            print(log.read_text())
            raise
        finally:
            process.terminate()
            process.wait(20)


def kettle(kubectl: Kubectl) -> Any:
    return kubectl.json("get", "kettle", "mine")


def litres(kubectl: Kubectl) -> str:
    return kubectl.run("get", "configmap", "mine", "-o", "jsonpath={.data.litres}").stdout


def test_an_operator_and_its_kettles(kubectl: Kubectl, tmp_path: Path) -> None:
    with operator(kubectl, tmp_path / "log"):
        kubectl("apply", "-f", "-", stdin=KETTLE % 2)
        until(lambda: litres(kubectl) == "2")
        made = until(lambda: kettle(kubectl)["status"].get("create") and kettle(kubectl))
        assert made["status"]["create"] == {"state": "made"}
        assert made["metadata"]["finalizers"] == ["tea.example.com/kopf"]
        (owner,) = kubectl.json("get", "configmap", "mine")["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"]) == ("Kettle", made["metadata"]["uid"])
        until(lambda: kettle(kubectl)["status"].get("ticks") == 3)
        until(lambda: "Boiling" in kubectl("get", "events", "--field-selector", "involvedObject.kind=Kettle"))
        kubectl("apply", "-f", "-", stdin=KETTLE % 3)
        until(lambda: litres(kubectl) == "3")
        assert kubectl("get", "kettles").split() == ["NAME", "LITRES", "mine", "3"]
        assert "should be less than or equal to 5" in kubectl.fails("apply", "-f", "-", stdin=KETTLE % 9)

    kubectl("patch", "kettle", "mine", "--type=merge", "-p", '{"spec": {"litres": 4}}')
    with operator(kubectl, tmp_path / "log"):
        until(lambda: litres(kubectl) == "4")
        until(lambda: kettle(kubectl)["status"].get("resumed"))
        kubectl("delete", "kettle", "mine", "--timeout=30s")
        assert "mine-was-here" in kubectl.names("configmap")
        until(lambda: "mine" not in kubectl.names("configmap"))
