"""ResourceQuota: a namespace may not hold more than its quotas say; what it holds is counted at admission.

Usage lives in each quota's status, which its controller initializes and corrects; this plug-in only adds to
it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from ...apimachinery import errors, jsonio
from ...apimachinery.quantity import Quantity, parse
from ...apimachinery.quota import extended
from ...apimachinery.quota.pod_totals import Totals
from ...apimachinery.quota.scopes import in_scope, terminating
from ...apimachinery.quota.usage import CLAIMS, IGNORED, PODS, matching, minus, unspecified, usage
from ..registry.strategy import Object, Reader
from ..storage.contract import KeyMissing, RevisionConflict
from ..storage.entry import Entry
from .plugin import CREATE, UPDATE, Attributes, Plugin, forbidden

_TRIES = 5


class QuotaStore(Protocol):
    """The stored ResourceQuotas: the watch cache of their resource."""

    def get(self, namespace: str, name: str) -> Entry | None: ...

    async def update(self, namespace: str, name: str, obj: Object, *, expected: int) -> Entry:
        """Raises RevisionConflict, and KeyMissing when it was deleted."""


class Quotas:
    """Checks one request at a time per namespace, so that concurrent creates cannot pass on the same
    count."""

    def __init__(self, store: QuotaStore) -> None:
        self._store = store
        self._locks: dict[str, asyncio.Lock] = {}

    def validate(
        self, attrs: Attributes, obj: Object, old: Object | None, reader: Reader
    ) -> Awaitable[None] | None:
        if not attrs.namespace or (old is not None and _stays(attrs, obj, old)):
            return None
        quotas = reader.list("", "resourcequotas", attrs.namespace)
        if not quotas:
            return None
        group, resource = attrs.group, attrs.resource
        of_claims = (group, resource) == extended.CLAIMS
        classes = (
            extended.classes_of(reader.list("resource.k8s.io", "deviceclasses", "")) if of_claims else {}
        )
        new = _usage(attrs, obj, classes, reader)
        added = new if old is None else minus(new, _usage(attrs, old, classes, reader))
        wanted: dict[str, Totals] = {}
        for quota in quotas:
            spec = quota.get("spec") or {}
            if in_scope(spec, group, resource, obj):
                was_in = old is not None and in_scope(spec, group, resource, old)
                wanted[quota["metadata"]["name"]] = added if was_in or old is None else new
        return self._charge_all(attrs, obj, wanted, classes) if wanted else None

    async def _charge_all(
        self, attrs: Attributes, obj: Object, wanted: dict[str, Totals], classes: extended.Classes
    ) -> None:
        lock = self._locks.setdefault(attrs.namespace, asyncio.Lock())
        async with lock:
            charges = [
                (name, self._check(attrs, obj, name, wanted[name], classes)) for name in sorted(wanted)
            ]
            if not attrs.dry_run:
                for name, charge in charges:
                    await self._charge(attrs, obj, name, charge, wanted[name], classes)

    def _check(
        self, attrs: Attributes, obj: Object, name: str, wanted: Totals, classes: extended.Classes
    ) -> Totals:
        """What the request adds to this quota. 403 when that is too much, or cannot be told."""
        entry = self._store.get(attrs.namespace, name)
        status: dict[str, Any] = (entry.obj.get("status") if entry else None) or {}
        hard_names = status.get("hard") or ()
        limited = matching(attrs.group, attrs.resource, hard_names) + extended.claimed(hard_names, classes)
        if not limited:
            return {}
        used = _amounts(status.get("used"))
        if (attrs.group, attrs.resource) == PODS:
            missing = unspecified(obj["spec"], limited)
            if missing:
                raise forbidden(attrs, f"failed quota: {name}: must specify {missing}", obj)
        if any(n not in used for n in limited):
            unknown = ",".join(sorted(limited))
            raise forbidden(attrs, f"status unknown for quota: {name}, resources: {unknown}", obj)
        hard = _amounts(status["hard"])
        charge = {n: wanted[n] for n in limited if wanted.get(n)}
        negative = sorted(n for n, amount in wanted.items() if amount.sign < 0)
        if negative:
            raise forbidden(attrs, f"quota usage is negative for resource(s): {','.join(negative)}", obj)
        over = [n for n in sorted(charge) if used[n] + charge[n] > hard[n]]
        if over and attrs.subresource != "status":
            requested, held, limit = (_shown(amounts, over) for amounts in (charge, used, hard))
            raise forbidden(
                attrs, f"exceeded quota: {name}, requested: {requested}, used: {held}, limited: {limit}", obj
            )
        return charge

    async def _charge(
        self,
        attrs: Attributes,
        obj: Object,
        name: str,
        charge: Totals,
        wanted: Totals,
        classes: extended.Classes,
    ) -> None:
        for _ in range(_TRIES):
            entry = self._store.get(attrs.namespace, name)
            if entry is None or not charge:
                return
            changed = jsonio.clone(entry.obj)
            used = changed["status"]["used"]
            for resource, amount in charge.items():
                used[resource] = (parse(used[resource]) + amount).format()
            try:
                await self._store.update(attrs.namespace, name, changed, expected=entry.revision)
                return
            except KeyMissing:
                return
            except RevisionConflict:
                charge = self._check(attrs, obj, name, wanted, classes)
        raise errors.modified("", "resourcequotas", name)


def _usage(attrs: Attributes, obj: Object, classes: extended.Classes, reader: Reader) -> Totals:
    found = usage(attrs.group, attrs.resource, obj)
    if not classes:
        return found
    made_for = extended.owner(obj)
    pod = reader.get("", "pods", attrs.namespace, made_for[0]) if made_for else None
    others = reader.list(*extended.CLAIMS, attrs.namespace) if pod else ()
    return extended.with_extended(found, classes, extended.covered(obj, pod, others))


def _stays(attrs: Attributes, obj: Object, old: Object) -> bool:
    """Whether an update is one of a pod that changes nothing that is counted: all but a resize, and a time to
    end given or taken away, which is a matter of scopes."""
    pod = (attrs.group, attrs.resource) == PODS and not attrs.subresource
    return pod and terminating(obj) == terminating(old)


def _amounts(values: dict[str, str] | None) -> dict[str, Quantity]:
    return {name: parse(value) for name, value in (values or {}).items()}


def _shown(amounts: Totals, names: list[str]) -> str:
    return ",".join(f"{name}={amounts[name].format()}" for name in names)


def plugin(store: QuotaStore) -> Plugin:
    """Everything that is created in a namespace may be counted; updates only of kinds whose size can
    change."""
    quotas = Quotas(store)
    return Plugin(
        name="ResourceQuota",
        on={
            **dict.fromkeys(IGNORED, frozenset[str]()),
            PODS: frozenset({CREATE, UPDATE}),
            ("", "services"): frozenset({CREATE, UPDATE}),
            CLAIMS: frozenset({CREATE, UPDATE}),
            ("", "persistentvolumeclaims/status"): frozenset({UPDATE}),
            ("", "pods/resize"): frozenset({UPDATE}),
            ("resource.k8s.io", "resourceclaims"): frozenset({CREATE, UPDATE}),
            ("", "pods/binding"): frozenset(),
            ("", "pods/eviction"): frozenset(),
            ("", "serviceaccounts/token"): frozenset(),
            ("", "bindings"): frozenset(),
            ("authorization.k8s.io", "localsubjectaccessreviews"): frozenset(),
        },
        validate=quotas.validate,
        anywhere=frozenset({CREATE}),
    )
