"""ValidatingAdmissionWebhook: hooks that may refuse what is written, all at once.

Source: k8s.io/apiserver pkg/admission/plugin/webhook/validating.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from ...registry.strategy import Object, Reader
from ..candidates import Candidate, Source
from ..plugin import EVERY_OPERATION, Attributes, Plugin, Round
from .caller import Caller
from .hook import Hook
from .invocation import Invocations

NAME = "ValidatingAdmissionWebhook"


class Validating:
    """The plug-in."""

    def __init__(self, source: Source[Hook], invocations: Invocations, caller: Caller) -> None:
        self._source = source
        self._invocations = invocations
        self._caller = caller

    def plugin(self) -> Plugin:
        return Plugin(name=NAME, on={}, validate=self._validate, anywhere=EVERY_OPERATION)

    def _validate(
        self, attrs: Attributes, obj: Object | None, old: Object | None, reader: Reader
    ) -> Awaitable[Round | None] | None:
        candidates = self._source.candidates(attrs)
        return self._ask(candidates, attrs, obj, old) if candidates else None

    async def _ask(
        self,
        candidates: tuple[Candidate[Hook], ...],
        attrs: Attributes,
        obj: Object | None,
        old: Object | None,
    ) -> None:
        """Asks every hook that the request concerns; of several refusals the first hook's is told."""
        questions = [
            (candidate.subject, question)
            for candidate in candidates
            if (question := await self._invocations.question(candidate, attrs, obj, old)) is not None
        ]
        calls = [
            asyncio.create_task(self._caller.ask(hook, question), name=f"webhook {hook.name}")
            for hook, question in questions
        ]
        try:
            found = await asyncio.gather(*calls, return_exceptions=True)
        finally:
            for call in calls:
                call.cancel()
        for outcome in found:
            if isinstance(outcome, BaseException):
                raise outcome
