"""PodSecurity: levels, versions, warnings."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.admission.pod_security import (
    PREFIX,
    UNCONFIGURED,
    Configuration,
    LevelVersion,
    plugins,
    policy_of,
)

from tests.apiserver.admission.support import Object, attributes, pod, refusal, validate
from tests.apiserver.readers import MapReader

PLUGIN, TEMPLATES, NAMESPACES = plugins(UNCONFIGURED)
SAFE: Any = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def labelled(**labels: str) -> MapReader:
    reader = MapReader()
    marks = {PREFIX + name.replace("_", "-"): value for name, value in labels.items()}
    reader.put("", "namespaces", "ns", metadata={"labels": {"kubernetes.io/metadata.name": "ns", **marks}})
    return reader


def container(name: str = "c", **security: Any) -> Object:
    return {"name": name, "image": "i", "securityContext": security}


def refused(level: str, obj: Object) -> str:
    message = refusal(PLUGIN.validate, attributes("pods"), obj, labelled(enforce=level))
    return message.removeprefix(f'violates PodSecurity "{level}:latest": ')


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"hostNetwork": True, "hostPID": True}, "host namespaces (hostNetwork=true, hostPID=true)"),
        ({"volumes": [{"name": "h", "hostPath": {}}]}, 'hostPath volumes (volume "h")'),
        (
            {"containers": [container(privileged=True)]},
            'privileged (container "c" must not set securityContext.privileged=true)',
        ),
        (
            {"initContainers": [container("i", capabilities={"add": ["SYS_ADMIN", "CHOWN"]})]},
            'non-default capabilities (container "i" must not include "SYS_ADMIN" in '
            "securityContext.capabilities.add)",
        ),
        (
            {"containers": [{"name": "c", "ports": [{"hostPort": 80}, {"hostPort": 443}]}]},
            'hostPort (container "c" uses hostPorts 443, 80)',
        ),
        (
            {"containers": [{"name": "c", "livenessProbe": {"httpGet": {"host": "1.2.3.4"}}}]},
            'probe or lifecycle host (container "c" uses probe or lifecycle host "1.2.3.4")',
        ),
        (
            {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
            'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
        ),
        (
            {"securityContext": {"seLinuxOptions": {"type": "spc_t", "user": "u"}}},
            'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user '
            "may not be set)",
        ),
        ({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, "forbidden sysctls (kernel.msgmax)"),
        (
            {"securityContext": {"appArmorProfile": {"type": "Unconfined"}}},
            'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
        ),
        (
            {"containers": [container(procMount="Unmasked")]},
            'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
        ),
        (
            {"securityContext": {"windowsOptions": {"hostProcess": True}}},
            "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
        ),
    ],
)
def test_baseline(spec: Object, message: str) -> None:
    assert refused("baseline", pod(**spec)) == message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"containers": [container(**{**SAFE, "allowPrivilegeEscalation": None})]},
            'allowPrivilegeEscalation != false (container "c" must set '
            "securityContext.allowPrivilegeEscalation=false)",
        ),
        (
            {
                "containers": [
                    container(**SAFE),
                    container("d", **{**SAFE, "capabilities": {"add": ["CHOWN"]}}),
                ]
            },
            'unrestricted capabilities (container "d" must set securityContext.capabilities.drop=["ALL"]; '
            'container "d" must not include "CHOWN" in securityContext.capabilities.add)',
        ),
        (
            {
                "containers": [container(**SAFE)],
                "volumes": [{"name": "n", "nfs": {}}, {"name": "e", "emptyDir": {}}],
            },
            'restricted volume types (volume "n" uses restricted volume type "nfs")',
        ),
        (
            {"containers": [container(**{**SAFE, "runAsNonRoot": None})]},
            'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
        ),
        (
            {"containers": [container(**SAFE, runAsUser=0)]},
            'runAsUser=0 (container "c" must not set runAsUser=0)',
        ),
        (
            {"containers": [container(**{**SAFE, "seccompProfile": None})]},
            'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to '
            '"RuntimeDefault" '
            'or "Localhost")',
        ),
    ],
)
def test_restricted(spec: Object, message: str) -> None:
    assert refused("restricted", pod(**spec)) == message


@pytest.mark.parametrize("level", ["privileged", "baseline", "restricted"])
def test_a_careful_pod_passes_everywhere(level: str) -> None:
    validate(PLUGIN, attributes("pods"), pod(containers=[container(**SAFE)]), labelled(enforce=level))


def test_older_versions_ask_for_less() -> None:
    reader = labelled(enforce="restricted", enforce_version="v1.18")
    message = refusal(PLUGIN.validate, attributes("pods"), pod(), reader)
    assert message.startswith('violates PodSecurity "restricted:v1.18": allowPrivilegeEscalation')
    assert "seccompProfile" not in message


def test_a_user_namespace_relaxes_root() -> None:
    careful: Any = {k: v for k, v in SAFE.items() if k != "runAsNonRoot"}
    obj = pod(containers=[container(**careful)], hostUsers=False)
    validate(PLUGIN, attributes("pods"), obj, labelled(enforce="restricted"))


def test_warnings_do_not_refuse() -> None:
    attrs = attributes("pods")
    validate(PLUGIN, attrs, pod(hostPID=True), labelled(warn="baseline"))
    assert attrs.warnings == ['would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)']


def test_an_enforced_level_warns_about_templates() -> None:
    attrs = attributes("apps|deployments")
    deployment = {"metadata": {"name": "x"}, "spec": {"template": pod(hostPID=True)}}
    validate(TEMPLATES, attrs, deployment, labelled(enforce="baseline"))
    assert attrs.warnings == ['would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)']


def test_an_update_is_judged_by_what_it_changes() -> None:
    attrs, reader = attributes("pods", "UPDATE"), labelled(enforce="baseline")
    old = pod(hostPID=True)
    validate(PLUGIN, attrs, pod(hostPID=True, tolerations=[]), reader, old)
    changed = pod(hostPID=True, containers=[{"name": "c", "image": "new"}])
    assert "hostPID" in refusal(PLUGIN.validate, attrs, changed, reader, old)


def test_labels_that_say_nothing_sensible() -> None:
    obj = {"metadata": {"name": "x", "labels": {PREFIX + "enforce": "zork", PREFIX + "warn-version": "1.2"}}}
    with pytest.raises(StatusError) as caught:
        validate(NAMESPACES, attributes("namespaces", namespace=""), obj, MapReader())
    assert caught.value.message == (
        f'Namespace "x" is invalid: [metadata.labels[{PREFIX}enforce]: Invalid value: "zork": must be one of '
        f"privileged, baseline, restricted, metadata.labels[{PREFIX}warn-version]: Invalid value: "
        f'"1.2": must be '
        '"latest" or "v1.x"]'
    )


def test_a_stricter_namespace_warns_about_the_pods_it_has() -> None:
    reader = labelled()
    for name in ("b", "a"):
        reader.put("", "pods", name, "ns", spec=pod(hostPID=True)["spec"])
    attrs = attributes("namespaces", "UPDATE", namespace="")
    new = {"metadata": {"name": "ns", "labels": {PREFIX + "enforce": "baseline"}}}
    validate(NAMESPACES, attrs, new, reader, {"metadata": {"name": "ns"}})
    assert attrs.warnings == [
        'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
        "a (and 1 other pod): host namespaces",
    ]


def test_a_version_beyond_64_bits_is_none() -> None:
    _, problems = policy_of({PREFIX + "warn-version": "v1." + "9" * 20})
    assert 'must be "latest" or "v1.x"' in str(problems[0])


def test_warn_follows_enforce_unless_it_is_named() -> None:
    policy, _ = policy_of({PREFIX + "enforce": "baseline", PREFIX + "enforce-version": "v1.30"})
    assert policy.warn == LevelVersion("baseline", "v1.30")
    policy, _ = policy_of({PREFIX + "enforce": "baseline", PREFIX + "warn": "restricted"})
    assert policy.warn == LevelVersion("restricted", "latest")


CAREFUL = Configuration(
    {f"{PREFIX}enforce": "baseline", f"{PREFIX}warn": "restricted"},
    usernames=frozenset({"operator"}),
    runtime_classes=frozenset({"kata"}),
    namespaces=frozenset({"kube-system"}),
)


def test_where_a_namespace_says_nothing_the_defaults_hold() -> None:
    pods, *_ = plugins(CAREFUL)
    message = refusal(pods.validate, attributes("pods"), pod(hostPID=True), labelled())
    assert message.startswith('violates PodSecurity "baseline:latest"')
    warned: list[str] = []
    validate(pods, attributes("pods")._replace(warnings=warned), pod(containers=[container()]), labelled())
    assert warned[0].startswith('would violate PodSecurity "restricted:latest"')
    validate(pods, attributes("pods"), pod(hostPID=True), labelled(enforce="privileged"))


@pytest.mark.parametrize(
    ("namespace", "user", "spec"),
    [("kube-system", "", {}), ("ns", "operator", {}), ("ns", "", {"runtimeClassName": "kata"})],
)
def test_who_is_exempt_may_do_anything(namespace: str, user: str, spec: Object) -> None:
    pods, *_ = plugins(CAREFUL)
    attrs = attributes("pods", namespace=namespace)
    if user:
        attrs = attrs._replace(user=attrs.user._replace(name=user))
    validate(pods, attrs, pod(hostPID=True, **spec), labelled())


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, ""),
        ({"enforce": "restricted", "warn": "privileged"}, "enforce=restricted:latest"),
        ({"enforce": "privileged", "audit": "baseline", "audit-version": "v1.30"}, "audit=baseline:v1.30"),
    ],
)
def test_labels_of_a_namespace_that_is_exempt_are_told_to_mean_nothing(
    asked: dict[str, str], shown: str
) -> None:
    *_, namespaces = plugins(CAREFUL)
    labels = {f"pod-security.kubernetes.io/{name}": value for name, value in asked.items()}
    name = next(iter(CAREFUL.namespaces))
    attrs = attributes("namespaces", namespace="", name=name)
    validate(namespaces, attrs, {"metadata": {"name": name, "labels": labels}}, MapReader())
    said = f'namespace "{name}" is exempt from Pod Security, and the policy ({shown}) will be ignored'
    assert attrs.warnings == ([said] if shown else [])
