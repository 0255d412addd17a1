"""Ingress: hosts, paths, backends, classes, table."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

CLASS_NOTE = "kubernetes.io/ingress.class"
INGRESS = Kind("networking.k8s.io", "v1", "Ingress")
SERVICE = {"service": {"name": "s", "port": {"number": 80}}}


def body(host: str = "a.example.com", **path: Any) -> dict[str, Any]:
    entry = {"path": "/", "pathType": "Prefix", "backend": SERVICE, **path}
    return {"spec": {"rules": [{"host": host, "http": {"paths": [entry]}}]}}


def test_a_plain_ingress_is_valid() -> None:
    assert INGRESS.problems(body()) == []


def test_something_must_be_routed() -> None:
    problem = "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"
    assert INGRESS.problems({"spec": {}}) == [problem]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ({"path": "x"}, 'path: Invalid value: "x": must be an absolute path'),
        ({"path": "/a//b"}, "path: Invalid value: \"/a//b\": must not contain '//'"),
        ({"path": "/a/.."}, "path: Invalid value: \"/a/..\": cannot end with '/..'"),
        (
            {"pathType": "Regex"},
            'pathType: Unsupported value: "Regex": '
            'supported values: "Exact", "ImplementationSpecific", "Prefix"',
        ),
        ({"backend": {}}, 'backend: Invalid value: "": resource or service backend is required'),
        (
            {"backend": {**SERVICE, "resource": {"kind": "B", "name": "b"}}},
            'backend: Invalid value: "": cannot set both resource and service backends',
        ),
        ({"backend": {"service": {"name": "s"}}}, "backend: Required value: port name or number is required"),
        (
            {"backend": {"service": {"name": "s", "port": {"number": 70000}}}},
            "backend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        ({"backend": {"resource": {"name": "b"}}}, "backend.resource.kind: Required value"),
    ],
)
def test_paths_and_backends(path: dict[str, Any], problem: str) -> None:
    assert INGRESS.problems(body(**path)) == [f"spec.rules[0].http.paths[0].{problem}"]


def test_hosts_are_names() -> None:
    problem = 'spec.rules[0].host: Invalid value: "192.0.2.1": must be a DNS name, not an IP address'
    assert INGRESS.problems(body("192.0.2.1")) == [problem]
    assert INGRESS.problems(body("*.example.com")) == []


def test_the_old_annotation_must_agree_when_created() -> None:
    meta = {"name": "a", "annotations": {"kubernetes.io/ingress.class": "old"}}
    both = {"metadata": meta, "spec": {**body()["spec"], "ingressClassName": "new"}}
    (problem,) = INGRESS.problems(both)
    assert problem.endswith('"old": must match `ingressClassName` when both are specified')
    assert INGRESS.update_problems(both, both) == []
    assert INGRESS.warnings({**body(), "metadata": meta}) == [
        "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"
    ]


def test_addresses_in_the_status() -> None:
    status = {"loadBalancer": {"ingress": [{"ip": "x"}]}}
    (problem,) = INGRESS.update_problems(body(), {**body(), "status": status}, "status")
    assert problem.startswith('status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP')


@pytest.mark.parametrize(
    ("hosts", "shown"),
    [([""], "*"), (["a", "b"], "a,b"), (["a", "b", "c", "d"], "a,b,c + 1 more...")],
)
def test_hosts_in_a_table(hosts: list[str], shown: str) -> None:
    rules = [{"host": host, "http": {"paths": []}} for host in hosts]
    points = [{"hostname": "h"}, {"ip": "192.0.2.2"}]
    row = INGRESS.cells(
        {"spec": {"rules": rules, "tls": [{}]}, "status": {"loadBalancer": {"ingress": points}}}
    )
    assert row == ["a", "<none>", shown, "192.0.2.2,h", "80, 443", "0s"]


def test_an_update_is_not_warned_about_but_addresses_of_its_status_are() -> None:
    old = INGRESS.created({**body(), "metadata": {"name": "a", "annotations": {CLASS_NOTE: "x"}}})
    assert INGRESS.strategy.warnings(INGRESS.context, old, old) == []
    new = {**old, "status": {"loadBalancer": {"ingress": [{"ip": "010.0.0.1"}, {"hostname": "h"}]}}}
    assert INGRESS.strategy.status_warnings(INGRESS.context, new, old) == [
        'status.loadBalancer.ingress[0]: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"'
    ]
