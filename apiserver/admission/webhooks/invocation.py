"""Whether a hook is to be asked about a request, and how it is shown it."""

from __future__ import annotations

from dataclasses import dataclass

from ....apimachinery import errors
from ...authorization.attributes import Authorizer
from ...registry.strategy import Object, Reader
from ..candidates import Candidate
from ..expressions import authorizer_variables
from ..matching import Scopes
from ..plugin import Attributes
from . import review
from .caller import Question
from .conditions import ConditionsFailed
from .hook import Hook
from .metrics import Metrics
from .versions import Versions


@dataclass(frozen=True, slots=True)
class Invocations:
    """What deciding takes besides the request. `kind` is the metrics' name of the plug-in."""

    scopes: Scopes
    reader: Reader
    authorizer: Authorizer
    metrics: Metrics
    kind: str

    async def question(
        self, candidate: Candidate[Hook], attrs: Attributes, obj: Object | None, old: Object | None
    ) -> Question | None:
        """None when the hook has nothing to do with it. StatusError: 403 for conditions that fail."""
        hook = candidate.subject
        match = hook.criteria.match(attrs, obj, old, self.reader, candidate.equivalents)
        if match is None:
            return None
        versions = Versions(self.scopes, attrs)
        new, was = await versions.shown(obj, match), await versions.shown(old, match)
        shown = Question(attrs, match, versions, new, was)
        if hook.conditions is None:
            return shown
        try:
            wanted = hook.conditions.hold(
                review.described(attrs, match), new, was, authorizer_variables(attrs, self.authorizer)
            )
        except ConditionsFailed as error:
            self.metrics.condition_failed(hook.name, self.kind, attrs.operation)
            if hook.fails_open:
                return None
            raise errors.forbidden(attrs.group, attrs.resource, attrs.name, str(error)) from None
        if not wanted:
            self.metrics.excluded(hook.name, self.kind, attrs.operation)
            return None
        return shown
