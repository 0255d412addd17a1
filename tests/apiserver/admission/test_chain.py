"""Which plug-ins a request meets."""

from __future__ import annotations

import random

from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.admission import AdmissionChain, AdmissionSettings, Plugin, build
from wherry.apiserver.admission.plugin import CREATE, UPDATE
from wherry.apiserver.authorization.escalation import EscalationCheck
from wherry.apiserver.authorization.rbac import RbacAuthorizer
from wherry.apiserver.storage.entry import Entry

from tests.apiserver.readers import MapReader


class NoQuotas:
    def get(self, namespace: str, name: str) -> Entry | None:
        return None

    async def update(self, namespace: str, name: str, obj: dict[str, object], *, expected: int) -> Entry:
        raise AssertionError("nothing to update")


def settings() -> AdmissionSettings:
    rbac = RbacAuthorizer(MapReader())
    return AdmissionSettings(
        clock=FakeClock(),
        rng=random.Random(1),
        authorizer=rbac,
        escalation=EscalationCheck(rbac, rbac),
        quotas=NoQuotas(),
    )


def chain() -> AdmissionChain:
    return build(settings())


def test_a_plugin_is_asked_about_its_own_resources_and_operations_only() -> None:
    plugin = Plugin(name="P", on={("", "pods"): frozenset({CREATE})})
    assert plugin.handles("", "pods", "", CREATE)
    assert not plugin.handles("", "pods", "", UPDATE)
    assert not plugin.handles("", "pods", "status", CREATE)
    assert not plugin.handles("apps", "pods", "", CREATE)


def test_a_config_map_pays_for_namespace_and_quota_only() -> None:
    mutators, validators = chain().for_("", "configmaps", "", CREATE)
    assert (len(mutators), len(validators)) == (1, 1)


def test_a_config_maps_update_pays_for_its_namespace_only() -> None:
    mutators, validators = chain().for_("", "configmaps", "", UPDATE)
    assert (len(mutators), len(validators)) == (1, 0)


def test_access_reviews_meet_nobody() -> None:
    assert chain().for_("authorization.k8s.io", "localsubjectaccessreviews", "", CREATE) == ((), ())


def test_pods_meet_limits_accounts_priorities_and_tolerations() -> None:
    mutators, _ = chain().for_("", "pods", "", CREATE)
    assert len(mutators) == 8
