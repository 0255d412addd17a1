"""Asks one hook about one request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from ....apimachinery import errors, field
from ...callout import BadBundle, CallFailed, CallOut
from ...registry.strategy import Object
from ..matching import Match
from ..plugin import Attributes
from . import review
from .hook import Hook
from .metrics import Metrics
from .review import JSON_PATCH, Answer, BadAnswer, BadPatch, Undecodable
from .versions import Versions

log = logging.getLogger("wherry.apiserver.webhooks")

MOST_CODE = 599
"""The HTTP server can send no status above it."""
ADMIT, VALIDATING = "admit", "validating"
"""What the metrics call the plug-ins."""


class CallingFailed(Exception):  # noqa: N818
    """The hook could not be asked or said nothing usable: its failurePolicy decides."""

    def __init__(self, hook: Hook, why: str, code: int) -> None:
        super().__init__(f"failed calling webhook {field.quote(hook.name)}: {why}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Question:
    """One request as a hook is shown it: objects are in the version of `match`, and not to be changed."""

    attrs: Attributes
    match: Match
    versions: Versions
    obj: Object | None
    old: Object | None


class Caller:
    """What both plug-ins share. `kind` is ADMIT or VALIDATING."""

    def __init__(self, callout: CallOut, new_uid: Callable[[], str], metrics: Metrics, kind: str) -> None:
        self._callout = callout
        self._new_uid = new_uid
        self._metrics = metrics
        self._kind = kind

    async def ask(self, hook: Hook, question: Question) -> Answer | None:
        """An answer that allows the request; None when none came and the hook fails open. StatusError: its
        denial, or 500 when it could not be asked."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        operation = question.attrs.operation
        code, rejected = 200, False
        try:
            answer = await self._ask(hook, question)
            if not answer.allowed:
                raise review.denial(hook.name, answer.result)
            return answer
        except CallingFailed as error:
            code, rejected = error.code, not hook.fails_open
            if not rejected:
                log.warning("failed open: %s", error)
                self._metrics.failed_open(hook.name, self._kind)
                return None
            self._metrics.rejected(hook.name, self._kind, operation, "calling_webhook_error", code)
            raise errors.internal(str(error)) from None
        except errors.StatusError as error:
            code, rejected = error.code, True
            self._metrics.rejected(hook.name, self._kind, operation, "no_error", code)
            error.code = min(code, MOST_CODE)
            raise
        finally:
            self._metrics.asked(hook.name, self._kind, operation, code, rejected, loop.time() - started)

    async def _ask(self, hook: Hook, question: Question) -> Answer:
        attrs = question.attrs
        if attrs.dry_run and not hook.dry_run:
            raise review.no_dry_run(hook.name)
        try:
            spoken = review.version(hook.versions)
        except BadAnswer as error:
            raise CallingFailed(hook, f"could not create admission objects: {error}", 400) from None
        uid = self._new_uid()
        body = {
            "kind": "AdmissionReview",
            "apiVersion": f"{review.GROUP}/{spoken}",
            "request": review.request(attrs, question.match, question.obj, question.old, uid),
        }
        try:
            said = await self._callout.post(hook.target, body, timeout=hook.timeout)
        except BadBundle as error:
            raise CallingFailed(hook, f"could not get REST client: {error}", 500) from None
        except CallFailed as error:
            code = error.status.code if error.status is not None else 503
            raise CallingFailed(hook, f"failed to call webhook: {error}", code) from None
        try:
            answer = review.answer(said, uid, spoken, mutating=self._kind == ADMIT)
        except Undecodable as error:
            raise CallingFailed(hook, f"failed to call webhook: {error}", 503) from None
        except BadAnswer as error:
            raise CallingFailed(hook, f"received invalid webhook response: {error}", 503) from None
        except BadPatch as error:
            why = f"received undecodable patch in webhook response: {error}"
            raise CallingFailed(hook, why, 503) from None
        if answer.operations and question.obj is not None and answer.patch_type != JSON_PATCH:
            why = f"unsupported patch type {field.quote(answer.patch_type)}"
            raise CallingFailed(hook, why, 400)
        if attrs.warnings is not None:
            attrs.warnings.extend(answer.warnings)
        return answer
