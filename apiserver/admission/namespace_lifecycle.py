"""NamespaceLifecycle: nothing is created in a namespace that is missing or going away; some never go away."""

from __future__ import annotations

from ...apimachinery import errors
from ..registry.strategy import Object, Reader
from .plugin import CREATE, DELETE, WRITES, Attributes, Plugin, forbidden

IMMORTAL = frozenset({"default", "kube-system", "kube-public"})


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    namespace = attrs.namespace
    if not namespace:
        return
    found = reader.get("", "namespaces", "", namespace)
    if found is None:
        raise errors.not_found("", "namespaces", namespace)
    if attrs.operation != CREATE or (found.get("status") or {}).get("phase") != "Terminating":
        return
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = forbidden(attrs, why, obj)
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    error.details = {**(error.details or {}), "causes": [cause]}
    raise error


def _protect(attrs: Attributes, obj: Object | None, old: Object | None, reader: Reader) -> None:
    if attrs.name in IMMORTAL:
        raise forbidden(attrs, "this namespace may not be deleted")


PLUGIN = Plugin(
    name="NamespaceLifecycle",
    on={
        ("", "namespaces"): frozenset(),
        ("", "namespaces/status"): frozenset(),
        ("", "namespaces/finalize"): frozenset(),
        # Access reviews answer for namespaces that do not exist.
        ("authorization.k8s.io", "localsubjectaccessreviews"): frozenset(),
    },
    mutate=_admit,
    anywhere=WRITES,
)
IMMORTALITY = Plugin(
    name="NamespaceLifecycle", on={("", "namespaces"): frozenset({DELETE})}, validate=_protect
)
"""The same plug-in's other half: it hangs on namespaces only."""
