"""MutatingAdmissionPolicy: changes what is written, by merging what expressions make or by JSON patches.

Source: k8s.io/apiserver pkg/admission/plugin/policy/mutating.
"""

from __future__ import annotations

from collections.abc import Awaitable

from ....apimachinery import errors, jsonio
from ....apimachinery.errors import StatusError
from ....apimachinery.field import quote
from ...registry.strategy import Object, Reader
from ..candidates import Candidate, Source
from ..plugin import CONNECT, CREATE, UPDATE, Attributes, Plugin, Round, forbidden
from .invocations import Invocation, Invocations, Request
from .policy import Policy

NAME = "MutatingAdmissionPolicy"
OPERATIONS = frozenset((CREATE, UPDATE, CONNECT))

Uid = tuple[str, str, str, str]


class Mutating:
    """The plug-in."""

    def __init__(self, source: Source[Policy], invocations: Invocations) -> None:
        self._source = source
        self.invocations = invocations

    def plugin(self) -> Plugin:
        return Plugin(name=NAME, on={}, mutate=self._mutate, anywhere=OPERATIONS)

    def _mutate(
        self, attrs: Attributes, obj: Object | None, old: Object | None, reader: Reader
    ) -> Awaitable[Round | None] | None:
        if obj is None:
            return None
        candidates = self._source.candidates(attrs)
        return _Run(self.invocations, attrs, candidates).first(obj, old) if candidates else None


class _Run:
    """One request's way through the policies, up to twice."""

    def __init__(
        self, invocations: Invocations, attrs: Attributes, candidates: tuple[Candidate[Policy], ...]
    ) -> None:
        self._invocations = invocations
        self._attrs = attrs
        self._candidates = candidates
        self._done: set[Uid] = set()
        """What may run again and has run since the last change."""
        self._due: set[Uid] = set()
        """What ran before it."""
        self._left: Object | None = None
        """The object as the policies left it."""
        self.changed = False
        self._performed = False
        """Whether a mutation gave an object: upstream then has all policies that may be asked again look at
        it once more, the one that made it among them."""

    async def first(self, obj: Object, old: Object | None) -> Round | None:
        await self._all(obj, old, only=None)
        self._left = jsonio.clone(obj) if self._done or self._due else None
        return self

    async def again(self, obj: Object, old: Object | None) -> None:
        if obj != self._left:
            self._look_again()
        if self._due:
            await self._all(obj, old, only=frozenset(self._due))

    def _look_again(self) -> None:
        self._due |= self._done
        self._done.clear()

    async def _all(self, obj: Object, old: Object | None, only: frozenset[Uid] | None) -> None:
        request = self._invocations.request(self._attrs, obj, old)
        found = [
            one
            for candidate in self._candidates
            async for one in self._invocations.find(candidate, request)
            if only is None or _uid(one) in only
        ]
        # What matches is settled before anything is changed.
        unfit = [_said(one, one.problem) for one in found if one.match is None and not one.policy.fails_open]
        problems = list(unfit)
        for one in found:
            if one.match is not None:
                problems += await self._one(one, request)
        if self._performed:
            self.changed = True
            self._look_again()
        if problems:
            raise _refused(self._attrs, obj, problems, "Forbidden" if unfit else "Invalid")

    async def _one(self, one: Invocation, request: Request) -> list[str]:
        """What is wrong, for a policy that does not fail open."""
        from .changing import Change

        change = Change(one, request, self._invocations)
        problems = await change.perform()
        if change.changed:
            self.changed = True
            self._look_again()
        self._performed = self._performed or change.done
        if change.concerned and one.policy.asks_again:
            self._done.add(_uid(one))
        return [] if one.policy.fails_open else [_said(one, problem) for problem in problems]


def _uid(one: Invocation) -> Uid:
    meta = (one.params or {}).get("metadata") or {}
    binding = one.binding.name if one.binding is not None else ""
    return one.policy.name, binding, meta.get("namespace", ""), meta.get("name", "")


def _said(one: Invocation, problem: str) -> str:
    if one.binding is None:
        return f"policy {quote(one.policy.name)} denied request: {problem}"
    return f"policy '{one.policy.name}' with binding '{one.binding.name}' denied request: {problem}"


def _refused(attrs: Attributes, obj: Object, problems: list[str], reason: str) -> StatusError:
    named = forbidden(attrs, "", obj)
    details = {**(named.details or {}), "causes": [{"message": problem} for problem in problems]}
    return errors.StatusError(403, reason, problems[0], details)
