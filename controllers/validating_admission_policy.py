"""Checks the expressions of ValidatingAdmissionPolicies against the kinds they are about; their status says
what does not fit.

Source of the rules: upstream's ValidatingAdmissionPolicy status controller.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..apimachinery.gvk import GroupVersionKind, parse_group_version
from ..client.resources import VALIDATINGADMISSIONPOLICIES
from .base import Controller
from .context import Context

if TYPE_CHECKING:
    from ..apimachinery.cel.types import CelType

Object = dict[str, Any]

MAX_TYPES = 10
"""How many kinds one rule's expressions are checked against."""


class ValidatingAdmissionPolicyStatusController(Controller):
    name = "validatingadmissionpolicy-status-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._policies = self.informer(VALIDATINGADMISSIONPOLICIES, self.on_change)
        self._documents: dict[str, tuple[str, Object]] = {}
        """By path of a group version: the ETag and the OpenAPI document."""

    async def reconcile(self, key: str) -> None:
        policy = self._policies.get(key)
        if policy is None:
            return
        generation = policy["metadata"].get("generation", 0)
        if (policy.get("status") or {}).get("observedGeneration") == generation:
            return
        warnings = await self._warnings(policy["spec"])
        checked: Object = {"expressionWarnings": warnings} if warnings else {}
        await self._apply(key, {"observedGeneration": generation, "typeChecking": checked})

    async def _apply(self, key: str, status: Object) -> None:
        """What was said of an earlier generation and is not any more, goes."""
        patch = {
            "kind": "ValidatingAdmissionPolicy",
            "apiVersion": "admissionregistration.k8s.io/v1",
            "metadata": {"name": key},
            "status": status,
        }
        await self.client.patch(
            VALIDATINGADMISSIONPOLICIES,
            key,
            patch,
            kind="apply",
            subresource="status",
            field_manager=self.name,
            force=True,
        )

    async def _warnings(self, spec: Object) -> list[Object]:
        kinds = await self._kinds(spec)
        if not kinds:
            return []
        params = await self._params(spec)
        warnings: list[Object] = []
        for i, validation in enumerate(spec.get("validations") or ()):
            for name in ("expression", "messageExpression"):
                text = validation.get(name)
                said = (
                    [_check(spec, text, kind, declared, params) for kind, declared in kinds] if text else []
                )
                if any(said):
                    where = f"spec.validations[{i}].{name}"
                    warnings.append({"fieldRef": where, "warning": "\n".join(filter(None, said))})
        return warnings

    async def _kinds(self, spec: Object) -> list[tuple[GroupVersionKind, CelType]]:
        """The kinds that the policy names without wildcards, in order, with their types."""
        found: set[GroupVersionKind] = set()
        for rule in (spec.get("matchConstraints") or {}).get("resourceRules") or ():
            of_rule = [kind for where in _named(rule) if (kind := await self._kind(*where)) is not None]
            found.update(of_rule[:MAX_TYPES])
        typed = [(kind, await self._type(kind)) for kind in sorted(found)]
        return [(kind, declared) for kind, declared in typed if declared is not None]

    async def _params(self, spec: Object) -> CelType | None:
        kind = spec.get("paramKind")
        if kind is None:
            return None
        return await self._type(GroupVersionKind(*parse_group_version(kind["apiVersion"]), kind["kind"]))

    async def _kind(self, group: str, version: str, resource: str) -> GroupVersionKind | None:
        """What objects of a resource are, as discovery says."""
        code, _, body = await self.client.raw("GET", f"/{_path(group, version)}")
        if code != 200:
            return None
        resources = json.loads(body).get("resources") or ()
        kind = next((each["kind"] for each in resources if each["name"] == resource), None)
        return None if kind is None else GroupVersionKind(group, version, kind)

    async def _type(self, kind: GroupVersionKind) -> CelType | None:
        from ..apimachinery.cel import openapi_types

        document = await self._document(_path(kind.group, kind.version))
        return None if document is None else openapi_types.type_of(document, kind)

    async def _document(self, path: str) -> Object | None:
        """The OpenAPI document of a group version, read again only when it changed."""
        etag, known = self._documents.get(path, ("", {}))
        headers = {"Accept": "application/json"} | ({"If-None-Match": etag} if etag else {})
        code, answered, body = await self.client.raw("GET", f"/openapi/v3/{path}", headers=headers)
        if code == 304:
            return known
        if code != 200:
            return None
        document: Object = json.loads(body)
        self._documents[path] = (answered.get("ETag", ""), document)
        return document


def _path(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _named(rule: Object) -> Iterator[tuple[str, str, str]]:
    groups, versions = rule.get("apiGroups") or (), rule.get("apiVersions") or ()
    if any("*" in text for text in (*groups, *versions)):
        return
    for group in sorted(groups):
        for version in sorted(versions):
            for resource in sorted(rule.get("resources") or ()):
                if not set("*/").intersection(resource):
                    yield group, version, resource


def _check(spec: Object, text: str, kind: GroupVersionKind, declared: CelType, params: CelType | None) -> str:
    """What is wrong with an expression about objects of a kind; empty when nothing is."""
    from ..apimachinery.cel import admission
    from ..apimachinery.cel.errors import CompileError
    from ..apimachinery.cel.program import compile  # noqa: A004 - its name elsewhere too

    has_params = spec.get("paramKind") is not None
    known = dict(admission.variables(params=has_params))
    known |= {"object": declared, "oldObject": declared}
    if params is not None:
        known["params"] = params
    composition = admission.Composition(params=has_params, base=known)
    for variable in spec.get("variables") or ():
        try:
            composition.add(variable["name"], variable["expression"])
        except CompileError:
            continue  # those who use it see it as dyn, as upstream has it
    try:
        compile(text, composition.names())
    except CompileError as error:
        group_version = f"{kind.group}/{kind.version}" if kind.group else f"/{kind.version}"
        return f"{group_version}, Kind={kind.kind}: {error}\n"
    return ""
