"""NamespaceLifecycle."""

from __future__ import annotations

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.admission.namespace_lifecycle import IMMORTALITY, PLUGIN

from tests.apiserver.admission.support import attributes, mutate, refusal, validate
from tests.apiserver.readers import MapReader

CONFIG_MAP = {"metadata": {"name": "x"}}


def reader(phase: str = "Active") -> MapReader:
    out = MapReader()
    out.put("", "namespaces", "ns", status={"phase": phase})
    return out


def test_a_missing_namespace_is_not_found() -> None:
    with pytest.raises(StatusError) as caught:
        mutate(PLUGIN, attributes("configmaps"), CONFIG_MAP, MapReader())
    assert (caught.value.code, caught.value.message) == (404, 'namespaces "ns" not found')


def test_nothing_new_in_a_namespace_that_goes_away() -> None:
    with pytest.raises(StatusError) as caught:
        mutate(PLUGIN, attributes("configmaps"), CONFIG_MAP, reader("Terminating"))
    assert caught.value.message == (
        'configmaps "x" is forbidden: unable to create new content in namespace ns because it is '
        "being terminated"
    )
    assert caught.value.details is not None
    assert caught.value.details["causes"][0]["reason"] == "NamespaceTerminating"


def test_what_is_there_may_still_change() -> None:
    mutate(PLUGIN, attributes("configmaps", "UPDATE"), CONFIG_MAP, reader("Terminating"))


def test_cluster_scoped_objects_need_no_namespace() -> None:
    mutate(PLUGIN, attributes("nodes", namespace=""), CONFIG_MAP, MapReader())


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_some_namespaces_never_go_away(name: str) -> None:
    attrs = attributes("namespaces", "DELETE", namespace="", name=name)
    assert refusal(IMMORTALITY.validate, attrs, None, reader()) == "this namespace may not be deleted"


def test_others_do() -> None:
    validate(
        IMMORTALITY, attributes("namespaces", "DELETE", namespace="", name="kube-node-lease"), None, reader()
    )
