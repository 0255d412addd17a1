"""kubectl of three releases: kinds that a CustomResourceDefinition brings."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

OLD = "1.20"
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: cups.tea.example.com}
spec:
  group: tea.example.com
  scope: Namespaced
  names: {plural: cups, singular: cup, kind: Cup, shortNames: [cp], categories: [tea]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            description: What the cup is like.
            required: [size]
            properties:
              size: {type: integer, maximum: 5, description: How much goes in.}
              replicas: {type: integer, default: 1}
              kind: {type: string, enum: [mug, glass], default: mug}
            x-kubernetes-validations:
            - {rule: "self.kind != 'glass' || self.size < 4", message: no glass is that big}
          status: {type: object, properties: {replicas: {type: integer}}}
"""
CUP = """
apiVersion: tea.example.com/v1
kind: Cup
metadata: {name: mine}
spec: {size: %s}
"""


@pytest.fixture(scope="module")
def cups(admin: Kubectl) -> Iterator[None]:
    admin("apply", "-f", "-", stdin=DEFINITION)
    admin("wait", "--for=condition=Established", "crd/cups.tea.example.com", "--timeout=10s")
    yield
    admin("delete", "crd", "cups.tea.example.com", "--timeout=30s")


@pytest.fixture
def mine(cups: None, kubectl: Kubectl) -> Kubectl:
    until(lambda: kubectl.run("apply", "-f", "-", stdin=CUP % 2).returncode == 0, 10)
    return kubectl


def test_it_is_shown_like_any_other(mine: Kubectl) -> None:
    head, row = mine("get", "cp").splitlines()
    assert head.split() == ["NAME", "SIZE", "AGE"] and row.split()[:2] == ["mine", "2"]
    assert "cup.tea.example.com/mine" in mine("get", "tea", "-o", "name")
    assert mine.json("get", "cup", "mine")["spec"] == {"size": 2, "replicas": 1, "kind": "mug"}
    assert re.search(r"Size: +2", mine("describe", "cups.tea.example.com", "mine"))
    assert re.search(r"^cups +cp +tea.example.com/v1 +true +Cup$", mine("api-resources"), re.M)


def test_it_is_explained(mine: Kubectl) -> None:
    assert "What the cup is like." in until(lambda: mine.run("explain", "cup.spec").stdout)
    assert "How much goes in." in mine("explain", "cup.spec.size")
    assert "replicas" in mine("explain", "cup", "--recursive")


def test_it_is_changed(mine: Kubectl) -> None:
    assert mine("apply", "-f", "-", stdin=CUP % 2) == "cup.tea.example.com/mine unchanged\n"
    assert mine("apply", "-f", "-", stdin=CUP % 3) == "cup.tea.example.com/mine configured\n"
    mine("label", "cup", "mine", "tier=front")
    mine("patch", "cup", "mine", "--type=merge", "-p", '{"spec": {"kind": "glass"}}')
    mine("scale", "cup", "mine", "--replicas=4")
    assert mine.json("get", "cup", "mine")["spec"] == {"size": 3, "replicas": 4, "kind": "glass"}
    mine("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=CUP % 1)
    assert mine.path("get", "cup", "mine", at=".spec.size") == "1"
    done = mine.run("diff", "-f", "-", stdin=CUP % 2)
    assert "-  size: 1" in done.stdout and "+  size: 2" in done.stdout


def test_it_is_refused(mine: Kubectl) -> None:
    assert "should be less than or equal to 5" in mine.fails("apply", "-f", "-", stdin=CUP % 9)
    glass = '{"spec": {"kind": "glass", "size": 4}}'
    told = mine.fails("patch", "cup", "mine", "--type=merge", "-p", glass)
    assert "no glass is that big" in told
    told = mine.fails("patch", "cup", "mine", "-p", "{}", "--type=strategic")
    assert "strategic" in told or "accepted media types include: application/json-patch+json" in told


def test_it_goes(mine: Kubectl, release: str) -> None:
    mine("delete", "cup", "mine")
    assert 'cups.tea.example.com "mine" not found' in mine.fails("get", "cup", "mine")
