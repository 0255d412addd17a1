"""ValidatingAdmissionPolicy: refuses, or warns of, what expressions do not hold for.

Source: k8s.io/apiserver pkg/admission/plugin/policy/validating.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, NamedTuple

from ....apimachinery.errors import StatusError
from ...registry.strategy import Object, Reader
from ..candidates import Candidate, Source
from ..plugin import EVERY_OPERATION, Attributes, Plugin, Round, forbidden
from .invocations import Invocation, Invocations, Request
from .policy import Binding, Policy, Validation

NAME = "ValidatingAdmissionPolicy"
CODES = {"Invalid": 422, "Forbidden": 403, "Unauthorized": 401, "RequestEntityTooLarge": 413}
MAX_MESSAGE = 5 * 1024


class Denial(NamedTuple):
    """What a policy has against a request. `reason` is empty for what went wrong instead of being wrong."""

    message: str
    reason: str = ""


class Refusal(NamedTuple):
    policy: Policy
    binding: Binding | None
    denial: Denial


class Validating:
    """The plug-in."""

    def __init__(self, source: Source[Policy], invocations: Invocations) -> None:
        self._source = source
        self._invocations = invocations

    def plugin(self) -> Plugin:
        return Plugin(name=NAME, on={}, validate=self._validate, anywhere=EVERY_OPERATION)

    def _validate(
        self, attrs: Attributes, obj: Object | None, old: Object | None, reader: Reader
    ) -> Awaitable[Round | None] | None:
        candidates = self._source.candidates(attrs)
        return self._judge(candidates, attrs, obj, old) if candidates else None

    async def _judge(
        self,
        candidates: tuple[Candidate[Policy], ...],
        attrs: Attributes,
        obj: Object | None,
        old: Object | None,
    ) -> None:
        """Every policy is heard, for the warnings; of several refusals the first is told."""
        request = self._invocations.request(attrs, obj, old)
        refusals: list[Refusal] = []
        for candidate in candidates:
            async for one in self._invocations.find(candidate, request):
                refusals += await self._one(one, request)
        if refusals:
            raise _refused(attrs, obj, refusals[0])

    async def _one(self, one: Invocation, request: Request) -> list[Refusal]:
        if one.problem or one.match is None or one.binding is None:
            return [] if one.policy.fails_open else [Refusal(one.policy, one.binding, Denial(one.problem))]
        from . import judging

        values = await self._invocations.values(request, one.match)
        verdict = judging.judge(one.policy, values, one.params)
        refusals: list[Refusal] = []
        for denial in verdict.denials:
            if "Warn" in one.binding.actions and request.attrs.warnings is not None:
                request.attrs.warnings.append(_warning(one.policy, one.binding, denial))
            if "Deny" in one.binding.actions:
                refusals.append(Refusal(one.policy, one.binding, denial))
        return refusals + [Refusal(one.policy, one.binding, denial) for denial in verdict.failed_annotations]


def _warning(policy: Policy, binding: Binding, denial: Denial) -> str:
    return (
        f"Validation failed for ValidatingAdmissionPolicy '{policy.name}' with binding '{binding.name}': "
        f"{denial.message}"
    )


def _refused(attrs: Attributes, obj: Object | None, refusal: Refusal) -> StatusError:
    bound = f" with binding '{refusal.binding.name}'" if refusal.binding is not None else ""
    said = (
        f"ValidatingAdmissionPolicy '{refusal.policy.name}'{bound} denied request: {refusal.denial.message}"
    )
    error = forbidden(attrs, said, obj)
    error.reason = refusal.denial.reason or "Invalid"
    error.code = CODES[error.reason]
    details: dict[str, Any] = error.details or {}
    error.details = {**details, "causes": [{"message": said}]}
    return error


def message_of(validation: Validation, said: Any) -> str:
    """What a failed validation says: its expression's text, if that is one usable line."""
    text = said.strip() if isinstance(said, str) else ""
    usable = text and "\n" not in text and len(text.encode()) <= MAX_MESSAGE
    return text if usable else validation.message
