"""Steps of putting the API server together, each out of the parts that are there already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from ..apimachinery.clock import Clock
from .admission import config_file
from .admission.matching import GROUP as REGISTRATION
from .admission.plugins import AdmissionSettings
from .admission.plugins import build as build_admission
from .admission.policies import PolicySettings
from .admission.policies import mutating as mutating_policies
from .admission.policies import validating as validating_policies
from .admission.webhooks import WebhookSettings
from .admission.webhooks import mutating as mutating_webhooks
from .admission.webhooks import validating as validating_webhooks
from .aggregation.aggregator import Aggregator
from .aggregation.connection import Connections
from .authentication import Authenticator, AuthenticatorSettings
from .authorization import Authorizer
from .authorization.chain import AlwaysAllow, ChainAuthorizer
from .authorization.escalation import EscalationCheck
from .authorization.node import NodeAuthorizer
from .authorization.rbac import RbacAuthorizer
from .bootstrap import node_rules
from .bootstrap.api_services import PRIORITIES
from .callout import CallOut
from .customresources.controller import Controller as Definitions
from .customresources.drain import Drain
from .customresources.served import CustomResources
from .endpoints import health, warnings
from .endpoints.exchange import Answer, Request
from .endpoints.internal import InternalWriter
from .endpoints.openapi import OpenAPI
from .endpoints.pages import Pages, Sources
from .endpoints.server import CacheReader, Server
from .endpoints.subresources.kubelets import Kubelets
from .flowcontrol import dump
from .flowcontrol import metrics as flow_metrics
from .flowcontrol.controller import PriorityAndFairness
from .flowcontrol.streams import stamp
from .pki.bundle import Pki
from .settings import Settings
from .storage.storage import Storage
from .why.access import AsTheObject
from .why.group import Group as WhyGroup


class Access(NamedTuple):
    """Who may do what: `authorizer` asks everybody, `rbac` is one of them."""

    authorizer: Authorizer
    rbac: RbacAuthorizer


def access(reader: CacheReader, modes: Sequence[str]) -> Access:
    """`modes` as `--authorization-mode` names them. ValueError for one that there is not."""
    rbac = RbacAuthorizer(reader)
    nodes = NodeAuthorizer(reader, node_rules())
    known: dict[str, Authorizer] = {"Node": nodes, "RBAC": rbac, "AlwaysAllow": AlwaysAllow()}
    if unknown := [mode for mode in modes if mode not in known]:
        raise ValueError(f"authorization-mode {unknown[0]!r} is unknown: there are {', '.join(known)}")
    chosen = tuple(known[mode] for mode in modes)
    return Access(ChainAuthorizer((*chosen, AsTheObject(ChainAuthorizer(chosen)))), rbac)


def authenticator(settings: Settings, pki: Pki, reader: CacheReader, clock: Clock) -> Authenticator:
    key = settings.service_account_signing_key_file
    wanted = AuthenticatorSettings(
        service_account_key=pki.service_account_key if key is None else key.read_bytes(),
        issuer=settings.service_account_issuer,
        audiences=tuple(settings.api_audiences),
        anonymous=settings.anonymous_auth,
        token_file=settings.token_file,
        front_proxy_ca=pki.front_proxy_ca.certificate,
    )
    return Authenticator.build(wanted, reader, clock)


def admit(server: Server, settings: Settings, webhooks: WebhookSettings, who: Access) -> Any:
    """The admission chains, which every scope of a built-in kind uses from now on."""

    def policies(mode: str) -> PolicySettings:
        return PolicySettings(
            reader=server.reader,
            scopes=server.scopes,
            authorizer=who.authorizer,
            policies=server.stored[REGISTRATION, f"{mode}admissionpolicies"].cache,
            bindings=server.stored[REGISTRATION, f"{mode}admissionpolicybindings"].cache,
        )

    admission = build_admission(
        AdmissionSettings(
            clock=server.clock,
            rng=server.rng,
            authorizer=who.authorizer,
            escalation=EscalationCheck(who.rbac, who.authorizer),
            quotas=server.stored["", "resourcequotas"].cache,
            mutating=(mutating_policies(policies("mutating")), mutating_webhooks(webhooks)),
            validating=(validating_policies(policies("validating")), validating_webhooks(webhooks)),
            scopes=server.scopes,
            enabled=frozenset(settings.enable_admission_plugins),
            disabled=frozenset(settings.disable_admission_plugins),
            security=config_file.load(settings.admission_config),
        )
    )
    for scope in server.scopes.values():
        scope.admission = admission
    return admission


def checks(storage: Storage) -> health.Checks:
    """What `/healthz`, `/livez` and `/readyz` ask."""
    found = health.Checks()
    found.add("log", lambda: None)
    found.add("etcd", lambda: storage.store.refusal or None, ("healthz", "livez"))
    found.add("loopback-serving-certificate", lambda: None, ("healthz", "livez"))
    found.add("etcd-readiness", lambda: storage.store.refusal or None, ("readyz",))
    found.add_started()
    return found


def definitions(server: Server, custom: CustomResources) -> Definitions:
    writer = InternalWriter(server)
    return Definitions(custom, writer, server.clock, Drain(server, custom, writer))


def show(sources: Sources, flows: PriorityAndFairness, clock: Clock) -> None:
    """Serves the metrics and the debugging dumps of flow control."""
    sources.metrics.append(lambda: flow_metrics.render(flows))
    sources.dumps.update(dump.paths(dump.Dumps(flows, clock)))


def aggregator(server: Server, storage: Storage, pki: Pki, callout: CallOut, openapi: OpenAPI) -> Aggregator:
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


def kubelets(pki: Pki, carry_pods: bool) -> Kubelets:
    name = "apiserver-kubelet-client"
    files = str(pki.certificate("ca")), str(pki.certificate(name)), str(pki.key(name))
    return Kubelets(*files, carry_pods=carry_pods)


def fallback(pages: Pages, why: WhyGroup) -> Callable[[Request], Awaitable[Answer]]:
    """Whoever answers what is no resource."""

    async def answer(request: Request) -> Answer:
        if why.serves(request):
            return await why.answer(request)
        if request.warnings:
            request.stamps += tuple(map(warnings.header, warnings.limited(request.warnings)))
            request.warnings = []
        stamp(request, None)
        return await pages.answer(request)

    return answer
