"""Puts the API server together: storage, scopes, authentication, authorization, admission, endpoints."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from ..apimachinery.clock import Clock
from ..apimachinery.schema.registry import Schema, builtin
from .addresses import AddressKeeper
from .admission.matching import GROUP as REGISTRATION
from .admission.plugins import AdmissionSettings
from .admission.plugins import build as build_admission
from .admission.policies import PolicySettings
from .admission.policies import mutating as mutating_policies
from .admission.policies import validating as validating_policies
from .admission.webhooks import WebhookSettings
from .admission.webhooks import mutating as mutating_webhooks
from .admission.webhooks import validating as validating_webhooks
from .admission.webhooks.metrics import Metrics as WebhookMetrics
from .aggregation.aggregator import Aggregator
from .aggregation.connection import Connections
from .authentication import Authenticator, AuthenticatorSettings
from .authentication.discovery import documents
from .authentication.impersonation import Impersonator
from .authentication.token_request import TokenIssuer
from .authentication.token_use import TokenUse
from .authorization.chain import ChainAuthorizer
from .authorization.chain import build as build_authorizer
from .authorization.escalation import EscalationCheck
from .authorization.node import NodeAuthorizer
from .authorization.rbac import RbacAuthorizer
from .bootstrap import node_rules
from .bootstrap.api_services import PRIORITIES
from .callout import CallOut
from .callout.tunnels import Tunnels
from .customresources.controller import Controller as Definitions
from .customresources.drain import Drain
from .customresources.served import CustomResources
from .endpoints import health, nonresource
from .endpoints.catalogue import Catalogue
from .endpoints.exchange import STREAMED, Answer, Request
from .endpoints.handler import ResourceHandler
from .endpoints.internal import InternalWriter
from .endpoints.openapi import OpenAPI
from .endpoints.openapi import documents as openapi_documents
from .endpoints.openapi.custom import CustomKind
from .endpoints.scope import Scope
from .endpoints.server import CacheReader, Key, Server
from .endpoints.subresources.kubelets import Kubelets
from .flowcontrol import dump
from .flowcontrol import metrics as flow_metrics
from .flowcontrol.build import build as build_gate
from .flowcontrol.controller import Gate, PriorityAndFairness
from .pki.bundle import Pki
from .registry.catalog import resources
from .registry.core.allocation import ServicePools
from .registry.resource import Resource
from .settings import Settings
from .storage.storage import Storage
from .why.access import AsTheObject
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
    rbac = RbacAuthorizer(reader)
    nodes = NodeAuthorizer(reader, node_rules())
    authorizer = ChainAuthorizer((nodes, rbac, AsTheObject(build_authorizer(nodes, rbac))))
    authenticator = Authenticator.build(
        AuthenticatorSettings(
            service_account_key=pki.service_account_key,
            token_file=settings.token_file,
            front_proxy_ca=pki.front_proxy_ca.certificate,
        ),
        reader,
        clock,
    )
    kubelets = _kubelets(pki, settings.pods_through_kubelets)
    callout = CallOut(reader, rng, Tunnels(kubelets, reader))
    webhooks = WebhookSettings(
        reader=reader,
        scopes=scopes.by_version,
        authorizer=authorizer,
        callout=callout,
        new_uid=lambda: random_uid(rng),
        mutating=scopes.stored[REGISTRATION, "mutatingwebhookconfigurations"].cache,
        validating=scopes.stored[REGISTRATION, "validatingwebhookconfigurations"].cache,
        metrics=WebhookMetrics(),
    )

    def policies(mode: str) -> PolicySettings:
        return PolicySettings(
            reader=reader,
            scopes=scopes.by_version,
            authorizer=authorizer,
            policies=scopes.stored[REGISTRATION, f"{mode}admissionpolicies"].cache,
            bindings=scopes.stored[REGISTRATION, f"{mode}admissionpolicybindings"].cache,
        )

    admission = build_admission(
        AdmissionSettings(
            clock=clock,
            rng=rng,
            authorizer=authorizer,
            escalation=EscalationCheck(rbac, authorizer),
            quotas=scopes.stored["", "resourcequotas"].cache,
            mutating=(mutating_policies(policies("mutating")), mutating_webhooks(webhooks)),
            validating=(validating_policies(policies("validating")), validating_webhooks(webhooks)),
            scopes=scopes.by_version,
            enabled=frozenset(settings.enable_admission_plugins),
            disabled=frozenset(settings.disable_admission_plugins),
        )
    )
    for scope in scopes.by_version.values():
        scope.admission = admission
    server = Server(
        clock=clock,
        scopes=scopes.by_version,
        stored=scopes.stored,
        reader=reader,
        authenticator=authenticator,
        authorizer=authorizer,
        impersonator=Impersonator(authorizer),
        rng=rng,
        new_uid=lambda: random_uid(rng),
        pools=ServicePools(settings.service_cidr, settings.node_ports, reader, rng),
        services={"kubelets": kubelets, "rbac": rbac, "callout": callout},
    )
    tokens = authenticator.tokens.accounts
    token_use = TokenUse(InternalWriter(server), clock)
    tokens.used = token_use.note
    server.services["token_issuer"] = TokenIssuer(tokens, clock, server.new_uid)
    checks = health.Checks()
    checks.add("log", lambda: None)
    checks.add("etcd", lambda: storage.store.refusal or None, ("healthz", "livez"))
    checks.add("etcd-readiness", lambda: storage.store.refusal or None, ("readyz",))
    checks.add_started()
    custom = CustomResources(
        storage,
        scopes.by_version,
        scopes.stored,
        admission=admission,
        callout=callout,
        new_uid=server.new_uid,
    )
    definitions = _definitions(server, custom)
    openapi = openapi_documents(served, lambda: map(CustomKind._make, custom.versions()))
    custom.changed.append(lambda group: openapi.changed())
    aggregator = _aggregator(server, storage, pki, callout, openapi)
    catalogue = Catalogue(
        lambda: (*served, *custom.resources()), f"{settings.advertise}:{settings.port}", aggregator
    )
    aggregator.on_change.append(catalogue.changed)
    custom.changed.append(lambda group: catalogue.changed())
    web = nonresource.build(catalogue, openapi, documents(tokens, settings.internal_url), checks, clock)
    nonresource.add_metrics(web, webhooks.metrics.render)
    addresses = AddressKeeper(server, InternalWriter(server), settings.service_cidr)
    nonresource.add_metrics(web, aggregator.metrics.render)
    gate = build_gate(server, settings)
    if isinstance(gate, PriorityAndFairness):
        _show(web, gate, clock)
    why = WhyGroup(server, storage.chronicle)
    asgi = ResourceHandler(server, _fallback(web, why), aggregator, gate, settings.request_timeout)
    return App(
        asgi,
        server,
        checks,
        storage,
        kubelets,
        callout,
        addresses,
        token_use,
        aggregator,
        gate,
        custom,
        definitions,
        why,
    )


def _definitions(server: Server, custom: CustomResources) -> Definitions:
    writer = InternalWriter(server)
    return Definitions(custom, writer, server.clock, Drain(server, custom, writer))


def _show(web: FastAPI, flows: PriorityAndFairness, clock: Clock) -> None:
    nonresource.add_metrics(web, lambda: flow_metrics.render(flows))
    for path, text in dump.paths(dump.Dumps(flows, clock)).items():
        nonresource.add_dump(web, path, text)


def _aggregator(server: Server, storage: Storage, pki: Pki, callout: CallOut, openapi: OpenAPI) -> Aggregator:
    name = "front-proxy-client"
    files = str(pki.certificate(name)), str(pki.key(name))
    return Aggregator(
        apiservices=storage.cache("apiregistration.k8s.io", "apiservices"),
        definitions=storage.cache("apiextensions.k8s.io", "customresourcedefinitions"),
        services=storage.cache("", "services"),
        slices=storage.cache("discovery.k8s.io", "endpointslices"),
        connections=Connections(callout, files),
        openapi=openapi,
        reader=server.reader,
        writer=InternalWriter(server),
        clock=server.clock,
        defaults=PRIORITIES,
    )


def _kubelets(pki: Pki, carry_pods: bool) -> Kubelets:
    name = "apiserver-kubelet-client"
    files = str(pki.certificate("ca")), str(pki.certificate(name)), str(pki.key(name))
    return Kubelets(*files, carry_pods=carry_pods)


def _fallback(web: Any, why: WhyGroup) -> Any:
    async def answer(request: Request) -> Answer:
        if why.serves(request):
            return await why.answer(request)
        await web(request.asgi, request.receive, request.send)
        return STREAMED

    return answer
