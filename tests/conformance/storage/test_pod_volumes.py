"""What containers see of their volumes (upstream: test/e2e/common/storage/{empty_dir,configmap_volume,
secrets_volume,downwardapi_volume,projected_*,host_path}.go, test/e2e/storage/subpath.go,
test/e2e/common/node/expansion.go)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conformance.api import Api
from tests.e2e.waiting import until

Object = dict[str, Any]
AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.56"
FILE = "/v/file"
CONFIG = {"name": "config"}
ITEMS = {"items": [{"key": "data-1", "path": "path/to/data-2"}]}
DEEP = {"items": [{"key": "data-1", "path": "path/to/data-2", "mode": 0o400}]}
NEW = [f'content of file "{FILE}": mount-tester new file', f'perms of file "{FILE}": ']
USER: Object = {"runAsUser": 1001}


class Case(NamedTuple):
    """A volume, what mounttest is told, and lines of its answer. `pod` is the pod's security context."""

    volume: Object
    flags: str
    wanted: list[str]
    pod: Object = {}
    mount: Object = {}


def written(mode: str, medium: str = "", **pod: Any) -> Case:
    """A new file in an emptyDir: «should support (root|non-root,0644,tmpfs)»."""
    perms = {"0644": "-rw-r--r--", "0666": "-rw-rw-rw-", "0777": "-rwxrwxrwx"}[mode]
    kind = ['mount type of "/v": tmpfs'] if medium else []
    wanted = [*kind, NEW[0], NEW[1] + perms]
    return Case({"emptyDir": {"medium": medium}}, f"--fs_type=/v --new_file_{mode}={FILE}", wanted, pod)


def directory(medium: str) -> Case:
    """«volume on … should have the correct mode»."""
    return Case({"emptyDir": {"medium": medium}}, "--file_perm=/v", ['perms of file "/v": -rwxrwxrwx'])


def content(volume: Object, path: str, text: str, mode: str = "", **pod: Any) -> Case:
    found = [f'content of file "/v/{path}": {text}']
    found += [f'mode of file "/v/{path}": {mode}'] if mode else []
    flags = f"--file_content=/v/{path}" + (f" --file_mode=/v/{path}" if mode else "")
    return Case(volume, flags, found, pod)


def projected(*sources: Object, **more: Any) -> Object:
    return {"projected": {"sources": list(sources), **more}}


def token(mode: str, user: int, group: int, **pod: Any) -> Case:
    """«should set ownership and permission when RunAsUser or FsGroup is present»"""
    path = "/v/..data/token"
    wanted = [
        f'mode of file "{path}": {mode}',
        f'owner UID of "{path}": {user}',
        f'owner GID of "{path}": {group}',
    ]
    volume = projected({"serviceAccountToken": {"path": "token"}})
    return Case(volume, f"--file_mode={path} --file_owner={path}", wanted, pod)


LABELS = {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}
NAME = {"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}
AMOUNTS = {"limits.cpu": "2", "limits.memory": "67108864", "requests.cpu": "1", "requests.memory": "33554432"}
"""In whole CPUs, rounded up, and in bytes."""
MODES = ("0644", "0666", "0777")
OPTIONS: dict[str, tuple[Object, Object, str, str, Object]] = {
    "": ({}, {}, "data-1", "-rw-r--r--", {}),
    "-user": ({}, {}, "data-1", "", {"runAsUser": 1000}),
    "-mode": ({"defaultMode": 0o400}, {}, "data-1", "-r--------", {}),
    "-group": ({"defaultMode": 0o440}, {}, "data-1", "-r--r-----", {"runAsUser": 1000, "fsGroup": 1001}),
    "-items": ({}, ITEMS, "path/to/data-2", "-rw-r--r--", {}),
    "-items-user": ({}, ITEMS, "path/to/data-2", "", {"runAsUser": 1000}),
    "-items-mode": ({}, DEEP, "path/to/data-2", "-r--------", {}),
}
"""Of the volume, of the source in it; the file that is looked at, its mode, the pod's security context."""


def files(name: str, alone: Object, part: Object) -> dict[str, Case]:
    """«should be consumable from pods in volume …», by itself and in a projected volume."""
    ((kind, source),), found = alone.items(), {}
    for option, (of_volume, of_source, path, mode, context) in OPTIONS.items():
        volume = {kind: source | of_volume | of_source}
        found[name + option] = content(volume, path, "value-1", mode, **context)
        ((key, value),) = part.items()
        volume = projected({key: value | of_source}, **of_volume)
        found[f"projected-{name}{option}"] = content(volume, path, "value-1", mode, **context)
    return found


def downward(name: str, wrap: Callable[..., Object]) -> dict[str, Case]:
    """«should provide container's cpu limit», «… memory request», «should provide podname only», …"""
    found = {f"{name}-labels": content(wrap(LABELS), "labels", f'case="{name}-labels"')}
    item: Object
    for resource, amount in AMOUNTS.items():
        item = {"path": "amount", "resourceFieldRef": {"containerName": "main", "resource": resource}}
        case = f"{name}-{resource.replace('.', '-')}"
        found[case] = content(wrap({"items": [item]}), "amount", amount)
    found[f"{name}-name"] = content(wrap({"items": [NAME]}), "name", f"{name}-name", "-rw-r--r--")
    item = NAME | {"mode": 0o400}
    found[f"{name}-item-mode"] = content(wrap({"items": [item]}), "name", f"{name}-item-mode", "-r--------")
    volume = wrap({"items": [NAME]}, defaultMode=0o400)
    found[f"{name}-mode"] = content(volume, "name", f"{name}-mode", "-r--------")
    return found


def inside(volume: Object, path: str, wanted: str) -> Case:
    """«should support subpaths with …»: one file of it in place of another."""
    text = f'content of file "{FILE}": {wanted}'
    return Case(volume, f"--file_content={FILE}", [text], {}, {"mountPath": FILE, "subPath": path})


CASES = {
    **{f"root-{mode}": written(mode) for mode in MODES},
    **{f"user-{mode}": written(mode, **USER) for mode in MODES},
    **{f"memory-root-{mode}": written(mode, "Memory") for mode in MODES},
    **{f"memory-user-{mode}": written(mode, "Memory", **USER) for mode in MODES},
    "mode": directory(""),
    "memory-mode": directory("Memory"),
    **files("config", {"configMap": CONFIG}, {"configMap": CONFIG}),
    **files("secret", {"secret": {"secretName": "secret"}}, {"secret": {"name": "secret"}}),
    "config-binary": content({"configMap": CONFIG}, "dump.bin", "\x01\x02"),
    **downward("downward", lambda items, **more: {"downwardAPI": items | more}),
    **downward("projected", lambda items, **more: projected({"downwardAPI": items}, **more)),
    "combined": content(
        projected({"secret": {"name": "secret", **ITEMS}}, {"downwardAPI": LABELS}, {"configMap": CONFIG}),
        "path/to/data-2",
        "value-1",
    ),
    "sub-path-config": inside({"configMap": CONFIG}, "data-1", "value-1"),
    "sub-path-secret": inside({"secret": {"secretName": "secret"}}, "data-1", "value-1"),
    "sub-path-downward": inside({"downwardAPI": {"items": [NAME]}}, "name", "sub-path-downward"),
    "sub-path-projected": inside(projected({"configMap": CONFIG | ITEMS}), "path/to/data-2", "value-1"),
    "sub-path-of-name": Case(
        {"emptyDir": {}}, f"--new_file_0644={FILE}", [NEW[0]], {}, {"subPathExpr": "$(POD)/in"}
    ),
}


OWNED = {
    "token": token("-rw-r--r--", 0, 0),
    "token-user": token("-rw-------", 1000, 0, runAsUser=1000),
    "token-group": token("-rw-r-----", 0, 10000, fsGroup=10000),
    "token-both": token("-rw-r-----", 1000, 10000, runAsUser=1000, fsGroup=10000),
}
"""Only kubelets that are root can give files away."""
if os.geteuid() == 0:
    CASES |= OWNED


RESOURCES = {
    "limits": {"cpu": "1250m", "memory": "64Mi"},
    "requests": {"cpu": "1m", "memory": "32Mi"},
}


def pod(name: str, case: Case) -> Object:
    container = {
        "name": "main",
        "image": AGNHOST,
        "args": ["mounttest", *case.flags.split()],
        "env": [{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "resources": RESOURCES,
        "volumeMounts": [{"name": "v", "mountPath": "/v"} | case.mount],
    }
    spec: Object = {"restartPolicy": "Never", "containers": [container]}
    spec |= {"volumes": [{"name": "v"} | case.volume], "securityContext": case.pod}
    return {"metadata": {"name": name, "labels": {"case": name}}, "spec": spec}


@pytest.fixture
def base(api: Api, namespace: str) -> Iterator[str]:
    """The namespace's path, with a ConfigMap and a Secret."""
    path = f"/api/v1/namespaces/{namespace}"
    data: Object = {"data-1": "value-1"}
    config = {"metadata": CONFIG, "data": data, "binaryData": {"dump.bin": "AQI="}}
    api.create(f"{path}/configmaps", config)
    api.create(f"{path}/secrets", {"metadata": {"name": "secret"}, "stringData": data})
    yield path


def test_what_containers_see(api: Api, base: str) -> None:
    """All cases at once, each in a pod of its own."""
    for name, case in CASES.items():
        api.create(f"{base}/pods", pod(name, case))
    missing = {name: found for name, case in CASES.items() if (found := _unseen(api, base, name, case))}
    assert missing == {}


def _unseen(api: Api, base: str, name: str, case: Case) -> str:
    """Empty when the pod ended well and said what was wanted; else what it said."""
    path = f"{base}/pods/{name}"
    until(lambda: api.get(path)["status"]["phase"] in ("Succeeded", "Failed"), what=name)
    said = str(api.ask("GET", f"{path}/log").text)
    well = api.get(path)["status"]["phase"] == "Succeeded"
    return "" if well and all(line in said for line in case.wanted) else said


def shell(name: str, script: str, *volumes: Object, mounts: list[Object], **spec: Any) -> Object:
    container = {"name": "main", "image": "busybox", "command": ["sh", "-c", script], "volumeMounts": mounts}
    fixed = {"terminationGracePeriodSeconds": 0, "containers": [container], "volumes": list(volumes)}
    return {"metadata": {"name": name}, "spec": fixed | spec}


def said(api: Api, base: str, name: str, text: str) -> None:
    until(lambda: text in api.ask("GET", f"{base}/pods/{name}/log").text, what=text)


def test_updates_reach_a_running_pod(api: Api, base: str) -> None:
    """«updates should be reflected in volume», «optional updates should be reflected in volume»"""
    optional = {"name": "late", "optional": True}
    volume = projected({"configMap": CONFIG}, {"secret": optional}, {"downwardAPI": LABELS})
    script = "while true; do for f in data-1 late labels; do echo $f $(cat /v/$f); done; sleep 0.2; done"
    mounts = [{"name": "v", "mountPath": "/v"}]
    api.create(f"{base}/pods", shell("watcher", script, {"name": "v"} | volume, mounts=mounts))
    said(api, base, "watcher", "data-1 value-1")
    api.patch(f"{base}/configmaps/config", {"data": {"data-1": "value-2"}})
    said(api, base, "watcher", "data-1 value-2")
    api.create(f"{base}/secrets", {"metadata": {"name": "late"}, "stringData": {"late": "here"}})
    said(api, base, "watcher", "late here")
    api.patch(f"{base}/pods/watcher", {"metadata": {"labels": {"new": "label"}}})
    said(api, base, "watcher", 'labels new="label"')


@pytest.mark.parametrize(
    ("expression", "value"), [("$(ANNOTATION)", "/tmp"), ("$(ANNOTATION)", "a/../../b"), ("`hi`", "x")]
)
def test_paths_that_lead_out_of_a_volume(api: Api, base: str, expression: str, value: str) -> None:
    """«should fail substituting values in a volume subpath with backticks», «… with absolute path»"""
    env = [{"name": "ANNOTATION", "value": value}]
    mounts = [{"name": "v", "mountPath": "/v", "subPathExpr": expression}]
    made = shell("lost", "sleep 100", {"name": "v", "emptyDir": {}}, mounts=mounts)
    made["spec"]["containers"][0]["env"] = env
    if "`" in expression:
        made["spec"]["containers"][0]["command"] = ["sh", "-c", "ls -d '/v'; sleep 100"]
        api.create(f"{base}/pods", made)
        until(lambda: api.get(f"{base}/pods/lost")["status"]["phase"] == "Running")
        return
    api.create(f"{base}/pods", made)

    def refused() -> bool:
        statuses = api.get(f"{base}/pods/lost")["status"].get("containerStatuses") or []
        return any("subPath" in s["state"].get("waiting", {}).get("message", "") for s in statuses)

    until(refused)


def test_types_of_host_paths(api: Api, base: str, tmp_path: Path) -> None:
    """«Should fail on mounting non-existent directory when HostPathType is HostPathDirectory»"""
    tmp_path.chmod(0o755)
    made, gone = tmp_path / "made", tmp_path / "gone"
    mounts = [{"name": "v", "mountPath": "/v"}, {"name": "f", "mountPath": "/f"}]
    volumes = [
        {"name": "v", "hostPath": {"path": str(made), "type": "DirectoryOrCreate"}},
        {"name": "f", "hostPath": {"path": str(tmp_path / "file"), "type": "FileOrCreate"}},
    ]
    api.create(f"{base}/pods", shell("good", "echo hi | tee /v/x /f; sleep 100", *volumes, mounts=mounts))
    until(lambda: (made / "x").exists() and (tmp_path / "file").exists())
    bad = {"name": "v", "hostPath": {"path": str(gone), "type": "Directory"}}
    api.create(f"{base}/pods", shell("bad", "true", bad, mounts=mounts[:1]))

    def failed() -> bool:
        events = api.get(f"{base}/events", fieldSelector="involvedObject.name=bad,reason=FailedMount")[
            "items"
        ]
        return any("hostPath type check failed" in e["message"] for e in events)

    until(failed)
    assert not gone.exists()
