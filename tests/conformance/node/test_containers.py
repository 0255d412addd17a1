"""What runs in containers, and as whom (upstream: test/e2e/common/node/{containers,security_context,sysctl,
kubelet,kubelet_etc_hosts,lifecycle_hook,runtime}.go, test/e2e/node/pre_stop.go)."""

from __future__ import annotations

import os
import shutil
from typing import Any, NamedTuple

import pytest

from tests.conformance.api import Api
from tests.e2e.waiting import until
from tests.support import IN_CI

Object = dict[str, Any]
IMAGES = "registry.k8s.io/e2e-test-images"
AGNHOST, BUSYBOX = f"{IMAGES}/agnhost:2.59", f"{IMAGES}/busybox:1.37.0-1"
NNP = f"{IMAGES}/nonewprivs:1.4"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only a kubelet that is root has users to give")
POLICY = "FallbackToLogsOnError"


class Case(NamedTuple):
    """A container, and what its log holds in the end. `pod` is further spec of its pod."""

    container: Object
    wanted: list[str]
    pod: Object = {}


def shell(script: str, *wanted: str, pod: Object | None = None, **security: Any) -> Case:
    container = {"image": BUSYBOX, "command": ["sh", "-c", script], "securityContext": security}
    return Case(container, [*wanted], pod or {})


def agnhost(wanted: str, **words: list[str]) -> Case:
    return Case({"image": AGNHOST, **words}, [wanted])


ALIAS = {"hostAliases": [{"ip": "123.45.67.89", "hostnames": ["foo", "bar"]}]}
SYSCTL = {"securityContext": {"sysctls": [{"name": "kernel.shm_rmid_forced", "value": "1"}]}}
CASES = {
    # «should be able to override the image's default command (container entrypoint)», … and arguments
    "arguments": agnhost("[/agnhost entrypoint-tester override]", args=["entrypoint-tester", "override"]),
    "command": agnhost("[/agnhost-2 entrypoint-tester]", command=["/agnhost-2", "entrypoint-tester"]),
    "both": agnhost("[/agnhost-2 entrypoint-tester]", command=["/agnhost-2"], args=["entrypoint-tester"]),
    "in-a-shell": agnhost("dns", command=["sh", "-c", "/agnhost dns-suffix | sed s/^/dns/"]),
    # «should run the container as unprivileged when false»
    "unprivileged": shell(
        "ip link add dummy0 type dummy || true", "Operation not permitted", privileged=False
    ),
    # «should support sysctls»
    "sysctl": shell("/bin/sysctl kernel.shm_rmid_forced", "kernel.shm_rmid_forced = 1", pod=SYSCTL),
    # «should write entries to /etc/hosts», «should test kubelet managed /etc/hosts file»
    "aliases": shell(
        "cat /etc/hosts", "# Kubernetes-managed hosts file.", "123.45.67.89\tfoo\tbar", pod=ALIAS
    ),
}  # fmt: skip
# «should not write to root filesystem»: in the words of busybox' shell.
if IN_CI or shutil.which("busybox"):
    CASES["read-only"] = shell(
        "echo test > /file", "can't create /file: Read-only file system", readOnlyRootFilesystem=True
    )
OWNED = {
    # «should run the container with uid 65534», «should support container.SecurityContext.RunAsUser And …»
    "user": shell("id -u", "65534", runAsUser=65534),
    "group": shell("id", "uid=1001", "gid=2002", runAsUser=1001, runAsGroup=2002),
    # «should not allow privilege escalation when false»
    "kept": Case(
        {"image": NNP, "securityContext": {"runAsUser": 1000, "allowPrivilegeEscalation": False}},
        ["Effective uid: 1000"],
    ),
    "grown": Case({"image": NNP, "securityContext": {"runAsUser": 1000}}, ["Effective uid: 0"]),
}
if os.geteuid() == 0:
    CASES |= OWNED


def test_what_containers_say(api: Api, pods: str) -> None:
    """All cases at once, each in a pod of its own."""
    for name, case in CASES.items():
        container = {"name": "main", **case.container}
        spec = {"restartPolicy": "Never", "containers": [container], **case.pod}
        api.create(pods, {"metadata": {"name": name}, "spec": spec})
    missing = {}
    for name, case in CASES.items():
        path = f"{pods}/{name}"
        until(lambda path=path: api.get(path)["status"]["phase"] in ("Succeeded", "Failed"), what=name)  # type: ignore[misc]
        said = api.ask("GET", f"{path}/log").text
        if not all(line in said for line in case.wanted):
            missing[name] = said
    assert missing == {}


@AS_ROOT
@pytest.mark.parametrize(
    ("script", "policy", "user", "phase", "message"),
    [
        ("echo -n DONE > /dev/termination-custom-log", "File", 10000, "Succeeded", "DONE"),
        ("echo -n DONE; false", POLICY, 0, "Failed", "DONE"),
        ("echo -n DONE; true", POLICY, 0, "Succeeded", ""),
    ],
)
def test_last_words(
    api: Api, pods: str, script: str, policy: str, user: int, phase: str, message: str
) -> None:
    """«should report termination message if TerminationMessagePath is set as non-root user and at a
    non-default path», «… from log output if TerminationMessagePolicy FallbackToLogsOnError is set»"""
    container: Object = {"name": "main", "image": BUSYBOX, "command": ["/bin/sh", "-c"], "args": [script]}
    container |= {"terminationMessagePolicy": policy, "securityContext": {"runAsUser": user}}
    container |= {"terminationMessagePath": "/dev/termination-custom-log"}
    api.create(
        pods, {"metadata": {"name": "one"}, "spec": {"restartPolicy": "Never", "containers": [container]}}
    )
    until(lambda: api.get(f"{pods}/one")["status"]["phase"] == phase, what=phase)
    (status,) = api.get(f"{pods}/one")["status"]["containerStatuses"]
    assert status["state"]["terminated"].get("message", "") == message


def test_hooks_reach_another_pod(api: Api, pods: str) -> None:
    """«should execute poststart exec hook properly», «should execute prestop https hook properly», «should
    call prestop when killing a pod»"""
    plain = {"name": "http", "image": AGNHOST, "args": ["netexec"]}
    tls = ["netexec", "--http-port", "9090", "--udp-port", "-1", "--tls-cert-file", "/localhost.crt"]
    tls += ["--tls-private-key-file", "/localhost.key"]
    secret = {"name": "https", "image": AGNHOST, "args": tls}
    tested = {"name": "nettest", "image": AGNHOST, "args": ["nettest", "--port", "7070"]}
    api.create(pods, {"metadata": {"name": "server"}, "spec": {"containers": [plain, secret, tested]}})
    until(lambda: _ready(api, pods, "server"), what="the server")
    ip = api.get(f"{pods}/server")["status"]["podIP"]
    post = f'wget -qO- --post-data=\'{{"Source": "prestop"}}\' http://{ip}:7070/write'
    begun = {"exec": {"command": ["sh", "-c", f"curl http://{ip}:8080/echo?msg=poststart"]}}
    https = {"httpGet": {"path": "/echo?msg=prestop", "host": ip, "port": 9090, "scheme": "HTTPS"}}
    hooks = [{"postStart": begun, "preStop": https}, {"preStop": {"exec": {"command": ["sh", "-c", post]}}}]
    for number, lifecycle in enumerate(hooks):
        container = {"name": "main", "image": AGNHOST, "args": ["pause"], "lifecycle": lifecycle}
        api.create(pods, {"metadata": {"name": f"hooked-{number}"}, "spec": {"containers": [container]}})
    for number in range(len(hooks)):
        until(lambda number=number: _ready(api, pods, f"hooked-{number}"), what="hooked")  # type: ignore[misc]
        api.delete(f"{pods}/hooked-{number}")

    def heard(container: str, line: str) -> bool:
        return line in api.ask("GET", f"{pods}/server/log", container=container).text

    until(lambda: heard("http", "GET /echo?msg=poststart"), what="poststart")
    until(lambda: heard("https", "GET /echo?msg=prestop"), what="prestop")
    until(lambda: api.get(f"{pods}/server:7070/proxy/read")["Received"].get("prestop"), what="nettest")


def _ready(api: Api, pods: str, name: str) -> bool:
    conditions = api.get(f"{pods}/{name}")["status"].get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
