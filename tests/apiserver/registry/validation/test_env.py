"""Environment variables: names and where values come from."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import container_problems

ENV: dict[str, tuple[Any, list[str]]] = {
    "name and value": ([{"name": "A", "value": "b"}], []),
    "a relaxed name": ([{"name": "a.b-c d"}], []),
    "no name": ([{"value": "a"}], ["spec.containers[0].env[0].name: Required value"]),
    "name with an equals sign": (
        [{"name": "A=B"}],
        [
            (
                'spec.containers[0].env[0].name: Invalid value: "A=B": a valid '
                "environment variable name must consist only of printable ASCII "
                "characters other than '='"
            )
        ],
    ),
    "a field of the pod": ([{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}], []),
    "an unknown field": (
        [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.nope"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "
                '"status.nope": error converting fieldPath: field label not supported: '
                "status.nope"
            )
        ],
    ),
    "a known field that is not for environments": (
        [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported "
                'value: "status.phase": supported values: "metadata.name", '
                '"metadata.namespace", "metadata.uid", "spec.nodeName", '
                '"spec.serviceAccountName", "status.hostIP", "status.hostIPs", '
                '"status.podIP", "status.podIPs"'
            )
        ],
    ),
    "all labels": (
        [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported "
                'value: "metadata.labels": supported values: "metadata.name", '
                '"metadata.namespace", "metadata.uid", "spec.nodeName", '
                '"spec.serviceAccountName", "status.hostIP", "status.hostIPs", '
                '"status.podIP", "status.podIPs"'
            )
        ],
    ),
    "one label": ([{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}}], []),
    "one label with a bad key": (
        [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a b']"}}}],
        [
            (
                'spec.containers[0].env[0].valueFrom.fieldRef: Invalid value: "a b": '
                "name part must consist of alphanumeric characters, '-', '_' or '.', and "
                "must start and end with an alphanumeric character (e.g. 'MyName',  or "
                "'my.name',  or '123-abc', regex used for validation is "
                "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            )
        ],
    ),
    "a subscript of something else": (
        [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name['a']"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "
                "\"metadata.name['a']\": error converting fieldPath: field label does "
                "not support subscript: metadata.name"
            )
        ],
    ),
    "another version of the pod": (
        [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v2", "fieldPath": "metadata.name"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "
                '"metadata.name": error converting fieldPath: unsupported pod version: v2'
            )
        ],
    ),
    "a resource": (
        [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}}],
        [],
    ),
    "an unknown resource": (
        [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.nope"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: "
                'Unsupported value: "limits.nope": supported values: "limits.cpu", '
                '"limits.ephemeral-storage", "limits.memory", "requests.cpu", '
                '"requests.ephemeral-storage", "requests.memory"'
            )
        ],
    ),
    "a divisor that does not fit cpu": (
        [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid "
                'value: "limits.cpu": only divisor\'s values 1m and 1 are supported with '
                "the cpu resource"
            )
        ],
    ),
    "a divisor that does not fit memory": (
        [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "requests.memory", "divisor": "2Mi"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid "
                'value: "requests.memory": only divisor\'s values 1, 1k, 1M, 1G, 1T, 1P, '
                "1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource"
            )
        ],
    ),
    "a key of a map without name": (
        [{"name": "A", "valueFrom": {"configMapKeyRef": {"key": "a"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.configMapKeyRef.name: Invalid "
                'value: "": a lowercase RFC 1123 subdomain must consist of lower case '
                "alphanumeric characters, '-' or '.', and must start and end with an "
                "alphanumeric character (e.g. 'example.com', regex used for validation "
                "is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        ],
    ),
    "a key of a secret without key": (
        [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s"}}}],
        ["spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value"],
    ),
    "a bad key": (
        [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a/b"}}}],
        [
            (
                "spec.containers[0].env[0].valueFrom.secretKeyRef.key: Invalid value: "
                '"a/b": a valid config key must consist of alphanumeric characters, '
                "'-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex "
                "used for validation is '[-._a-zA-Z0-9]+')"
            )
        ],
    ),
    "a value and a source": (
        [{"name": "A", "value": "b", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
        [
            (
                'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be '
                "specified when `value` is not empty"
            )
        ],
    ),
    "two sources": (
        [
            {
                "name": "A",
                "valueFrom": {
                    "secretKeyRef": {"name": "s", "key": "k"},
                    "configMapKeyRef": {"name": "s", "key": "k"},
                },
            }
        ],
        [
            (
                'spec.containers[0].env[0].valueFrom: Invalid value: "": may not have '
                "more than one field specified at a time"
            )
        ],
    ),
    "no source": (
        [{"name": "A", "valueFrom": {}}],
        [
            (
                'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify '
                "one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
                "`secretKeyRef` or `fileKeyRef`"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), ENV.values(), ids=ENV)
def test_env(given: Any, problems: list[str]) -> None:
    assert container_problems({"env": given}) == problems


FILE = {"volumeName": "v", "path": "app.env", "key": "A"}
FILES: dict[str, tuple[Any, Any, list[str]]] = {
    "in an empty directory": (FILE, {"emptyDir": {}}, []),
    "named as hidden files are": ({**FILE, "path": "/..app"}, {"emptyDir": {}}, []),
    "further up": (
        {**FILE, "path": "../app.env"},
        {"emptyDir": {}},
        [
            (
                "spec.containers[0].env[0].valueFrom.fileKeyRef.path: Invalid value: "
                "\"../app.env\": must not contain '..'"
            )
        ],
    ),
    "in another volume": (
        FILE,
        {"configMap": {"name": "m"}},
        [
            (
                'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "v": '
                "referenced volume must be of type emptyDir"
            )
        ],
    ),
    "in no volume": (
        {**FILE, "volumeName": "w"},
        {"emptyDir": {}},
        ['spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: "w"'],
    ),
}


@pytest.mark.parametrize(("ref", "source", "problems"), FILES.values(), ids=FILES)
def test_files_of_variables(ref: Any, source: Any, problems: list[str]) -> None:
    env = [{"name": "A", "valueFrom": {"fileKeyRef": ref}}]
    assert container_problems({"env": env}, volumes=[{"name": "v", **source}]) == problems


ENV_FROM: dict[str, tuple[Any, list[str]]] = {
    "a map": ([{"configMapRef": {"name": "m"}, "prefix": "A_"}], []),
    "a map without name": (
        [{"configMapRef": {}}],
        ["spec.containers[0].envFrom[0].configMapRef.name: Required value"],
    ),
    "a bad name": (
        [{"secretRef": {"name": "A_B"}}],
        [
            (
                'spec.containers[0].envFrom[0].secretRef.name: Invalid value: "A_B": a '
                "lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
                "characters, '-' or '.', and must start and end with an alphanumeric "
                "character (e.g. 'example.com', regex used for validation is "
                "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            )
        ],
    ),
    "a bad prefix": (
        [{"secretRef": {"name": "a"}, "prefix": "a="}],
        [
            (
                'spec.containers[0].envFrom[0].prefix: Invalid value: "a=": a valid '
                "environment variable name must consist only of printable ASCII "
                "characters other than '='"
            )
        ],
    ),
    "nothing": (
        [{"prefix": "a"}],
        [
            (
                'spec.containers[0].envFrom: Invalid value: "": must specify one of: '
                "`configMapRef` or `secretRef`"
            )
        ],
    ),
    "both": (
        [{"configMapRef": {"name": "m"}, "secretRef": {"name": "a"}}],
        [
            (
                'spec.containers[0].envFrom: Invalid value: "": may not have more than '
                "one field specified at a time"
            )
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), ENV_FROM.values(), ids=ENV_FROM)
def test_env_from(given: Any, problems: list[str]) -> None:
    assert container_problems({"envFrom": given}) == problems
