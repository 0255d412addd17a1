"""Admission webhooks served by a pod (upstream: test/e2e/apimachinery/webhook.go)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conformance.api import JSON_PATCH, STRATEGIC_PATCH, Api, Object, unique
from tests.conformance.custom import ANYTHING, DEFINITIONS, Custom, body, defined, named, version
from tests.conformance.servers import Server, agnhost, deploy
from tests.e2e.waiting import until

ROOT = "/apis/admissionregistration.k8s.io/v1"
KINDS = {"validating": "validatingwebhookconfigurations", "mutating": "mutatingwebhookconfigurations"}
CONFIG_MAPS = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}
PODS = {**CONFIG_MAPS, "resources": ["pods"]}
UNWANTED = {"webhook-e2e-test": "webhook-disallow"}
START = {"mutation-start": "yes"}


@pytest.fixture(scope="module")
def server(api: Api) -> Iterator[Server]:
    """One for the module, with the very arguments and ports that upstream's has."""
    namespace = unique("webhook-server")
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    yield deploy(api, namespace, "e2e-test-webhook", 8443, agnhost("webhook", 8444))
    api.delete(f"/api/v1/namespaces/{namespace}")


class Hooks:
    """Configures webhooks for one namespace."""

    def __init__(self, api: Api, server: Server, namespace: str) -> None:
        self.api, self.server, self.namespace = api, server, namespace
        self.config_maps = f"/api/v1/namespaces/{namespace}/configmaps"
        self.pods = f"/api/v1/namespaces/{namespace}/pods"

    def hook(self, name: str, path: str, rule: Object, *operations: str, **more: Any) -> Object:
        return {
            "name": f"{name}.k8s.io",
            "rules": [{**rule, "operations": list(operations)}],
            "clientConfig": self.server.client(path),
            "namespaceSelector": {"matchLabels": {self.namespace: "true"}},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1", "v1beta1"],
            **more,
        }

    def unreachable(self, name: str, policy: str, **more: Any) -> Object:
        """Without a bundle the server's certificate is not trusted."""
        client = {"service": self.server.service("/configmaps")}
        hook = self.hook(name, "/configmaps", CONFIG_MAPS, "CREATE", failurePolicy=policy, **more)
        return {**hook, "clientConfig": client}

    def create(self, mode: str, *hooks: Object, name: str = "", labels: Object | None = None) -> str:
        name = name or f"{self.namespace}-{unique(mode)}"
        meta = {"name": name, "labels": labels or {}}
        self.api.create(f"{ROOT}/{KINDS[mode]}", {"metadata": meta, "webhooks": list(hooks)})
        return f"{ROOT}/{KINDS[mode]}/{name}"

    @contextmanager
    def configured(self, mode: str, *hooks: Object) -> Iterator[str]:
        """In force when the body begins: a configuration is, with the write that makes it."""
        path = self.create(mode, *hooks)
        yield path
        self.api.delete(path)

    def config_map(self, name: str, data: Object) -> Object:
        return {"metadata": {"name": name}, "data": data}

    def denied(self, path: str, obj: Object, *words: str, code: int = 400) -> None:
        message = self.api.fails(code, "POST", path, obj)
        for word in words or ("denied the request",):
            assert word in message

    def data(self, name: str) -> Object:
        """Of a ConfigMap that asks to be mutated."""
        made = self.api.create(self.config_maps, self.config_map(name, START))
        self.api.delete(f"{self.config_maps}/{name}")
        return dict(made["data"])


@pytest.fixture
def hooks(api: Api, server: Server, namespace: str) -> Hooks:
    return Hooks(api, server, namespace)


def pod(name: str, container: str, **labels: str) -> Object:
    spec = {"containers": [{"name": container, "image": "registry.k8s.io/pause:3.10"}]}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}


def refusing(hooks: Hooks) -> Object:
    return hooks.hook(
        "deny-unwanted-configmap-data", "/configmaps", CONFIG_MAPS, "CREATE", "UPDATE", "DELETE"
    )


def mutating(hooks: Hooks, stage: int = 1, **more: Any) -> Object:
    name = f"adding-configmap-data-stage-{stage}"
    return hooks.hook(name, "/mutating-configmaps", CONFIG_MAPS, "CREATE", **more)


def test_discovery(api: Api) -> None:
    """«should include webhook resources in discovery documents»"""
    group = next(one for one in api.get("/apis")["groups"] if one["name"] == "admissionregistration.k8s.io")
    assert {"groupVersion": "admissionregistration.k8s.io/v1", "version": "v1"} in group["versions"]
    assert group["versions"] == api.get("/apis/admissionregistration.k8s.io")["versions"]
    assert set(KINDS.values()) <= {one["name"] for one in api.get(ROOT)["resources"]}


def test_pods_and_config_maps_are_denied(api: Api, hooks: Hooks) -> None:
    """«should be able to deny pod and configmap creation»"""
    skipping = {"key": "skip-webhook-admission", "operator": "NotIn", "values": ["yes"]}
    selector = {"matchLabels": {hooks.namespace: "true"}, "matchExpressions": [skipping]}
    deny_pods = hooks.hook("deny-pods", "/pods", PODS, "CREATE", timeoutSeconds=2)
    deny = {**refusing(hooks), "namespaceSelector": selector}
    with hooks.configured("validating", deny_pods, deny, hooks.unreachable("fail-open", "Ignore")):
        bad = pod("disallowed-pod", "webhook-disallow", **UNWANTED)
        hooks.denied(
            hooks.pods, bad, "the pod contains unwanted container name", "the pod contains unwanted label"
        )
        hanging = pod("hanging-pod", "wait-forever", **{"webhook-e2e-test": "wait-forever"})
        hooks.denied(hooks.pods, hanging, "webhook", "deadline", code=500)
        assert api.gone(f"{hooks.pods}/hanging-pod")
        refusal = "the configmap contains unwanted key and value"
        hooks.denied(hooks.config_maps, hooks.config_map("disallowed", UNWANTED), refusal)
        good = api.create(hooks.config_maps, hooks.config_map("allowed", {"admit": "this"}))
        good["data"] |= UNWANTED
        path = f"{hooks.config_maps}/allowed"
        assert refusal in api.fails(400, "PUT", path, good)
        assert refusal in api.fails(400, "PATCH", path, {"data": UNWANTED}, content_type=STRATEGIC_PATCH)
        exempt = {
            "name": unique("exempted"),
            "labels": {hooks.namespace: "true", "skip-webhook-admission": "yes"},
        }
        with api.having("/api/v1/namespaces", {"metadata": exempt}):
            path = f"/api/v1/namespaces/{exempt['name']}/configmaps"
            api.create(path, hooks.config_map("disallowed", UNWANTED))


def test_attaching_is_denied(api: Api, hooks: Hooks) -> None:
    """«should be able to deny attaching pod»: the webhook sees what connects."""
    rule = {**CONFIG_MAPS, "resources": ["pods/attach"]}
    with hooks.configured("validating", hooks.hook("deny-attaching", "/pods/attach", rule, "CONNECT")):
        api.create(hooks.pods, pod("to-be-attached-pod", "container1"))
        path = f"{hooks.pods}/to-be-attached-pod"
        until(lambda: api.get(path)["status"]["phase"] == "Running", what="the pod")
        message = api.fails(400, "POST", f"{path}/attach?container=container1&stdin=true")
        assert "attaching to pod 'to-be-attached-pod' is not allowed" in message


def custom_rule(custom: Custom) -> Object:
    versions = [one["name"] for one in custom.api.get(custom.definition)["spec"]["versions"]]
    return {"apiGroups": [custom.group], "apiVersions": versions, "resources": [custom.plural]}


def test_custom_resources_are_denied(api: Api, hooks: Hooks) -> None:
    """«should be able to deny custom resource creation, update and deletion»"""
    with defined(api) as custom:
        rule = custom_rule(custom)
        hook = hooks.hook("deny-custom", "/custom-resource", rule, "CREATE", "UPDATE", "DELETE")
        with hooks.configured("validating", hook):
            words = "the custom resource contains unwanted data"
            hooks.denied(custom.path(hooks.namespace), custom.obj("cr-instance-1", data=UNWANTED), words)
            stuck = {"webhook-e2e-test": "webhook-nondeletable"}
            made = api.create(custom.path(hooks.namespace), custom.obj("cr-instance-2", data=stuck))
            path = custom.path(hooks.namespace, "cr-instance-2")
            assert words in api.fails(400, "PUT", path, {**made, "data": UNWANTED})
            message = api.fails(400, "DELETE", path)
            assert (
                "the custom resource cannot be deleted because it contains unwanted key and value" in message
            )
            api.update(path, {**made, "data": {"webhook-e2e-test": "webhook-allow"}})
            api.delete(path)


def test_a_webhook_that_cannot_be_called_denies_everything(api: Api, hooks: Hooks) -> None:
    """«should unconditionally reject operations on fail closed webhook»"""
    with hooks.configured("validating", hooks.unreachable("fail-closed", "Fail")):
        answer = api.ask("POST", hooks.config_maps, {"metadata": {"name": "foo"}})
        assert answer.code == 500 and answer.obj["reason"] == "InternalError"
        assert 'failed calling webhook "fail-closed.k8s.io"' in answer.message


def test_config_maps_are_mutated_in_order(hooks: Hooks) -> None:
    """«should mutate configmap»"""
    with hooks.configured("mutating", mutating(hooks, 1), mutating(hooks, 2)):
        assert hooks.data("to-be-mutated") == dict.fromkeys(
            ("mutation-start", "mutation-stage-1", "mutation-stage-2"), "yes"
        )


def test_a_mutated_pod_is_defaulted(api: Api, hooks: Hooks) -> None:
    """«should mutate pod and apply defaults after mutation»"""
    with hooks.configured("mutating", hooks.hook("adding-init", "/mutating-pods", PODS, "CREATE")):
        made = api.create(hooks.pods, pod("webhook-to-be-mutated", "example"))
        (added,) = made["spec"]["initContainers"]
        assert added["name"] == "webhook-added-init-container"
        assert added["terminationMessagePolicy"] == "File"


def test_configurations_of_webhooks_are_out_of_reach(api: Api, hooks: Hooks) -> None:
    """«should not be able to mutate or prevent deletion of webhook configuration objects»"""
    rule = {
        "apiGroups": ["admissionregistration.k8s.io"],
        "apiVersions": ["*"],
        "resources": list(KINDS.values()),
    }
    deny = hooks.hook("deny-deletions", "/always-deny", rule, "DELETE", failurePolicy="Fail")
    label = hooks.hook("add-label", "/add-label", rule, "CREATE", failurePolicy="Fail")
    del deny["namespaceSelector"], label["namespaceSelector"]
    with hooks.configured("validating", deny), hooks.configured("mutating", label):
        for mode in KINDS:
            nothing = {**CONFIG_MAPS, "resources": ["invalid"]}
            dummy = hooks.hook("dummy", "", nothing, "CREATE", failurePolicy="Ignore")
            path = hooks.create(mode, dummy)
            assert "added-label" not in api.get(path)["metadata"].get("labels", {})
            api.delete(path)
            assert api.gone(path)


def mutate_custom(hooks: Hooks, custom: Custom) -> tuple[Object, Object]:
    rule, path = custom_rule(custom), "/mutating-custom-resource"
    return (
        hooks.hook("mutate-stage-1", path, rule, "CREATE", "UPDATE"),
        hooks.hook("mutate-stage-2", path, rule, "CREATE"),
    )


def test_custom_resources_are_mutated(api: Api, hooks: Hooks) -> None:
    """«should mutate custom resource»"""
    with defined(api) as custom, hooks.configured("mutating", *mutate_custom(hooks, custom)):
        made = api.create(custom.path(hooks.namespace), custom.obj("cr-instance-1", data=START))
        assert made["data"] == {**START, "mutation-stage-1": "yes", "mutation-stage-2": "yes"}


def test_what_a_mutation_adds_is_pruned(api: Api, hooks: Hooks) -> None:
    """«should mutate custom resource with pruning»"""
    words = {"mutation-start": {"type": "string"}, "mutation-stage-1": {"type": "string"}}
    schema = {"type": "object", "properties": {"data": {"type": "object", "properties": words}}}
    versions = (version("v1", schema), version("v2", schema, storage=False))
    with (
        defined(api, *versions) as custom,
        hooks.configured("mutating", *mutate_custom(hooks, custom)),
    ):
        made = api.create(custom.path(hooks.namespace), custom.obj("cr-instance-1", data=START))
        assert made["data"] == {**START, "mutation-stage-1": "yes"}


def test_mutation_when_the_stored_version_changes(api: Api, hooks: Hooks) -> None:
    """«should mutate custom resource with different stored version»"""
    first, second = version("v1"), version("v2", storage=False)
    with (
        defined(api, first, second) as custom,
        hooks.configured("mutating", *mutate_custom(hooks, custom)),
    ):
        api.create(custom.path(hooks.namespace), custom.obj("cr-instance-1", data=START))
        swapped = [{**first, "storage": False}, {**second, "storage": True}]
        api.patch(custom.definition, {"spec": {"versions": swapped}}, STRATEGIC_PATCH)
        path = custom.path(hooks.namespace, "cr-instance-1", "v2")
        made = api.patch(path, [{"op": "add", "path": "/dummy", "value": "test"}], JSON_PATCH)
        assert made["data"] == {**START, "mutation-stage-1": "yes", "mutation-stage-2": "yes"}
        assert made["dummy"] == "test" and made["apiVersion"].endswith("/v2")


def test_definitions_are_denied(api: Api, hooks: Hooks) -> None:
    """«should deny crd creation»"""
    rule = {
        "apiGroups": ["apiextensions.k8s.io"],
        "apiVersions": ["*"],
        "resources": ["customresourcedefinitions"],
    }
    hook = hooks.hook("deny-crd", "/crd", rule, "CREATE")
    hook["objectSelector"] = hook.pop("namespaceSelector")
    with hooks.configured("validating", hook):
        custom = named(api, [version("v1")])
        definition = body(custom, [version("v1", ANYTHING)])
        definition["metadata"]["labels"] = {hooks.namespace: "true", **UNWANTED}
        hooks.denied(DEFINITIONS, definition, "the crd contains unwanted label")


@pytest.mark.parametrize(
    ("policy", "seconds", "denied"), [("Fail", 1, True), ("Ignore", 1, False), ("Fail", 10, False)]
)
def test_timeouts(hooks: Hooks, policy: str, seconds: int, denied: bool) -> None:
    """«should honor timeout»: this webhook takes five seconds."""
    path = "/always-allow-delay-5s"
    slow = hooks.hook("slow", path, CONFIG_MAPS, "CREATE", failurePolicy=policy, timeoutSeconds=seconds)
    with hooks.configured("validating", slow) as configuration:
        assert hooks.api.get(configuration)["webhooks"][0]["timeoutSeconds"] == seconds
        if denied:
            words = ("context deadline exceeded", f"{path}?timeout=1s")
            hooks.denied(hooks.config_maps, hooks.config_map("slow", {}), *words, code=500)
        else:
            hooks.api.create(hooks.config_maps, hooks.config_map("slow", {}))


def operations(api: Api, path: str, *names: str) -> None:
    value = {"op": "replace", "path": "/webhooks/0/rules/0/operations", "value": list(names)}
    api.patch(path, [value], JSON_PATCH)


def test_a_validating_webhook_is_updated_and_patched(api: Api, hooks: Hooks) -> None:
    """«patching/updating a validating webhook should work»"""
    bad = hooks.config_map("bad", UNWANTED)
    with hooks.configured("validating", refusing(hooks)) as path:
        hooks.denied(hooks.config_maps, bad)
        configuration = api.get(path)
        configuration["webhooks"][0]["rules"][0]["operations"] = ["UPDATE"]
        api.update(path, configuration)
        api.create(hooks.config_maps, bad)
        api.delete(f"{hooks.config_maps}/bad")
        operations(api, path, "CREATE")
        hooks.denied(hooks.config_maps, bad)


def test_a_mutating_webhook_is_updated_and_patched(api: Api, hooks: Hooks) -> None:
    """«patching/updating a mutating webhook should work»"""
    with hooks.configured("mutating", mutating(hooks)) as path:
        configuration = api.get(path)
        configuration["webhooks"][0]["rules"][0]["operations"] = ["UPDATE"]
        api.update(path, configuration)
        assert hooks.data("one") == START
        operations(api, path, "CREATE")
        assert hooks.data("two") == {**START, "mutation-stage-1": "yes"}


def test_listing_and_deleting_validating_webhooks(api: Api, hooks: Hooks) -> None:
    """«listing validating webhooks should work»"""
    mark, bad = unique("list-test"), hooks.config_map("bad", UNWANTED)
    for number in range(10):
        hooks.create("validating", refusing(hooks), name=f"{mark}-{number}", labels={"mark": mark})
    kind = f"{ROOT}/{KINDS['validating']}"
    assert len(api.names(kind, labelSelector=f"mark={mark}")) == 10
    hooks.denied(hooks.config_maps, bad)
    api.delete(kind, labelSelector=f"mark={mark}")
    api.create(hooks.config_maps, bad)


def test_listing_and_deleting_mutating_webhooks(api: Api, hooks: Hooks) -> None:
    """«listing mutating webhooks should work»"""
    mark = unique("list-test")
    for number in range(10):
        hooks.create("mutating", mutating(hooks), name=f"{mark}-{number}", labels={"mark": mark})
    kind = f"{ROOT}/{KINDS['mutating']}"
    assert len(api.names(kind, labelSelector=f"mark={mark}")) == 10
    assert "mutation-stage-1" in hooks.data("one")
    api.delete(kind, labelSelector=f"mark={mark}")
    assert hooks.data("two") == START


@pytest.mark.parametrize("mode", KINDS)
def test_match_conditions_are_stored_and_updated(api: Api, hooks: Hooks, mode: str) -> None:
    """«should be able to create and update … webhook configurations with match conditions»"""
    first = {"name": "expression-1", "expression": "object.metadata.namespace == 'production'"}
    second = {"name": "expression-2", "expression": "object.metadata.namespace == 'staging'"}
    hook = hooks.hook("conditional", "/always-deny", CONFIG_MAPS, "CREATE", matchConditions=[first])
    with hooks.configured(mode, hook) as path:
        configuration = api.get(path)
        assert configuration["webhooks"][0]["matchConditions"] == [first]
        configuration["webhooks"][0]["matchConditions"] = [first, second]
        api.update(path, configuration)
        assert api.get(path)["webhooks"][0]["matchConditions"] == [first, second]


@pytest.mark.parametrize("mode", KINDS)
def test_bad_match_conditions_are_refused(api: Api, hooks: Hooks, mode: str) -> None:
    """«should reject … webhook configurations with invalid match conditions»"""
    bad = {"name": "invalid-expression-1", "expression": "... [] bad expression"}
    hook = hooks.hook("conditional", "/always-deny", CONFIG_MAPS, "CREATE", matchConditions=[bad])
    configuration = {"metadata": {"name": unique("bad")}, "webhooks": [hook]}
    assert "compilation failed" in api.fails(422, "POST", f"{ROOT}/{KINDS[mode]}", configuration)


def test_a_match_condition_leaves_one_out(hooks: Hooks) -> None:
    """«should mutate everything except 'skip-me' configmaps»"""
    condition = {"name": "skip-me", "expression": "object.metadata.name != 'skip-me'"}
    with hooks.configured("mutating", mutating(hooks, matchConditions=[condition])):
        assert hooks.data("somebody") == {**START, "mutation-stage-1": "yes"}
        assert hooks.data("skip-me") == START
