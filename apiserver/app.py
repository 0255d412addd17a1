"""Puts the API server together: storage, scopes, authentication, authorization, admission, endpoints."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ..apimachinery.clock import Clock
from ..apimachinery.schema.registry import Schema, builtin
from . import assembly
from .addresses import AddressKeeper
from .admission import metrics as admission_metrics
from .admission.matching import GROUP as REGISTRATION
from .admission.webhooks import WebhookSettings
from .admission.webhooks.metrics import Metrics as WebhookMetrics
from .aggregation.aggregator import Aggregator
from .authentication.discovery import documents
from .authentication.impersonation import Impersonator
from .authentication.token_request import TokenIssuer
from .authentication.token_use import TokenUse
from .callout import CallOut
from .callout.tunnels import Tunnels
from .customresources.controller import Controller as Definitions
from .customresources.served import CustomResources
from .endpoints import health, metrics, stored
from .endpoints.catalogue import Catalogue
from .endpoints.handler import ResourceHandler
from .endpoints.internal import InternalWriter
from .endpoints.openapi import documents as openapi_documents
from .endpoints.openapi.custom import CustomKind
from .endpoints.pages import Pages, Sources
from .endpoints.scope import Scope
from .endpoints.server import CacheReader, Key, Server
from .endpoints.subresources.kubelets import Kubelets
from .flowcontrol.build import build as build_gate
from .flowcontrol.controller import Gate, PriorityAndFairness
from .pki.bundle import Pki
from .registry.catalog import resources
from .registry.core.allocation import ServicePools
from .registry.resource import Resource
from .settings import Settings
from .storage.storage import Storage
from .why.group import Group as WhyGroup

_UUID_SET = 4 << 76 | 2 << 62
_UUID_KEPT = ~(15 << 76 | 3 << 62)
"""The bits of a UUID that are not its version (4) and variant (2)."""
LIST_KINDS = ("List", "Status", "DeleteOptions")


@dataclass(frozen=True)
class App:
    """A running server's parts. `asgi` is what uvicorn serves."""

    asgi: ResourceHandler
    server: Server
    checks: health.Checks
    pages: Pages
    storage: Storage
    kubelets: Kubelets
    callout: CallOut
    addresses: AddressKeeper
    token_use: TokenUse
    aggregator: Aggregator
    gate: Gate
    custom: CustomResources
    definitions: Definitions
    why: WhyGroup

    def end_watches(self) -> None:
        """Ends them all, so that their connections can end; reads and writes go on."""
        self.why.close()
        self.storage.end_watches()

    async def close(self) -> None:
        await self.definitions.close()
        await self.gate.close()
        await self.aggregator.close()
        await self.addresses.close()
        await self.token_use.close()
        await self.callout.close()
        await self.kubelets.close()
        await self.storage.close()


def known_kinds(served: tuple[Resource, ...]) -> frozenset[tuple[str, str]]:
    """(apiVersion, kind) of everything a body may name without being unknown."""
    kinds = {(r.api_version, r.kind) for r in served} | {(r.api_version, f"{r.kind}List") for r in served}
    return frozenset(kinds | {("v1", kind) for kind in LIST_KINDS})


def schema_of(resource: Resource) -> Schema:
    schema = builtin(resource.group, resource.version, resource.kind)
    if schema is None:
        raise LookupError(
            f"no schema for {resource.api_version} {resource.kind}: run scripts/generate_schemas.py"
        )
    return schema


def random_uid(rng: random.Random) -> str:
    """A UUID of version 4 (RFC 9562), formatted without the library's object in between."""
    digits = f"{rng.getrandbits(128) & _UUID_KEPT | _UUID_SET:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Scopes:
    """Every served resource's scope, and which of them is stored."""

    def __init__(self, storage: Storage, served: tuple[Resource, ...]) -> None:
        self.by_version: dict[tuple[str, str, str], Scope] = {}
        self.stored: dict[Key, Scope] = {}
        kinds = known_kinds(served)
        for resource in served:
            group = resource.group if resource.storage_group is None else resource.storage_group
            cache = storage.cache(group, resource.plural)
            scope = Scope(resource, schema_of(resource), cache, known_kinds=kinds)
            self.by_version[resource.group, resource.version, resource.plural] = scope
            if scope.owns_storage:
                self.stored[resource.group, resource.plural] = scope
                for name in resource.indexed:
                    cache.add_index(name, resource.selectable[name])
        for (group, version, plural), scope in self.by_version.items():
            for (other_group, other, same), sibling in self.by_version.items():
                if (other_group, same) == (group, plural) and other != version:
                    scope.siblings[sibling.api_version] = sibling


def build(settings: Settings, storage: Storage, pki: Pki, clock: Clock, rng: random.Random) -> App:
    """The app on an opened storage."""
    served = resources()
    scopes = Scopes(storage, served)
    reader = CacheReader(scopes.stored)
    who = assembly.access(reader, settings.authorization_mode)
    kubelets = assembly.kubelets(pki, settings.pods_through_kubelets)
    callout = CallOut(reader, rng, Tunnels(kubelets, reader))
    server = Server(
        clock=clock,
        scopes=scopes.by_version,
        stored=scopes.stored,
        reader=reader,
        authenticator=assembly.authenticator(settings, pki, reader, clock),
        authorizer=who.authorizer,
        impersonator=Impersonator(who.authorizer),
        rng=rng,
        new_uid=lambda: random_uid(rng),
        pools=ServicePools(settings.service_cidr, settings.node_ports, reader, rng),
        services={"kubelets": kubelets, "rbac": who.rbac, "callout": callout},
    )
    webhooks = _webhooks(server, callout)
    admission = assembly.admit(server, settings, webhooks, who)
    custom = CustomResources(
        storage,
        scopes.by_version,
        scopes.stored,
        admission=admission,
        callout=callout,
        new_uid=server.new_uid,
    )
    openapi = openapi_documents(served, lambda: map(CustomKind._make, custom.versions()))
    aggregator = assembly.aggregator(server, storage, pki, callout, openapi)
    catalogue = Catalogue(
        lambda: (*served, *custom.resources()), f"{settings.advertise}:{settings.port}", aggregator
    )
    aggregator.on_change.append(catalogue.changed)
    custom.dropped.append(metrics.forget)
    custom.changed += [lambda group: openapi.changed(), lambda group: catalogue.changed()]
    checks = assembly.checks(storage)
    keys = documents(server.authenticator.tokens.accounts, settings.internal_url)
    sources = Sources(catalogue, openapi, keys, checks, clock, [], {})
    gate = build_gate(server, settings)
    _measure(sources, webhooks, aggregator, gate, clock)
    sources.metrics.append(lambda: stored.render(scopes.stored, lambda: storage.store.size))
    pages = Pages(sources)
    why = WhyGroup(server, storage.chronicle)
    return App(
        ResourceHandler(server, assembly.fallback(pages, why), aggregator, gate, settings.request_timeout),
        server,
        checks,
        pages,
        storage,
        kubelets,
        callout,
        AddressKeeper(server, InternalWriter(server), settings.service_cidr),
        _tokens(server),
        aggregator,
        gate,
        custom,
        assembly.definitions(server, custom),
        why,
    )


def _measure(
    sources: Sources, webhooks: WebhookSettings, aggregator: Aggregator, gate: Gate, clock: Clock
) -> None:
    sources.metrics.extend((admission_metrics.render, webhooks.metrics.render, aggregator.metrics.render))
    if isinstance(gate, PriorityAndFairness):
        assembly.show(sources, gate, clock)


def _webhooks(server: Server, callout: CallOut) -> WebhookSettings:
    return WebhookSettings(
        reader=server.reader,
        scopes=server.scopes,
        authorizer=server.authorizer,
        callout=callout,
        new_uid=server.new_uid,
        mutating=server.stored[REGISTRATION, "mutatingwebhookconfigurations"].cache,
        validating=server.stored[REGISTRATION, "validatingwebhookconfigurations"].cache,
        metrics=WebhookMetrics(),
    )


def _tokens(server: Server) -> TokenUse:
    """Issuing the tokens of service accounts, and noting when they are used."""
    tokens = server.authenticator.tokens.accounts
    use = TokenUse(InternalWriter(server), server.clock)
    tokens.used = use.note
    server.services["token_issuer"] = TokenIssuer(tokens, server.clock, server.new_uid)
    return use
