"""Definitions of the kinds that these tests make up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.conformance.api import Api, Object, unique
from tests.e2e.waiting import until

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ANYTHING: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


class Custom(NamedTuple):
    """One definition, and where its objects are."""

    api: Api
    group: str
    plural: str
    kind: str
    version: str
    namespaced: bool

    @property
    def name(self) -> str:
        return f"{self.plural}.{self.group}"

    @property
    def definition(self) -> str:
        """The path of the definition itself."""
        return f"{DEFINITIONS}/{self.name}"

    def path(self, namespace: str = "", name: str = "", version: str = "") -> str:
        """Of the objects of a namespace, or one of them."""
        root = f"/apis/{self.group}/{version or self.version}"
        within = f"/namespaces/{namespace}" if namespace else ""
        return f"{root}{within}/{self.plural}" + (f"/{name}" if name else "")

    def obj(self, name: str, version: str = "", **fields: Any) -> Object:
        api_version = f"{self.group}/{version or self.version}"
        return {"apiVersion": api_version, "kind": self.kind, "metadata": {"name": name}, **fields}

    def schema(self, schema: Object, version: int = 0) -> None:
        """Replaces the schema of a version. It is in force when this returns."""
        operation = {"op": "replace", "path": f"/spec/versions/{version}/schema/openAPIV3Schema"}
        self.api.patch(self.definition, [{**operation, "value": schema}], "application/json-patch+json")


def version(name: str, schema: Object | None = None, *, storage: bool = True, **more: Any) -> Object:
    body = {"openAPIV3Schema": ANYTHING if schema is None else schema}
    return {"name": name, "served": True, "storage": storage, "schema": body, **more}


def body(names: Custom, versions: list[Object], **spec: Any) -> Object:
    scope = "Namespaced" if names.namespaced else "Cluster"
    kinds = {"plural": names.plural, "singular": names.plural[:-1], "kind": names.kind}
    kinds["listKind"] = f"{names.kind}List"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": names.name},
        "spec": {"group": names.group, "scope": scope, "names": kinds, "versions": versions, **spec},
    }


def named(api: Api, versions: list[Object], *, group: str = "", namespaced: bool = True) -> Custom:
    word = unique("e2e-test-crd")
    group = group or f"{unique('group')}.example.com"
    return Custom(api, group, f"{word}s", f"E2e-test-{word}-crd", versions[0]["name"], namespaced)


def establish(
    api: Api, versions: list[Object], *, group: str = "", namespaced: bool = True, **spec: Any
) -> Custom:
    """Returns when the objects can be listed."""
    found = named(api, versions, group=group, namespaced=namespaced)
    api.create(DEFINITIONS, body(found, versions, **spec))
    until(lambda: established(api.get(found.definition)), what="the definition's establishment")
    until(lambda: api.ask("GET", found.path()).code == 200, what="the new path")
    return found


def established(definition: Object) -> bool:
    conditions = definition["status"].get("conditions") or []
    return {"Established": "True", "NamesAccepted": "True"}.items() <= {
        condition["type"]: condition["status"] for condition in conditions
    }.items()


@contextmanager
def defined(api: Api, *versions: Object, **options: Any) -> Iterator[Custom]:
    """A kind for the length of a `with`: by default `v1`, that holds anything."""
    found = establish(api, list(versions) or [version("v1")], **options)
    yield found
    api.delete(found.definition)
    until(lambda: api.gone(found.definition), what="the definition's end")
