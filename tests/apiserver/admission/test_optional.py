"""Plug-ins that are off by default, and the flags that turn plug-ins on and off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.admission import (
    always_pull_images,
    deny_service_external_ips,
    extended_resource_toleration,
    owner_references,
    plugins,
)
from wherry.apiserver.admission.names import DEFAULT, OPTIONAL
from wherry.apiserver.authorization.attributes import ALLOWED, Attributes, Decision

from tests.apiserver.admission.support import Object, attributes, mutate, pod, refusal, run_hook, validate
from tests.apiserver.admission.test_chain import settings
from tests.apiserver.readers import MapReader

NONE = MapReader()


def test_what_is_built_is_what_the_names_say() -> None:
    built = {plugin.name for plugin in plugins.every(settings())} - {"RBACEscalation"}
    dynamic = {
        f"{mode}Admission{what}" for mode in ("Mutating", "Validating") for what in ("Policy", "Webhook")
    }
    assert built | dynamic == DEFAULT | OPTIONAL


def test_flags_turn_plugins_on_and_off() -> None:
    def met(**flags: Any) -> int:
        mutators, _ = plugins.build(replace(settings(), **flags)).for_("", "pods", "", "CREATE")
        return len(mutators)

    usual = met()
    assert met(enabled=frozenset({"AlwaysPullImages"})) == usual + 1
    assert met(disabled=frozenset({"DefaultTolerationSeconds"})) == usual - 1
    assert met(enabled=frozenset({"NodeRestriction"})) == usual


def test_every_image_is_pulled_again() -> None:
    plugin = always_pull_images.PLUGIN
    volume = {"name": "v", "image": {"reference": "i", "pullPolicy": "Never"}}
    given = pod(containers=[{"name": "c", "image": "i", "imagePullPolicy": "Never"}], volumes=[volume])
    with pytest.raises(StatusError, match='Unsupported value: "Never": supported values: "Always"'):
        run_hook(plugin.validate, attributes("pods"), given, None, NONE)
    changed = mutate(plugin, attributes("pods"), given, NONE)
    assert changed["spec"]["containers"][0]["imagePullPolicy"] == "Always"
    assert changed["spec"]["volumes"][0]["image"]["pullPolicy"] == "Always"
    validate(plugin, attributes("pods"), changed, NONE)


def test_an_update_that_brings_no_image_leaves_the_policies_alone() -> None:
    given = pod(containers=[{"name": "c", "image": "i", "imagePullPolicy": "Never"}])
    attrs = attributes("pods", "UPDATE")
    changed = mutate(always_pull_images.PLUGIN, attrs, given, NONE, pod())
    assert changed["spec"]["containers"][0]["imagePullPolicy"] == "Never"


@pytest.mark.parametrize(
    ("old", "new", "passes"),
    [([], ["1.2.3.4"], False), (["1.2.3.4"], ["1.2.3.4"], True), (["1.2.3.4"], [], True)],
)
def test_no_service_gets_new_external_ips(old: list[str], new: list[str], passes: bool) -> None:
    def service(ips: list[str]) -> Object:
        return {"metadata": {"name": "x"}, "spec": {"externalIPs": ips}}

    attrs, plugin = attributes("services", "UPDATE"), deny_service_external_ips.PLUGIN
    if passes:
        validate(plugin, attrs, service(new), NONE, service(old))
        return
    refused = refusal(plugin.validate, attrs, service(new), NONE, service(old))
    assert refused == "Use of external IPs is denied by admission control"


def test_a_pod_tolerates_the_taints_of_the_devices_it_asks_for() -> None:
    requests = {"example.com/gpu": "1", "cpu": "1", "example.com/fpga": "1"}
    container = {"name": "c", "image": "i", "resources": {"requests": requests}}
    changed = mutate(
        extended_resource_toleration.PLUGIN, attributes("pods"), pod(containers=[container]), NONE
    )
    assert changed["spec"]["tolerations"] == [
        {"key": "example.com/fpga", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "example.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
    ]


class May:
    """Allows the verbs named."""

    def __init__(self, *verbs: str) -> None:
        self._verbs = verbs
        self.asked: list[Attributes] = []

    def authorize(self, attrs: Attributes) -> Decision:
        self.asked.append(attrs)
        return ALLOWED if attrs.verb in self._verbs else Decision(False, "no rule")


def owned(block: bool = False, kind: str = "Pod") -> Object:
    owner = {"apiVersion": "v1", "kind": kind, "name": "o", "uid": "u", "blockOwnerDeletion": block}
    return {"metadata": {"name": "x", "ownerReferences": [owner]}}


def check(authorizer: May, operation: str, obj: Object, old: Object | None, scopes: Any = None) -> str:
    """The refusal; "" for none."""
    plugin = owner_references.plugin(authorizer, scopes or {})
    try:
        run_hook(plugin.validate, attributes("configmaps", operation), obj, old, NONE)
    except StatusError as error:
        return error.message.partition(" is forbidden: ")[2]
    return ""


def test_owners_of_an_object_are_changed_by_those_who_may_delete_it() -> None:
    plain: Object = {"metadata": {"name": "x"}}
    assert check(May(), "CREATE", owned(), None) == ""
    assert check(May("delete"), "UPDATE", owned(), plain) == ""
    assert check(May(), "UPDATE", owned(), owned()) == ""
    assert check(May(), "UPDATE", owned(), plain) == (
        "cannot set an ownerRef on a resource you can't delete: no rule, <nil>"
    )


def test_blocking_an_owners_deletion_takes_the_right_to_its_finalizers() -> None:
    class Pods:
        api_version, kind, group, plural, namespaced = "v1", "Pod", "", "pods", True

        class resource:  # noqa: N801
            version = "v1"

    scopes = {("", "v1", "pods"): Pods}
    may = May("update")
    assert check(may, "CREATE", owned(block=True), None, scopes) == ""
    assert (may.asked[0].resource, may.asked[0].subresource, may.asked[0].name) == ("pods", "finalizers", "o")
    assert check(May(), "CREATE", owned(block=True), None, scopes) == (
        "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set "
        "finalizers on: no rule, <nil>"
    )
    assert 'no matches for kind "Alien" in version "v1"' in check(
        May("update"), "CREATE", owned(block=True, kind="Alien"), None, scopes
    )
