"""MutatingAdmissionWebhook: hooks that may change what is written, one after the other.

Source: k8s.io/apiserver pkg/admission/plugin/webhook/mutating.
"""

from __future__ import annotations

from collections.abc import Awaitable

from ....apimachinery import errors, field, jsonio
from ....apimachinery.managedfields import entries
from ....apimachinery.patch import json_patch
from ....apimachinery.schema.strict import DecodeError
from ...registry.strategy import Object, Reader
from ..candidates import Candidate, Source
from ..plugin import EVERY_OPERATION, Attributes, Plugin, Round
from .caller import Caller, Question
from .hook import Hook
from .invocation import Invocations

BAD_OWNERS = (
    ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated "
    "mutating admission controller; please fix your requests"
)
NAME = "MutatingAdmissionWebhook"


class Mutating:
    """The plug-in."""

    def __init__(self, source: Source[Hook], invocations: Invocations, caller: Caller) -> None:
        self._source = source
        self.invocations = invocations
        self.caller = caller

    def plugin(self) -> Plugin:
        return Plugin(name=NAME, on={}, mutate=self._mutate, anywhere=EVERY_OPERATION)

    def _mutate(
        self, attrs: Attributes, obj: Object | None, old: Object | None, reader: Reader
    ) -> Awaitable[Round | None] | None:
        candidates = self._source.candidates(attrs)
        return _Asking(self, attrs, candidates).first(obj, old) if candidates else None


class _Asking:
    """One request's way through the hooks, up to twice."""

    def __init__(self, plugin: Mutating, attrs: Attributes, candidates: tuple[Candidate[Hook], ...]) -> None:
        self._plugin = plugin
        self._attrs = attrs
        self._candidates = candidates
        self._asked: set[tuple[str, int]] = set()
        """Hooks that may be asked again and have been asked since the last change."""
        self._due: set[tuple[str, int]] = set()
        """Those that were asked before it."""
        self._left: Object | None = None
        """The object as the hooks left it."""
        self.changed = False

    async def first(self, obj: Object | None, old: Object | None) -> Round | None:
        for candidate in self._candidates:
            await self._one(candidate, obj, old)
        self._left = jsonio.clone(obj) if self._asked or self._due else None
        return self

    async def again(self, obj: Object | None, old: Object | None) -> None:
        """Asks once more whoever saw the object before it became what it is."""
        if obj != self._left:
            self._look_again()
        for candidate in self._candidates:
            if candidate.subject.uid in self._due:
                await self._one(candidate, obj, old)

    def _look_again(self) -> None:
        self._due |= self._asked
        self._asked.clear()

    async def _one(self, candidate: Candidate[Hook], obj: Object | None, old: Object | None) -> None:
        hook = candidate.subject
        question = await self._plugin.invocations.question(candidate, self._attrs, obj, old)
        if question is None:
            return
        answer = await self._plugin.caller.ask(hook, question)
        if (
            answer is not None
            and answer.operations
            and await self._patch(hook, question, answer.operations, obj)
        ):
            self.changed = True
            self._look_again()
        if hook.asks_again:
            self._asked.add(hook.uid)

    async def _patch(
        self, hook: Hook, question: Question, operations: list[json_patch.Operation], obj: Object | None
    ) -> bool:
        """Applies what the hook wants to `obj`, in place. False when that is what it is already."""
        if obj is None or question.obj is None:
            raise errors.internal(
                f"admission webhook {field.quote(hook.name)} attempted to modify the object, which is not "
                "supported for this operation"
            )
        versions = question.versions
        schema, default = versions.schema(question.match)
        try:
            new = json_patch.perform(question.obj, operations)
            _check_kind(new, question.obj)
            schema.decode(new)
        except (json_patch.Mismatch, DecodeError) as error:
            raise errors.internal(str(error)) from None
        self._keep_owners(new, question.obj)
        changed: bool = new != question.obj
        default(new)
        back = await versions.back(new, question.match)
        obj.clear()
        obj.update(back)
        return changed

    def _keep_owners(self, new: Object, old: Object) -> None:
        """managedFields that make no sense stay as they were, with a warning."""
        owners, before = ((each.get("metadata") or {}).get("managedFields") for each in (new, old))
        if not owners or owners == before:
            return
        try:
            entries.read(owners, trusted=False)
        except ValueError as error:
            new["metadata"]["managedFields"] = before or []
            if self._attrs.warnings is not None:
                self._attrs.warnings.append(f"{BAD_OWNERS}: {error}")


def _check_kind(new: object, old: Object) -> None:
    """A patch may change everything but what the object is."""
    if not isinstance(new, dict):
        raise DecodeError("couldn't get version/kind; json parse error: the patched object is no JSON object")
    for key in ("kind", "apiVersion"):
        if new.setdefault(key, old.get(key)) != old.get(key):
            was, now = field.quote(str(old.get(key))), field.quote(str(new.get(key) or ""))
            raise DecodeError(f"the patched object has {key} {now} instead of {was}")
