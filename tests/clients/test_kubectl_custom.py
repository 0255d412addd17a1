"""kubectl of three releases with a kind of the user's own: explain, validation, apply, withdrawal."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from tests.e2e.kubectl import Kubectl

BOUND = 10.0
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: PLURAL.GROUP}
spec:
  group: GROUP
  scope: Namespaced
  names: {plural: PLURAL, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        description: Widget for testing
        properties:
          spec:
            type: object
            description: Specification of Widget
            properties:
              bars:
                description: List of Bars.
                type: array
                items:
                  type: object
                  required: [name]
                  properties:
                    name: {description: Name of Bar., type: string}
                    feeling: {type: string, enum: [Great, Down]}
                    port: {x-kubernetes-int-or-string: true}
                    size: {type: integer, nullable: true, maximum: 3}
"""


@pytest.fixture
def plural(kubectl: Kubectl) -> Iterator[str]:
    """The definition is in place. kubectl keeps what it has seen of the server: no two tests share a name."""
    name, group = kubectl.namespace.replace("-", ""), f"{kubectl.namespace}.example.com"
    kubectl("create", "-f", "-", stdin=DEFINITION.replace("GROUP", group).replace("PLURAL", name))
    kubectl("wait", f"crd/{name}.{group}", "--for=condition=Established")
    yield name
    kubectl("delete", "crd", f"{name}.{group}")


def widget(kubectl: Kubectl, spec: str) -> str:
    group = f"{kubectl.namespace}.example.com"
    return f"apiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: a}}\nspec: {spec}\n"


def explained(kubectl: Kubectl, path: str, pattern: str) -> None:
    """kubectl keeps what the server has for a while, the older ones their schemas too."""
    until = time.monotonic() + BOUND
    while not re.search(pattern, text := kubectl.run("explain", path).stdout, re.S):
        assert time.monotonic() < until, text


def test_explain(kubectl: Kubectl, plural: str) -> None:
    fields = "apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*Specification of Widget"
    explained(kubectl, plural, f"Widget for testing.*{fields}")
    metadata = "creationTimestamp.*<string>.*CreationTimestamp is a timestamp"
    explained(kubectl, f"{plural}.metadata", f"Standard object's metadata.*{metadata}")
    explained(kubectl, f"{plural}.spec.bars", "List of Bars.*name.*<string>.*Name of Bar")
    assert 'field "bars2" does not exist' in kubectl.fails("explain", f"{plural}.spec.bars2")


def test_values_are_checked_and_applied(kubectl: Kubectl, plural: str) -> None:
    good = widget(kubectl, "{bars: [{name: x, feeling: Great, port: 80%, size: null}]}")
    kubectl("create", "-f", "-", "--save-config", stdin=good)
    created = {"name": "x", "feeling": "Great", "port": "80%", "size": None}
    assert kubectl.json("get", plural, "a")["spec"]["bars"] == [created]
    kubectl("apply", "-f", "-", stdin=good.replace("80%", "80"))
    assert kubectl.json("get", plural, "a")["spec"]["bars"][0]["port"] == 80
    for spec, why in (
        ("{bars: [{name: x, feeling: Odd}]}", "feeling"),
        ("{bars: [{feeling: Great}]}", "name"),
        ("{bars: [{name: x, size: 4}]}", "size"),
        ("{foo: true}", "foo"),
    ):
        assert why in kubectl.fails("apply", "-f", "-", stdin=widget(kubectl, spec))
