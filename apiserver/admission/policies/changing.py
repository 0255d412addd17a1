"""One mutating policy about one request. Imported with the first policy, as it needs the CEL engine.

Source: k8s.io/apiserver pkg/admission/plugin/policy/mutating/{dispatcher,patch}.
"""

from __future__ import annotations

from typing import Any

from ....apimachinery import errors
from ....apimachinery.cel.errors import CompileError
from ....apimachinery.patch import json_patch
from ....apimachinery.schema.strict import DecodeError
from ...registry.strategy import Object
from ..expressions import Failed
from . import configuration
from .configuration import BadConfiguration
from .evaluation import Evaluation
from .invocations import Invocation, Invocations, Request
from .policy import Mutation


class Change:
    """`changed`: the object is another now. `concerned`: the match conditions held. `done`: a mutation gave
    an object, be it the same."""

    def __init__(self, one: Invocation, request: Request, invocations: Invocations) -> None:
        assert one.match is not None
        self._one, self._request, self._invocations = one, request, invocations
        self._match = one.match
        self.changed = False
        self.concerned = False
        self.done = False

    async def perform(self) -> list[str]:
        """Runs the mutations one after the other; one that fails leaves the others to run."""
        values = await self._invocations.values(self._request, self._match)
        try:
            evaluation = Evaluation(self._one.policy, values, self._one.params)
            self.concerned = evaluation.concerned()
        except (CompileError, Failed) as error:
            return [str(error)]
        if not self.concerned:
            return []
        problems: list[str] = []
        for mutation in self._one.policy.expressions.mutations:
            try:
                await self._mutate(mutation, evaluation)
            except (Failed, BadConfiguration, json_patch.Mismatch) as error:
                problems.append(str(error))
        return problems

    async def _mutate(self, mutation: Mutation, evaluation: Evaluation) -> None:
        shown: Object = evaluation.values["object"]
        schema, default = self._request.versions.schema(self._match)
        made = evaluation.value(mutation.program)
        if mutation.is_patch:
            new = _patched(shown, made)
        else:
            unknown = None if self._request.versions.typed(self._match) else self._match.gvk
            new = configuration.merged(schema.root, shown, made, unknown)
        self.done = True
        if new is shown:
            return
        if new.get("kind") != shown.get("kind"):
            raise errors.internal(
                f'no kind "{new.get("kind")}" is registered for version "{new.get("apiVersion")}" in scheme '
                '"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"'
            )
        try:
            strange = schema.decode(new)
        except DecodeError as error:
            raise errors.internal(str(error)) from None
        if strange and mutation.is_patch:
            raise errors.internal(f"strict decoding error: {', '.join(strange)}")
        default(new)
        await self._keep(new, shown, evaluation)

    async def _keep(self, new: Object, shown: Object, evaluation: Evaluation) -> None:
        self.changed = self.changed or new != shown
        back = await self._request.versions.back(new, self._match)
        assert self._request.obj is not None
        self._request.obj.clear()
        self._request.obj.update(back)
        evaluation.values["object"] = new if back is not new else self._request.obj
        evaluation.fresh()


def _patched(shown: Object, operations: list[Any]) -> Object:
    """The same object when a test in the patch does not hold."""
    plain = [_operation(one) for one in operations]
    try:
        new: Object = json_patch.perform(shown, plain)
    except json_patch.TestFailed:
        return shown
    except json_patch.Mismatch as error:
        raise json_patch.Mismatch(f"JSON Patch: {error}") from None
    return new


def _operation(one: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"op": one.get("op", ""), "path": one.get("path", "")}
    if one.get("from"):
        made["from"] = one["from"]
    if "value" in one:
        configuration.check_names(one["value"])
        made["value"] = configuration.plain(one["value"])
    return made
