"""The operations of every resource, derived from its registry entry; neutral between OpenAPI 2 and 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ....apimachinery.gvk import GroupVersionKind
from ....apimachinery.schema import facts
from ...registry.resource import Resource, Subresource
from .parameters import CUSTOM_PARAMETERS, VERB_PARAMETERS

STATUS = "meta.v1.Status"
WATCH_EVENT = "meta.v1.WatchEvent"
DELETE_OPTIONS = "meta.v1.DeleteOptions"
TEXT = "string"
CUSTOM = "custom:"
"""What the names of custom kinds' definitions begin with."""


class Operation(NamedTuple):
    path: str
    method: str
    operation_id: str
    tag: str
    action: str = ""
    kind: GroupVersionKind | None = None
    parameters: tuple[str, ...] = ()
    """Names in `parameters.QUERY`; path parameters follow from the path."""
    body: str = ""
    """The definition a request carries; `patch` for patches."""
    response: str = ""
    """The definition of the answer, or `string`."""
    created: bool = False
    """Whether 201 and 202 are possible answers."""
    custom: bool = False
    """Of a custom resource, which knows no strategic merge and names what it takes."""


class Verb(NamedTuple):
    method: str
    action: str
    word: str
    """What the operation's id begins with."""


COLLECTION = {
    "list": Verb("get", "list", "list"),
    "create": Verb("post", "post", "create"),
    "deletecollection": Verb("delete", "deletecollection", "delete"),
}
ITEM = {
    "get": Verb("get", "get", "read"),
    "update": Verb("put", "put", "replace"),
    "delete": Verb("delete", "delete", "delete"),
    "patch": Verb("patch", "patch", "patch"),
    "create": Verb("post", "post", "create"),
}
CONNECT_EXTRA = ("head", "options")
"""Methods that proxies also take."""


def identifier(text: str, capital: bool) -> str:
    """Go-style camel case of a dotted or dashed name, punctuation left out."""
    words = "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
    head, *rest = words
    return (head[0].upper() + head[1:] if capital else head) + "".join(w[0].upper() + w[1:] for w in rest)


def tag(group: str, version: str) -> str:
    """`apps_v1`, `rbacAuthorization_v1`, `core_v1`."""
    name = identifier((group or "core").removesuffix(".k8s.io"), False)
    return f"{name}_{version}" if version else name


def group_words(group: str, version: str) -> str:
    """`AppsV1`, as it stands in operation ids."""
    words = identifier((group or "core").removesuffix(".k8s.io"), True)
    return words + (version[0].upper() + version[1:] if version else "")


def definition(kind: GroupVersionKind) -> str:
    """The definition of a kind; empty for connect options, which have none."""
    return facts.load().kinds.get((kind.group, kind.version, kind.kind), "")


def operations(resource: Resource) -> Iterator[Operation]:
    """All operations of a resource and its subresources."""
    yield from _Builder(resource).build()


def model_name(group: str, version: str, kind: str) -> str:
    """The definition of a custom kind, marked as such: `custom:com.example.v1.Widget`."""
    return f"{CUSTOM}{'.'.join(reversed(group.split('.')))}.{version}.{kind}"


class _Builder:
    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        group, version = resource.group, resource.version
        self.prefix = f"/apis/{group}/{version}" if group else f"/api/{version}"
        self.words = group_words(group, version)
        self.tag = tag(group, version)
        self.scope = "Namespaced" if resource.namespaced else ""
        self.namespace = "/namespaces/{namespace}" if resource.namespaced else ""
        self.parameters = CUSTOM_PARAMETERS if resource.custom else VERB_PARAMETERS
        if resource.custom:
            self.definition = model_name(group, version, resource.kind)
            self.list_definition = model_name(group, version, resource.list_kind or f"{resource.kind}List")
        else:
            self.definition = definition(resource.gvk)
            self.list_definition = definition(resource.gvk._replace(kind=resource.kind + "List"))

    def build(self) -> Iterator[Operation]:
        yield from self._collection()
        yield from self._item()
        for sub in self.resource.subresources:
            yield from self._connect(sub) if _is_connect(sub) else self._subresource(sub)
        if "watch" in self.resource.verbs and not self.resource.custom:
            yield from self._watch()

    def _operation(
        self,
        path: str,
        verb: Verb,
        name: str,
        *,
        kind: GroupVersionKind | None = None,
        parameters: tuple[str, ...] = (),
        body: str = "",
        response: str = "",
        created: bool = False,
    ) -> Operation:
        return Operation(
            self.prefix + path,
            verb.method,
            f"{verb.word}{self.words}{name}",
            self.tag,
            verb.action,
            kind or self.resource.gvk,
            parameters,
            body,
            response,
            created,
            self.resource.custom,
        )

    def _collection(self) -> Iterator[Operation]:
        resource, name = self.resource, self.scope + self.resource.kind
        path = f"{self.namespace}/{resource.plural}"
        for verb_name in ("list", "create", "deletecollection"):
            if verb_name not in resource.verbs:
                continue
            verb = COLLECTION[verb_name]
            options = "" if resource.custom else DELETE_OPTIONS
            body = {"create": self.definition, "deletecollection": options}.get(verb_name, "")
            answer = {"list": self.list_definition, "create": self.definition}.get(verb_name, STATUS)
            yield self._operation(
                path,
                verb,
                f"Collection{name}" if verb_name == "deletecollection" else name,
                parameters=self.parameters[verb_name],
                body=body,
                response=answer,
                created=verb_name == "create",
            )
        if resource.namespaced and "list" in resource.verbs:
            yield self._operation(
                f"/{resource.plural}",
                COLLECTION["list"],
                f"{resource.kind}ForAllNamespaces",
                parameters=self.parameters["list"],
                response=self.list_definition,
            )

    def _item(self) -> Iterator[Operation]:
        path = f"{self.namespace}/{self.resource.plural}/{{name}}"
        for verb_name in ("get", "update", "delete", "patch"):
            if verb_name in self.resource.verbs:
                answer = self._deleted() if verb_name == "delete" else self.definition
                yield self._verb(path, verb_name, self.scope + self.resource.kind, None, answer)

    def _deleted(self) -> str:
        """What a delete answers with. Of a Namespace, which goes later, a Status is promised all the same."""
        own = self.resource.strategy.returns_deleted and self.resource.kind != "Namespace"
        return self.definition if own else STATUS

    def _subresource(self, sub: Subresource) -> Iterator[Operation]:
        path = f"{self.namespace}/{self.resource.plural}/{{name}}/{sub.name}"
        name = self.scope + self.resource.kind + sub.name[0].upper() + sub.name[1:]
        answer = definition(sub.kind) if sub.kind else self.definition
        kind = None if self.resource.custom else sub.kind
        for verb_name in sub.verbs:
            yield self._verb(path, verb_name, name, kind, TEXT if sub.name == "log" else answer)

    def _verb(
        self, path: str, verb_name: str, name: str, kind: GroupVersionKind | None, answer: str
    ) -> Operation:
        bodies = {"create": answer, "update": answer, "patch": "patch", "delete": DELETE_OPTIONS}
        parameters = self.parameters["log" if answer == TEXT else verb_name]
        return self._operation(
            path,
            ITEM[verb_name],
            name,
            kind=kind,
            parameters=parameters,
            body=bodies.get(verb_name, ""),
            response=answer,
            created=verb_name in ("create", "update") or (verb_name == "patch" and not self.resource.custom),
        )

    def _connect(self, sub: Subresource) -> Iterator[Operation]:
        path = f"{self.namespace}/{self.resource.plural}/{{name}}/{sub.name}"
        name = self.scope + self.resource.kind + sub.name[0].upper() + sub.name[1:]
        methods = [ITEM[verb].method for verb in sub.verbs]
        tails = [("", "")]
        if sub.name == "proxy":
            methods += CONNECT_EXTRA
            tails.append(("/{path}", "WithPath"))
        for tail, suffix in tails:
            for method in methods:
                verb = Verb(method, "connect", "connect")
                operation = self._operation(
                    path + tail,
                    verb,
                    name + suffix,
                    kind=sub.kind,
                    parameters=self.parameters.get(sub.name, ()),
                    response=TEXT,
                )
                words = f"connect{self.words}{method.capitalize()}{name}{suffix}"
                yield operation._replace(operation_id=words)

    def _watch(self) -> Iterator[Operation]:
        resource = self.resource
        single, many = Verb("get", "watch", "watch"), Verb("get", "watchlist", "watch")
        collection = f"/watch{self.namespace}/{resource.plural}"
        name = self.scope + resource.kind
        places = [(f"{collection}/{{name}}", single, name), (collection, many, f"{name}List")]
        if resource.namespaced:
            places.append((f"/watch/{resource.plural}", many, f"{resource.kind}ListForAllNamespaces"))
        for path, verb, words in places:
            yield self._operation(
                path, verb, words, parameters=self.parameters["watch"], response=WATCH_EVENT
            )


def _is_connect(sub: Subresource) -> bool:
    return sub.kind is not None and sub.kind.kind.endswith("Options")


def meta_operations(resources: tuple[Resource, ...]) -> Iterator[Operation]:
    """The operations of discovery, version and OpenID."""
    yield Operation("/api/", "get", "getCoreAPIVersions", "core", response="meta.v1.APIVersions")
    yield Operation("/apis/", "get", "getAPIVersions", "apis", response="meta.v1.APIGroupList")
    yield Operation("/version/", "get", "getCodeVersion", "version", response="version")
    openid = "getServiceAccountIssuerOpenID"
    yield Operation(
        "/.well-known/openid-configuration/", "get", openid + "Configuration", "WellKnown", response=TEXT
    )
    yield Operation("/openid/v1/jwks/", "get", openid + "Keyset", "openid", response=TEXT)
    for group, version in sorted({(r.group, r.version) for r in resources}):
        words = group_words(group, version)
        path = f"/apis/{group}/{version}/" if group else f"/api/{version}/"
        yield Operation(
            path, "get", f"get{words}APIResources", tag(group, version), response="meta.v1.APIResourceList"
        )
    for group in sorted({r.group for r in resources} - {""}):
        words = group_words(group, "")
        yield Operation(
            f"/apis/{group}/", "get", f"get{words}APIGroup", tag(group, ""), response="meta.v1.APIGroup"
        )
