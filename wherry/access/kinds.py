"""Finds the resource a user means: `po`, `pods`, `Pod`, `deploy`, `deployments.apps`,
`deployments.v1.apps`."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from ..apimachinery.gvk import GroupVersionResource
from ..client.client import Client
from ..client.discovery import ACCEPT, ROOTS
from ..client.errors import from_answer
from ..errors import CliError


class Kind(NamedTuple):
    """One served resource with the names it answers to."""

    resource: GroupVersionResource
    kind: str
    names: frozenset[str]
    """Lower case: plural, singular, short names, kind."""
    categories: frozenset[str]
    verbs: frozenset[str]

    @property
    def full(self) -> str:
        """`deployment.apps`, `pod`: how kubectl names an object of it."""
        return f"{self.kind.lower()}.{self.resource.group}" if self.resource.group else self.kind.lower()


class Kinds:
    """Every served resource, in the server's order of preference."""

    def __init__(self, found: list[Kind]) -> None:
        self.all = found

    def find(self, text: str) -> Kind:
        """The first that answers to `text`; CliError when none does."""
        name, _, rest = text.lower().partition(".")
        for kind in self.all:
            if name in kind.names and _matches(kind.resource, rest):
                return kind
        raise CliError(f'the server has no resource type "{text}" (`wherry get --help` says how to name one)')

    def category(self, text: str) -> list[Kind]:
        """The resources of a category such as `all`, each once."""
        return [kind for kind in self.all if text in kind.categories]

    def of(self, obj: dict[str, Any]) -> Kind:
        """The resource of an object; CliError when its kind is not served."""
        version, name = obj.get("apiVersion", ""), obj.get("kind", "")
        for kind in self.all:
            if kind.kind == name and kind.resource.api_version == version:
                return kind
        raise CliError(f'no matches for kind "{name}" in version "{version}": is its CRD installed?')


def _matches(r: GroupVersionResource, rest: str) -> bool:
    """`rest` is empty, `GROUP` or `VERSION.GROUP`."""
    return rest in ("", r.group, f"{r.version}.{r.group}") if r.group else rest in ("", r.version)


async def discover(client: Client) -> Kinds:
    """Asks the server what it serves: one request per root."""
    found: list[Kind] = []
    for root in ROOTS:
        code, _, body = await client.raw("GET", root, headers={"Accept": ACCEPT})
        if code >= 300:
            raise from_answer(code, body)
        for group in orjson.loads(body).get("items") or ():
            found += _group(group)
    return Kinds(found)


def _group(group: dict[str, Any]) -> list[Kind]:
    name = group["metadata"].get("name", "")
    return [
        _kind(
            GroupVersionResource(
                name, version["version"], entry["resource"], entry.get("scope") == "Namespaced"
            ),
            entry,
        )
        for version in group.get("versions") or ()
        for entry in version.get("resources") or ()
    ]


def _kind(r: GroupVersionResource, entry: dict[str, Any]) -> Kind:
    kind = (entry.get("responseKind") or {}).get("kind", "")
    names = {r.resource, entry.get("singularResource", ""), kind.lower(), *(entry.get("shortNames") or ())}
    return Kind(
        r,
        kind,
        frozenset(names - {""}),
        frozenset(entry.get("categories") or ()),
        frozenset(entry.get("verbs") or ()),
    )
