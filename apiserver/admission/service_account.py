"""ServiceAccount: every pod runs as an account of its namespace and finds that account's token mounted.

Source: "Managing Service Accounts" in the Kubernetes documentation.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Iterator
from typing import Any

from ...apimachinery import errors, names
from ...apimachinery.clock import Clock
from ..registry.strategy import Object, Reader
from .plugin import CREATE, UPDATE, Attributes, Plugin, forbidden

DEFAULT_ACCOUNT = "default"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_SECONDS = 3607
ENFORCE_SECRETS = "kubernetes.io/enforce-mountable-secrets"
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
MIRROR = "kubernetes.io/config.mirror"
_TRIES = 10
_WAIT = 0.1
_CONTAINERS = ("initContainers", "containers")


class ServiceAccounts:
    """The plug-in's hooks. `rng` names the volumes; `clock` paces the wait for a namespace's default
    account."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng

    def mutate(
        self, attrs: Attributes, obj: Object, old: Object | None, reader: Reader
    ) -> Awaitable[None] | None:
        spec = obj["spec"]
        if MIRROR in (obj["metadata"].get("annotations") or {}):
            _check_mirror(attrs, obj)
            return None
        name = spec.get("serviceAccountName") or DEFAULT_ACCOUNT
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        account = reader.get("", "serviceaccounts", attrs.namespace, name)
        if account is None:
            return self._wait(attrs, obj, name, reader)
        self._apply(attrs, obj, account)
        return None

    async def _wait(self, attrs: Attributes, obj: Object, name: str, reader: Reader) -> None:
        """The default account of a namespace just made appears within moments; any other is an error at
        once."""
        for _ in range(_TRIES if name == DEFAULT_ACCOUNT else 0):
            await self._clock.sleep(_WAIT)
            account = reader.get("", "serviceaccounts", attrs.namespace, name)
            if account is not None:
                self._apply(attrs, obj, account)
                return
        why = f'error looking up service account {attrs.namespace}/{name}: serviceaccount "{name}" not found'
        raise forbidden(attrs, why, obj)

    def _apply(self, attrs: Attributes, obj: Object, account: Object) -> None:
        spec = obj["spec"]
        if _enforces(account):
            for problem in _unreferenced_secrets(spec, account):
                raise forbidden(attrs, problem, obj)
        if _automounts(spec, account):
            self._mount_token(spec)
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [dict(s) for s in account["imagePullSecrets"]]

    def _mount_token(self, spec: Object) -> None:
        volumes = spec.get("volumes") or []
        name = next((v["name"] for v in volumes if v.get("name", "").startswith("kube-api-access-")), "")
        new = not name
        if new:
            name = names.generate("kube-api-access-", self._rng)
        needed = False
        for container in _containers(spec):
            mounts = container.get("volumeMounts") or []
            if all(m.get("mountPath") != MOUNT_PATH for m in mounts):
                mount = {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}
                container["volumeMounts"] = [*mounts, mount]
                needed = True
        if new and needed:
            spec["volumes"] = [*volumes, token_volume(name)]


def token_volume(name: str) -> Object:
    """The projected volume with token, CA certificate and namespace."""
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    sources: list[Object] = [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 420}}


def _enforces(account: Object) -> bool:
    return (account["metadata"].get("annotations") or {}).get(ENFORCE_SECRETS) in _TRUE


def _containers(spec: Object) -> Iterator[Any]:
    for key in _CONTAINERS:
        yield from spec.get(key) or ()


def _automounts(spec: Object, account: Object) -> bool:
    """The pod's word counts before the account's; silence means yes."""
    for holder in (spec, account):
        said = holder.get("automountServiceAccountToken")
        if said is not None:
            return bool(said)
    return True


def _check_mirror(attrs: Attributes, obj: Object) -> None:
    """A kubelet's image of a static pod may not reach for the API."""
    spec = obj["spec"]
    if spec.get("serviceAccountName"):
        raise forbidden(attrs, "a mirror pod may not reference service accounts", obj)
    if any(True for _ in _secret_uses(spec)):
        raise forbidden(attrs, "a mirror pod may not reference secrets", obj)
    for volume in spec.get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            if source.get("serviceAccountToken"):
                why = "a mirror pod may not use ServiceAccountToken volume projections"
                raise forbidden(attrs, why, obj)


def _secret_uses(spec: Object) -> Iterator[tuple[str, str]]:
    """(secret name, how it is used) of volumes and environment."""
    for volume in spec.get("volumes") or ():
        if secret := volume.get("secret"):
            name = secret.get("secretName", "")
            yield name, f'volume with secret.secretName="{name}"'
    for key in (*_CONTAINERS, "ephemeralContainers"):
        kind = {"initContainers": "init container", "ephemeralContainers": "ephemeral container"}.get(
            key, "container"
        )
        for container in spec.get(key) or ():
            where = f"{kind} {container['name']} with"
            for variable in container.get("env") or ():
                if ref := (variable.get("valueFrom") or {}).get("secretKeyRef"):
                    name = ref.get("name", "")
                    yield name, f'{where} envVar {variable["name"]} referencing secret.secretName="{name}"'
            for source in container.get("envFrom") or ():
                if ref := source.get("secretRef"):
                    name = ref.get("name", "")
                    yield name, f'{where} envFrom referencing secret.secretName="{name}"'


def _unreferenced_secrets(spec: Object, account: Object) -> Iterator[str]:
    account_name = account["metadata"]["name"]
    allowed = {s.get("name", "") for s in account.get("secrets") or ()}
    because = f"is not allowed because service account {account_name} does not reference that"
    for name, use in _secret_uses(spec):
        if name not in allowed:
            yield f"{use} {because} secret"
    pulls = {s.get("name", "") for s in account.get("imagePullSecrets") or ()}
    for i, secret in enumerate(spec.get("imagePullSecrets") or ()):
        if secret.get("name", "") not in pulls:
            yield f'imagePullSecrets[{i}].name="{secret.get("name", "")}" {because} imagePullSecret'


def _ephemeral(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    account = reader.get("", "serviceaccounts", attrs.namespace, obj["spec"].get("serviceAccountName", ""))
    if account is None or not _enforces(account):
        return
    added = {"ephemeralContainers": obj["spec"].get("ephemeralContainers") or []}
    for problem in _unreferenced_secrets(added, account):
        raise errors.StatusError(500, "", problem)  # upstream's error has no reason


def plugins(clock: Clock, rng: random.Random) -> tuple[Plugin, Plugin]:
    hooks = ServiceAccounts(clock, rng)
    return (
        Plugin(name="ServiceAccount", on={("", "pods"): frozenset({CREATE})}, mutate=hooks.mutate),
        Plugin(
            name="ServiceAccount",
            on={("", "pods/ephemeralcontainers"): frozenset({UPDATE})},
            validate=_ephemeral,
        ),
    )
