"""Policies and bindings for tests."""

from __future__ import annotations

from typing import Any

from ...harness import CONFIG_MAPS, Api, Object, Reply, config_map

REGISTRATION = "/apis/admissionregistration.k8s.io/v1"
BETA = "/apis/admissionregistration.k8s.io/v1beta1"
RULE: Object = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "operations": ["CREATE", "UPDATE"],
    "resources": ["configmaps"],
}


def matching(**more: Any) -> Object:
    return {"resourceRules": [RULE | more]}


async def validate(
    api: Api, *validations: Object, binding: Object | None = None, name: str = "p", **spec: Any
) -> None:
    """A policy about ConfigMaps with a binding that denies."""
    policy = {"matchConstraints": matching(), "validations": list(validations), **spec}
    await api.create(
        f"{REGISTRATION}/validatingadmissionpolicies", {"metadata": {"name": name}, "spec": policy}
    )
    bound = {"policyName": name, "validationActions": ["Deny"], **(binding or {})}
    await api.create(
        f"{REGISTRATION}/validatingadmissionpolicybindings", {"metadata": {"name": name}, "spec": bound}
    )


async def mutate(
    api: Api, *mutations: Object, binding: Object | None = None, name: str = "p", **spec: Any
) -> None:
    """A policy that changes ConfigMaps, with a binding."""
    policy = {
        "matchConstraints": matching(),
        "mutations": list(mutations),
        "reinvocationPolicy": "Never",
        **spec,
    }
    await api.create(
        f"{REGISTRATION}/mutatingadmissionpolicies", {"metadata": {"name": name}, "spec": policy}
    )
    await api.create(
        f"{REGISTRATION}/mutatingadmissionpolicybindings",
        {"metadata": {"name": name}, "spec": {"policyName": name, **(binding or {})}},
    )


def applying(expression: str) -> Object:
    return {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}


def patching(expression: str) -> Object:
    return {"patchType": "JSONPatch", "jsonPatch": {"expression": expression}}


async def attempt(api: Api, name: str = "a", **fields: Any) -> Reply:
    return await api.ask("POST", CONFIG_MAPS, config_map(name, **fields))
