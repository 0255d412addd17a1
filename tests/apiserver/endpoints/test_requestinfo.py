"""What a URL and a method ask for."""

from __future__ import annotations

import pytest
from wherry.apiserver.endpoints.requestinfo import RequestInfo, parse


@pytest.mark.parametrize(
    ("path", "group", "version", "namespace", "resource", "name", "subresource"),
    [
        ("/api/v1/pods", "", "v1", "", "pods", "", ""),
        ("/api/v1/namespaces", "", "v1", "", "namespaces", "", ""),
        ("/api/v1/namespaces/a", "", "v1", "a", "namespaces", "a", ""),
        ("/api/v1/namespaces/a/status", "", "v1", "a", "namespaces", "a", "status"),
        ("/api/v1/namespaces/a/finalize", "", "v1", "a", "namespaces", "a", "finalize"),
        ("/api/v1/namespaces/a/pods", "", "v1", "a", "pods", "", ""),
        ("/api/v1/namespaces/a/pods/p", "", "v1", "a", "pods", "p", ""),
        ("/api/v1/namespaces/a/pods/p/log", "", "v1", "a", "pods", "p", "log"),
        ("/apis/apps/v1/deployments", "apps", "v1", "", "deployments", "", ""),
        ("/apis/apps/v1/namespaces/a/deployments/d/scale", "apps", "v1", "a", "deployments", "d", "scale"),
    ],
)
def test_a_resource_path(
    path: str, group: str, version: str, namespace: str, resource: str, name: str, subresource: str
) -> None:
    info = parse("GET", path)
    assert (info.group, info.version) == (group, version)
    assert (info.namespace, info.resource) == (namespace, resource)
    assert (info.name, info.subresource) == (name, subresource)


@pytest.mark.parametrize("path", ["/", "/healthz", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1"])
def test_anything_shorter_is_no_resource(path: str) -> None:
    assert parse("GET", path) == RequestInfo("get")
    assert parse("POST", path).resource == ""


@pytest.mark.parametrize(
    ("method", "path", "verb"),
    [
        ("GET", "/api/v1/pods", "list"),
        ("HEAD", "/api/v1/pods", "list"),
        ("GET", "/api/v1/namespaces/a/pods/p", "get"),
        ("POST", "/api/v1/namespaces/a/pods", "create"),
        ("PUT", "/api/v1/namespaces/a/pods/p", "update"),
        ("PATCH", "/api/v1/namespaces/a/pods/p", "patch"),
        ("DELETE", "/api/v1/namespaces/a/pods/p", "delete"),
        ("DELETE", "/api/v1/namespaces/a/pods", "deletecollection"),
        ("OPTIONS", "/api/v1/namespaces/a/pods", ""),
        ("FOO", "/api/v1/namespaces/a/pods", ""),
        ("FOO", "/version", "foo"),
    ],
)
def test_the_verb_follows_from_method_and_name(method: str, path: str, verb: str) -> None:
    assert parse(method, path).verb == verb


def test_a_watch_comes_by_query_or_by_prefix() -> None:
    by_query = parse("GET", "/api/v1/namespaces/a/pods", True)
    assert (by_query.verb, by_query.watch_prefix) == ("watch", False)
    by_prefix = parse("GET", "/api/v1/watch/namespaces/a/pods/p")
    assert (by_prefix.verb, by_prefix.resource, by_prefix.name) == ("watch", "pods", "p")
    assert by_prefix.watch_prefix


def test_a_trailing_slash_changes_nothing() -> None:
    assert parse("GET", "/api/v1/pods/") == parse("GET", "/api/v1/pods")


def test_what_follows_a_subresource_is_kept_for_proxies() -> None:
    info = parse("GET", "/api/v1/namespaces/a/services/s/proxy/deep/path")
    assert (info.subresource, info.rest) == ("proxy", "deep/path")


@pytest.mark.parametrize(
    ("path", "gaps"),
    [("/api/v1/namespaces//pods", True), ("/api/v1/pods//", False), ("/api/v1/namespaces/a/pods/p", False)],
)
def test_an_empty_segment_is_told(path: str, gaps: bool) -> None:
    assert parse("GET", path).gaps == gaps


def test_a_query_watches_no_single_object() -> None:
    assert parse("GET", "/api/v1/namespaces/a/pods/p", True).verb == "get"
