"""Drives one kind's strategy as the endpoints do, without a server: decode, default, prepare, validate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from wherry.apimachinery import jsonio
from wherry.apimachinery.schema import registry as schemas
from wherry.apiserver.registry.catalog import resources
from wherry.apiserver.registry.strategy import Context, User

from ..readers import MapReader

Object = dict[str, Any]
UID = "11111111-1111-1111-1111-111111111111"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CREATED = "2026-01-01T00:00:00Z"


class Kind:
    """A served kind: what becomes of an object, and what is wrong with it."""

    def __init__(self, group: str, version: str, kind: str) -> None:
        matches = (r for r in resources() if (r.group, r.version, r.kind) == (group, version, kind))
        self.resource = next(matches)
        self.strategy = self.resource.strategy
        schema = schemas.builtin(group, version, kind)
        assert schema is not None
        self.schema = schema
        self.context = Context(User("jane", groups=("devs",)), NOW, MapReader(), verb="create")

    def defaulted(self, body: Object) -> Object:
        """`body` as it looks after decoding and defaulting."""
        head = {"apiVersion": self.resource.api_version, "kind": self.resource.kind}
        obj: Object = jsonio.clone({**head, "metadata": {"name": "a"}, **body})
        self.schema.decode(obj)
        self.schema.default(obj)
        self.strategy.default(obj)
        return obj

    def created(self, body: Object) -> Object:
        """`body` as it would be stored, valid or not."""
        obj = self.defaulted(body)
        obj["metadata"].update(uid=UID, creationTimestamp=CREATED, resourceVersion="1")
        if self.resource.namespaced:
            obj["metadata"].setdefault("namespace", "default")
        if self.strategy.has_status and not self.strategy.keeps_new_status:
            obj.pop("status", None)
        self.strategy.prepare_create(self.context, obj)
        return obj

    def problems(self, body: Object) -> list[str]:
        """Field errors of a creation, beside those of metadata."""
        obj = self.created(body)
        return [str(error) for error in self.strategy.validate_create(self.context, obj)]

    def update_problems(self, before: Object, after: Object, subresource: str = "") -> list[str]:
        """Field errors of replacing `before` by `after`."""
        _, errors = self._update(before, after, subresource)
        return errors

    def updated(self, before: Object, after: Object, subresource: str = "") -> Object:
        """What is stored after an update."""
        obj, _ = self._update(before, after, subresource)
        return obj

    def _update(self, before: Object, after: Object, subresource: str) -> tuple[Object, list[str]]:
        old = self.created(before)
        if "status" in before:
            old["status"] = jsonio.clone(before["status"])
        new = self.defaulted(after)
        for key in ("uid", "creationTimestamp", "resourceVersion", "namespace"):
            if key in old["metadata"]:
                new["metadata"][key] = old["metadata"][key]
        ctx = self.context._replace(verb="update", subresource=subresource)
        if subresource:
            self.strategy.prepare_status(ctx, new, old)
            return new, [str(error) for error in self.strategy.validate_status(ctx, new, old)]
        self.strategy.prepare_update(ctx, new, old)
        return new, [str(error) for error in self.strategy.validate_update(ctx, new, old)]

    def cells(self, body: Object) -> list[Any]:
        """The table row, with the age of an object made now."""
        obj = self.created(body)
        if "status" in body:
            obj["status"] = jsonio.clone(body["status"])
        assert self.resource.cells is not None
        return list(self.resource.cells(obj, NOW))

    def warnings(self, body: Object) -> list[str]:
        return self.strategy.warnings(self.context, self.created(body), None)


def pod_template(**spec: Any) -> Object:
    """A template labelled `app: a` with one container."""
    containers = [{"name": "c", "image": "app:1"}]
    return {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": containers, **spec}}


SELECTOR = {"matchLabels": {"app": "a"}}
