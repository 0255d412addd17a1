"""Label and field selectors of a list, watch or deletecollection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

from ...apimachinery import errors, fields, labels
from ..registry.strategy import Object
from ..storage.entry import Entry
from .exchange import Request
from .scope import Scope

EVERYTHING = labels.parse("")


class Selection(NamedTuple):
    """What a request chooses among the objects of a resource."""

    labels: labels.Selector
    fields: fields.FieldSelector
    scope: Scope

    @property
    def everything(self) -> bool:
        return self.labels.empty and not self.fields.requirements

    def matches(self, obj: Object) -> bool:
        meta = obj["metadata"]
        if not self.labels.empty and not self.labels.matches(meta.get("labels")):
            return False
        return not self.fields.requirements or self.fields.matches(lambda name: self._field(obj, name))

    def _field(self, obj: Object, name: str) -> str:
        if name == "metadata.name":
            return str(obj["metadata"].get("name", ""))
        if name == "metadata.namespace":
            return str(obj["metadata"].get("namespace", ""))
        return self.scope.resource.selectable[name](obj)

    def predicate(self) -> Callable[[Object], bool] | None:
        return None if self.everything else self.matches

    def filter(self, entries: Iterable[Entry], most: int | None = None) -> list[Entry]:
        """Those that match, the first `most` of them."""
        found = entries if self.everything else (entry for entry in entries if self.matches(entry.obj))
        return list(islice(found, most))

    def exact_field(self, name: str) -> str | None:
        """The value an equality requirement demands of a field."""
        for required, op, value in self.fields.requirements:
            if required == name and op == "=":
                return value
        return None


def read_selectors(request: Request) -> tuple[labels.Selector, fields.FieldSelector]:
    """The request's selectors. 400 with upstream's texts."""
    if not request.query:
        return EVERYTHING, fields.EVERYTHING
    try:
        return labels.parse(request.arg("labelSelector")), fields.parse(request.arg("fieldSelector"))
    except ValueError as error:
        raise errors.bad_request(str(error)) from None


def selection(scope: Scope, by_label: labels.Selector, by_field: fields.FieldSelector) -> Selection:
    """What the selectors choose. 400 for fields that the kind cannot be selected by."""
    for name, _, _ in by_field.requirements:
        _check_field(scope, name)
    return Selection(by_label, by_field, scope)


def _check_field(scope: Scope, name: str) -> None:
    resource = scope.resource
    if name == "metadata.name" or name in resource.selectable:
        return
    # A kind with fields of its own names those of the metadata too, and only what it has.
    if name == "metadata.namespace" and (scope.namespaced or not (resource.selectable or resource.custom)):
        return
    raise errors.bad_request(resource.field_error(name))
