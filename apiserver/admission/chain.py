"""Which plug-ins an operation goes through, worked out once per resource and operation."""

from __future__ import annotations

from collections.abc import Sequence

from .plugin import Hook, Plugin


class AdmissionChain:
    """Plug-ins in order; mutators run before the strategy, validators after it."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._plugins = tuple(plugins)

    def for_(
        self, group: str, resource: str, subresource: str, operation: str
    ) -> tuple[tuple[Hook, ...], tuple[Hook, ...]]:
        """(mutators, validators) for one kind of request."""
        chosen = [p for p in self._plugins if p.handles(group, resource, subresource, operation)]
        mutators = tuple(p.mutate for p in chosen if p.mutate is not None)
        validators = tuple(p.validate for p in chosen if p.validate is not None)
        return mutators, validators
