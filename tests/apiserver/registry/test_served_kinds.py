"""What is served: every stable group, once, with rows that fit their columns."""

from __future__ import annotations

from collections import Counter

import pytest
from wherry.apimachinery.schema import registry as schemas
from wherry.apiserver.registry.catalog import resources
from wherry.apiserver.registry.resource import Resource

GROUPS = {
    "admissionregistration.k8s.io": 6,
    "apiextensions.k8s.io": 1,
    "apiregistration.k8s.io": 1,
    "apps": 5,
    "authentication.k8s.io": 2,
    "authorization.k8s.io": 4,
    "autoscaling": 2,
    "batch": 2,
    "certificates.k8s.io": 1,
    "coordination.k8s.io": 1,
    "discovery.k8s.io": 1,
    "events.k8s.io": 1,
    "flowcontrol.apiserver.k8s.io": 2,
    "networking.k8s.io": 5,
    "node.k8s.io": 1,
    "policy": 1,
    "rbac.authorization.k8s.io": 4,
    "resource.k8s.io": 4,
    "scheduling.k8s.io": 1,
    "storage.k8s.io": 6,
}


def _label(resource: Resource) -> str:
    return f"{resource.api_version}/{resource.plural}"


def test_every_group_has_its_kinds() -> None:
    assert Counter(r.group for r in resources() if r.group) == GROUPS


def test_names_are_unique() -> None:
    served = Counter(_label(resource) for resource in resources())
    assert [name for name, count in served.items() if count > 1] == []


@pytest.mark.parametrize("resource", [r for r in resources() if r.group], ids=_label)
def test_every_kind_has_a_schema(resource: Resource) -> None:
    assert schemas.builtin(resource.group, resource.version, resource.kind) is not None


@pytest.mark.parametrize("resource", [r for r in resources() if r.group and not r.virtual], ids=_label)
def test_every_table_begins_with_a_name(resource: Resource) -> None:
    assert "Name" in [column.name for column in resource.columns]
