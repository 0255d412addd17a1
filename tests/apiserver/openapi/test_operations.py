"""Operations follow from a resource's registry entry."""

from __future__ import annotations

import pytest
from wherry.apimachinery.gvk import GroupVersionKind
from wherry.apiserver.endpoints.openapi.operations import Operation, group_words, operations, tag
from wherry.apiserver.registry.resource import Resource, Subresource

PODS = Resource(
    kind="Pod",
    plural="pods",
    subresources=(
        Subresource("log", ("get",)),
        Subresource("eviction", ("create",), GroupVersionKind("policy", "v1", "Eviction")),
        Subresource("exec", ("create", "get"), GroupVersionKind("", "v1", "PodExecOptions")),
        Subresource("proxy", ("get",), GroupVersionKind("", "v1", "PodProxyOptions")),
    ),
)
NODES = Resource(kind="Node", plural="nodes", namespaced=False, verbs=("get", "list"))
ONE = "/api/v1/namespaces/{namespace}/pods/{name}"


def operation(resource: Resource, method: str, path: str) -> Operation:
    (found,) = [o for o in operations(resource) if (o.method, o.path) == (method, path)]
    return found


@pytest.mark.parametrize(
    ("method", "path", "operation_id", "action"),
    [
        ("get", "/api/v1/namespaces/{namespace}/pods", "listCoreV1NamespacedPod", "list"),
        ("get", "/api/v1/pods", "listCoreV1PodForAllNamespaces", "list"),
        ("post", "/api/v1/namespaces/{namespace}/pods", "createCoreV1NamespacedPod", "post"),
        (
            "delete",
            "/api/v1/namespaces/{namespace}/pods",
            "deleteCoreV1CollectionNamespacedPod",
            "deletecollection",
        ),
        ("get", ONE, "readCoreV1NamespacedPod", "get"),
        ("put", ONE, "replaceCoreV1NamespacedPod", "put"),
        ("patch", ONE, "patchCoreV1NamespacedPod", "patch"),
        ("get", ONE + "/log", "readCoreV1NamespacedPodLog", "get"),
        ("post", ONE + "/eviction", "createCoreV1NamespacedPodEviction", "post"),
        ("post", ONE + "/exec", "connectCoreV1PostNamespacedPodExec", "connect"),
        ("get", ONE + "/proxy/{path}", "connectCoreV1GetNamespacedPodProxyWithPath", "connect"),
        ("get", "/api/v1/watch/namespaces/{namespace}/pods/{name}", "watchCoreV1NamespacedPod", "watch"),
        ("get", "/api/v1/watch/pods", "watchCoreV1PodListForAllNamespaces", "watchlist"),
    ],
)
def test_ids_and_actions(method: str, path: str, operation_id: str, action: str) -> None:
    found = operation(PODS, method, path)
    assert (found.operation_id, found.action) == (operation_id, action)


def test_a_subresource_may_speak_another_kind() -> None:
    assert operation(PODS, "post", ONE + "/eviction").kind == GroupVersionKind("policy", "v1", "Eviction")
    assert operation(PODS, "get", ONE + "/log").kind == PODS.gvk


def test_only_the_verbs_of_a_resource_have_operations() -> None:
    found = [(o.method, o.path) for o in operations(NODES)]
    assert found == [("get", "/api/v1/nodes"), ("get", "/api/v1/nodes/{name}")]


@pytest.mark.parametrize(
    ("group", "words", "name"),
    [
        ("", "CoreV1", "core_v1"),
        ("apps", "AppsV1", "apps_v1"),
        ("rbac.authorization.k8s.io", "RbacAuthorizationV1", "rbacAuthorization_v1"),
        ("flowcontrol.apiserver.k8s.io", "FlowcontrolApiserverV1", "flowcontrolApiserver_v1"),
    ],
)
def test_groups_in_ids_and_tags(group: str, words: str, name: str) -> None:
    assert (group_words(group, "v1"), tag(group, "v1")) == (words, name)
