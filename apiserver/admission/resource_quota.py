"""ResourceQuota: a namespace may not hold more than its quotas say; what it holds is counted at admission.

Usage lives in each quota's status, which its controller initializes and corrects; this plug-in only adds to
it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol

from ...apimachinery import errors, jsonio
from ...apimachinery.quantity import Quantity, parse
from ..registry.strategy import Object, Reader
from ..storage.contract import KeyMissing, RevisionConflict
from ..storage.entry import Entry
from .plugin import CREATE, UPDATE, Attributes, Plugin, forbidden
from .pod_resources import Totals
from .quota_usage import in_scope, minus, unspecified, usage

_COUNTED_UPDATES = {("", "services"), ("", "persistentvolumeclaims")}
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
        if not attrs.namespace:
            return None
        quotas = reader.list("", "resourcequotas", attrs.namespace)
        if not quotas or (
            attrs.operation == UPDATE and (attrs.group, attrs.resource) not in _COUNTED_UPDATES
        ):
            return None
        wanted = usage(attrs.group, attrs.resource, obj)
        if old is not None:
            wanted = minus(wanted, usage(attrs.group, attrs.resource, old))
        names = sorted(
            q["metadata"]["name"] for q in quotas if in_scope(q.get("spec") or {}, attrs.resource, obj)
        )
        return self._charge_all(attrs, obj, names, wanted) if names and any(wanted.values()) else None

    async def _charge_all(self, attrs: Attributes, obj: Object, names: list[str], wanted: Totals) -> None:
        lock = self._locks.setdefault(attrs.namespace, asyncio.Lock())
        async with lock:
            charges = [(name, self._check(attrs, obj, name, wanted)) for name in names]
            if not attrs.dry_run:
                for name, charge in charges:
                    await self._charge(attrs, obj, name, charge, wanted)

    def _check(self, attrs: Attributes, obj: Object, name: str, wanted: Totals) -> Totals:
        """What the request adds to this quota. 403 when that is too much, or cannot be told."""
        entry = self._store.get(attrs.namespace, name)
        status: dict[str, Any] = (entry.obj.get("status") if entry else None) or {}
        hard = _amounts(status.get("hard"))
        used = _amounts(status.get("used"))
        if attrs.resource == "pods" and attrs.operation == CREATE:
            missing = unspecified(obj["spec"], set(hard))
            if missing:
                raise forbidden(attrs, f"failed quota: {name}: must specify {missing}", obj)
        charge = {n: amount for n, amount in wanted.items() if n in hard and amount}
        unknown = sorted(n for n in charge if n not in used)
        if unknown:
            raise forbidden(attrs, f"status unknown for quota: {name}, resources: {','.join(unknown)}", obj)
        over = [n for n in sorted(charge) if used[n] + charge[n] > hard[n]]
        if over:
            requested, held, limit = (_shown(amounts, over) for amounts in (charge, used, hard))
            raise forbidden(
                attrs, f"exceeded quota: {name}, requested: {requested}, used: {held}, limited: {limit}", obj
            )
        return charge

    async def _charge(
        self, attrs: Attributes, obj: Object, name: str, charge: Totals, wanted: Totals
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
                charge = self._check(attrs, obj, name, wanted)
        raise errors.modified("", "resourcequotas", name)


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
            ("", "services"): frozenset({CREATE, UPDATE}),
            ("", "persistentvolumeclaims"): frozenset({CREATE, UPDATE}),
            ("", "pods/binding"): frozenset(),
            ("", "pods/eviction"): frozenset(),
            ("", "serviceaccounts/token"): frozenset(),
            ("", "bindings"): frozenset(),
            ("authorization.k8s.io", "localsubjectaccessreviews"): frozenset(),
        },
        validate=quotas.validate,
        anywhere=frozenset({CREATE}),
    )
