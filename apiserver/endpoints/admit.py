"""Runs the admission plug-ins of an operation."""

from __future__ import annotations

from typing import Any

from ..admission import Attributes
from ..registry.strategy import Object, User
from .scope import Scope
from .server import Server


class Admission:
    """One operation's admission: `mutate` before the strategy, `validate` after it."""

    __slots__ = ("_mutators", "_reader", "_validators", "attrs", "warnings")

    def __init__(
        self,
        server: Server,
        scope: Scope,
        user: User,
        operation: str,
        *,
        namespace: str,
        name: str,
        subresource: str = "",
        dry_run: bool = False,
        options: dict[str, Any] | None = None,
    ) -> None:
        self._mutators, self._validators = scope.chain(operation, subresource)
        self._reader = server.reader
        self.warnings: list[str] = []
        """What plug-ins want the caller to know."""
        resource = scope.resource
        self.attrs = Attributes(
            operation,
            resource.group,
            resource.version,
            resource.plural,
            subresource,
            resource.kind,
            namespace,
            name,
            user,
            dry_run,
            options or {},
            self.warnings,
        )

    async def mutate(self, obj: Object | None, old: Object | None) -> None:
        for plugin in self._mutators:
            waiting = plugin(self.attrs, obj, old, self._reader)
            if waiting is not None:
                await waiting

    async def validate(self, obj: Object | None, old: Object | None) -> None:
        for plugin in self._validators:
            waiting = plugin(self.attrs, obj, old, self._reader)
            if waiting is not None:
                await waiting
