"""Runs the admission plug-ins of an operation."""

from __future__ import annotations

from typing import Any, Protocol

from ..admission import Attributes, Hook, Round, metrics
from ..registry.strategy import Object, User
from . import prepare
from .exchange import Request
from .options import WriteOptions
from .scope import Scope
from .server import Server


class Review(Protocol):
    """What a write asks of admission."""

    warnings: list[str]
    """What plug-ins want the caller to know."""

    async def mutate(self, obj: Object | None, old: Object | None) -> None: ...

    async def validate(self, obj: Object | None, old: Object | None) -> None: ...


class Admitted:
    """Admission has had its say already: about the Binding or the Eviction of which this write is a part."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    async def mutate(self, obj: Object | None, old: Object | None) -> None:
        """Nothing is left to change."""

    async def validate(self, obj: Object | None, old: Object | None) -> None:
        """Nothing is left to refuse."""


def admission_of(
    server: Server, scope: Scope, request: Request, operation: str, options: WriteOptions, name: str = ""
) -> Admission:
    """The admission of what a request carries to the path that it names; `name` is the object's, where the
    path has none. What plug-ins want the caller to know becomes the request's at once, refused or not."""
    info = request.info
    return Admission(
        server,
        scope,
        request.user,
        operation,
        namespace=info.namespace,
        name=info.name or name,
        subresource=info.subresource,
        dry_run=options.dry_run,
        options=options.given(),
        warnings=request.warnings,
    )


class Admission:
    """One operation's admission: `mutate` before the strategy, `validate` after it."""

    __slots__ = ("_clock", "_mutators", "_reader", "_validators", "attrs", "warnings")

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
        warnings: list[str] | None = None,
    ) -> None:
        self._mutators, self._validators, gvk = scope.chain(operation, subresource)
        self._reader = server.reader
        self._clock = server.clock
        self.warnings: list[str] = [] if warnings is None else warnings
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
            gvk,
        )

    def show_options(self, options: dict[str, Any]) -> None:
        """Has plug-ins see `options` instead of those that the request gave."""
        self.attrs = self.attrs._replace(options=options)

    async def mutate(self, obj: Object | None, old: Object | None) -> None:
        began, rejected = self._clock.monotonic(), True
        try:
            rounds: dict[Hook, Round] | None = None
            for plugin in self._mutators:
                waiting = plugin(self.attrs, obj, old, self._reader)
                if waiting is not None:
                    looked = await waiting
                    if looked is not None:
                        rounds = rounds or {}
                        rounds[plugin] = looked
            if rounds and any(looked.changed for looked in rounds.values()):
                await self._mutate_again(obj, old, rounds)
            rejected = False
        finally:
            metrics.stepped(metrics.ADMIT, self.attrs.operation, rejected, self._clock.monotonic() - began)

    async def _mutate_again(self, obj: Object | None, old: Object | None, rounds: dict[Hook, Round]) -> None:
        """One more pass, after webhooks or policies changed what the plug-ins before them saw."""
        for plugin in self._mutators:
            if plugin in rounds:
                await rounds[plugin].again(obj, old)
                continue
            waiting = plugin(self.attrs, obj, old, self._reader)
            if waiting is not None:
                await waiting
        if obj is not None and "metadata" in obj:
            self.warnings += prepare.dedup_owners(obj["metadata"], after_admission=True)

    async def validate(self, obj: Object | None, old: Object | None) -> None:
        began, rejected = self._clock.monotonic(), True
        if not self.attrs.name and obj is not None:
            # A name may have been generated in the meantime.
            self.attrs = self.attrs._replace(name=(obj.get("metadata") or {}).get("name", ""))
        try:
            for plugin in self._validators:
                waiting = plugin(self.attrs, obj, old, self._reader)
                if waiting is not None:
                    await waiting
            rejected = False
        finally:
            metrics.stepped(metrics.VALIDATE, self.attrs.operation, rejected, self._clock.monotonic() - began)
