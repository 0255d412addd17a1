"""Kernel parameters of pods (upstream: test/e2e/common/node/sysctl.go)."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.kubelet.worker import admit, sysctls

Object = dict[str, Any]


def pod(*names: str) -> Object:
    wanted = [{"name": name, "value": "1"} for name in names]
    return {"metadata": {}, "spec": {"containers": [], "securityContext": {"sysctls": wanted}}}


def test_safe_ones_are_taken() -> None:
    assert admit.refusal(pod("kernel.shm_rmid_forced", "net.ipv4.tcp_syncookies"), [], {}) is None


@pytest.mark.parametrize("name", ["kernel.msgmax", "kernel/msgmax"])
def test_others_fail_the_pod(name: str) -> None:
    message = 'forbidden sysctl: "kernel.msgmax" not allowlisted'
    assert admit.refusal(pod("kernel.shm_rmid_forced", name), [], {}) == ("SysctlForbidden", message)


def test_those_of_the_pod_alone_are_set() -> None:
    wanted = pod("kernel/shm_rmid_forced", "net.ipv4.ip_unprivileged_port_start")
    assert sysctls.applied(wanted) == {"kernel.shm_rmid_forced": "1"}
