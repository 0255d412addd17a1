"""The description of one served resource, from which routes, discovery, OpenAPI and tables follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ...apimachinery.gvk import GroupVersionKind
from .strategy import Object, Strategy

GROUPED_STORAGE = frozenset(("apiextensions.k8s.io", "apiregistration.k8s.io"))
"""Groups whose objects upstream keeps under their group's name."""
OLD_STORAGE = {
    ("", "replicationcontrollers"): "controllers",
    ("", "services"): "services/specs",
    ("", "endpoints"): "services/endpoints",
    ("", "nodes"): "minions",
    ("networking.k8s.io", "ingresses"): "ingress",
}
ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Column(NamedTuple):
    """A column of the kind's Table (meta/v1 TableColumnDefinition). `priority` 1 shows only with `-o
    wide`."""

    name: str
    type: str = "string"
    format: str = ""
    description: str = ""
    priority: int = 0


Cells = Callable[[Object, datetime], Sequence[Any]]

NAME = Column(
    "Name",
    "string",
    "name",
    (
        "Name must be unique within a namespace. Is required when creating resources, although some "
        "resources may allow a client to request the generation of an appropriate name automatically. "
        "Name is primarily intended for creation idempotence and configuration definition. Cannot be "
        "updated. More info: "
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names"
    ),
)
AGE = Column(
    "Age",
    "string",
    "",
    (
        "CreationTimestamp is a timestamp representing the server time when this object was created. It "
        "is not guaranteed to be set in happens-before order across separate operations. Clients may "
        "not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the "
        "system. Read-only. Null for lists. More info: "
        "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
    ),
)

CREATED_AT = AGE._replace(name="Created At", type="date")
"""What kinds without columns of their own show after the name: the timestamp itself."""


class Subresource(NamedTuple):
    """A path under an object. `kind` is what it speaks (`autoscaling/v1 Scale` for scale).

    `status` and `scale` are served by the endpoints from the strategy and `ScalePaths`; any other name needs
    a handler registered in `apiserver/endpoints/subresources/`.
    """

    name: str
    verbs: tuple[str, ...]
    kind: GroupVersionKind | None = None
    """None: the parent's own kind."""


STATUS = Subresource("status", ("get", "patch", "update"))
SCALE = Subresource("scale", ("get", "patch", "update"), GroupVersionKind("autoscaling", "v1", "Scale"))


class ScalePaths(NamedTuple):
    """Where a kind keeps its scale, as dotted paths."""

    spec_replicas: str = "spec.replicas"
    status_replicas: str = "status.replicas"
    selector: str = "spec.selector"
    """A LabelSelector or (ReplicationController) a plain map."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One group/version/resource. `strategy` is shared by the versions of a kind."""

    group: str = ""
    version: str = "v1"
    kind: str
    plural: str
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    list_kind: str = ""
    """The kind of its lists; `KINDList` when empty."""
    namespaced: bool = True
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[Subresource, ...] = ()
    scale: ScalePaths | None = None
    strategy: Strategy = field(default_factory=Strategy)
    columns: tuple[Column, ...] = (NAME, AGE)
    cells: Cells | None = None
    """Cells of a row, in the order of `columns`; None: name and age."""
    row_order: Callable[[Object], tuple[Any, ...]] | None = None
    """What the rows of a list are sorted by; None: as listed."""
    row_conditions: Callable[[Object], list[dict[str, Any]]] | None = None
    """Conditions of a row (pods: Completed once they succeeded or failed)."""
    selectable: dict[str, Callable[[Object], str]] = field(default_factory=dict)
    """Field selectors beyond metadata.name and metadata.namespace."""
    indexed: tuple[str, ...] = ()
    """The selectable fields that the watch cache keeps an index of."""
    unknown_field: str = "field label not supported: {field}"
    """What is said of a field selector that is not in `selectable`, for kinds that have any."""
    storage_group: str | None = None
    """Group and version objects are stored as when that is not this resource's own (events.k8s.io → core/v1,
    autoscaling/v1 → v2); `to_storage`/`from_storage` convert in place."""
    storage_version: str | None = None
    to_storage: Callable[[Object], Object] | None = None
    from_storage: Callable[[Object], Object] | None = None
    converted_annotations: tuple[str, ...] = ()
    """Annotations that stand for fields this version lacks: they show on whole objects only, since upstream
    takes the metadata of a Table's rows and of a PartialObjectMetadata before it converts."""
    virtual: bool = False
    """Never stored: reviews. `create` is answered by a handler."""
    deprecated: str = ""
    """The warning sent with every request, for example `v1 Endpoints is deprecated in v1.33+; …`."""
    schema_name: str = ""
    """The schema's definition name when it cannot be found by group/version/kind."""

    custom: bool = False
    """Defined by a CustomResourceDefinition: served as apiextensions-apiserver does, with its own details."""

    @property
    def gvk(self) -> GroupVersionKind:
        return GroupVersionKind(self.group, self.version, self.kind)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def storage_path(self) -> str:
        """Where upstream keeps the kind under /registry, which some errors tell."""
        if self.custom or self.group in GROUPED_STORAGE:
            return f"{self.group}/{self.plural}"
        return OLD_STORAGE.get((self.group, self.plural), self.plural)

    def field_error(self, name: str) -> str:
        """The message for a field that cannot be selected by."""
        if self.selectable or self.custom:
            return self.unknown_field.format(field=name)
        return f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"'

    @property
    def singular_name(self) -> str:
        return self.singular or self.kind.lower()
