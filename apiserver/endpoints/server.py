"""What every verb shares: the served scopes, the reader over all watch caches, clock, ids, allocators."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from ...apimachinery.clock import Clock
from ..registry.strategy import Context, Object, User
from .rounds import Rounds
from .scope import Scope

if TYPE_CHECKING:
    from ..authentication import Authenticator
    from ..authentication.impersonation import Impersonator
    from ..authorization import Authorizer

Key = tuple[str, str]


class CacheReader:
    """Reads stored objects by group and plural; what strategies, admission and authorization look things up
    in."""

    def __init__(self, scopes: dict[Key, Scope]) -> None:
        self._scopes = scopes

    def get(self, group: str, resource: str, namespace: str, name: str) -> Object | None:
        entry = self._scopes[group, resource].cache.get(namespace, name)
        return entry.obj if entry else None

    def pods_on(self, node: str) -> list[Object]:
        """The pods bound to a node, by index."""
        pods = self._scopes["", "pods"].cache
        return [entry.obj for entry in pods.select(fields={"spec.nodeName": node})]

    def list(self, group: str, resource: str, namespace: str = "") -> list[Object]:
        return [entry.obj for entry in self._scopes[group, resource].cache.entries(namespace)]

    def revision(self, group: str, *resources: str) -> int:
        """Grows whenever anything of these resources changes: each has the revision of its newest change."""
        total = 0
        for resource in resources:
            total += self._scopes[group, resource].cache.version
        return total


@dataclass(kw_only=True)
class Server:
    """The parts the verbs work with. `scopes` maps (group, version, plural); `stored` (group, plural) to the
    scope whose version is stored."""

    clock: Clock
    scopes: dict[tuple[str, str, str], Scope]
    stored: dict[Key, Scope]
    reader: CacheReader
    authenticator: Authenticator
    authorizer: Authorizer
    impersonator: Impersonator
    rng: random.Random
    new_uid: Callable[[], str]
    pools: Any = None
    services: dict[str, Any] = field(default_factory=dict)
    """Collaborators of single subresources, by name (token issuer, kubelet dialer …)."""
    watching: Counter[str] = field(default_factory=Counter)
    """How many watches each user has open."""
    rounds: WeakValueDictionary[tuple[str, bytes], Rounds] = field(default_factory=WeakValueDictionary)
    """When the watches of each client send, by user and user agent."""

    def context(
        self,
        user: User,
        verb: str,
        *,
        dry_run: bool = False,
        subresource: str = "",
        options: dict[str, Any] | None = None,
    ) -> Context:
        return Context(
            user, self.clock.now(), self.reader, dry_run, subresource, verb, options or {}, self.pools, []
        )
