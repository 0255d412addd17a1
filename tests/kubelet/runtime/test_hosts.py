"""/etc/hosts of pods (upstream: test/e2e/common/node/kubelet_etc_hosts.go)."""

from __future__ import annotations

from typing import Any

from wherry.kubelet.runtime.process import hosts


def sandbox(**more: Any) -> dict[str, Any]:
    usual = {"host_network": False, "hostname": "web-0", "domain": "", "ip": "127.64.0.9", "hosts": []}
    return usual | more


def test_a_pod_has_a_file_of_its_own() -> None:
    lines = hosts.text(sandbox()).splitlines()
    assert lines[0] == "# Kubernetes-managed hosts file."
    assert lines[-1] == "127.64.0.9\tweb-0"
    assert "fe00::2\tip6-allrouters" in lines


def test_its_full_name_comes_first() -> None:
    text = hosts.text(sandbox(domain="web.default.svc.cluster.local"))
    assert text.endswith("127.64.0.9\tweb-0.web.default.svc.cluster.local\tweb-0\n")


def test_a_host_name_that_is_the_full_one_is_not_made_longer() -> None:
    text = hosts.text(sandbox(hostname="web-0.web.svc", domain="web.svc"))
    assert text.endswith("127.64.0.9\tweb-0.web.svc\tweb-0\n")


def test_aliases_follow() -> None:
    text = hosts.text(sandbox(hosts=["123.45.67.89\tfoo\tbar"]))
    assert text.endswith("\n\n# Entries added by HostAliases.\n123.45.67.89\tfoo\tbar\n")


def test_on_the_network_of_the_node_its_file_is_seen() -> None:
    text = hosts.text(sandbox(host_network=True, hosts=["1.2.3.4\tx"]))
    assert text.startswith("# Kubernetes-managed hosts file (host network).\n")
    assert "# Kubernetes-managed hosts file.\n" not in text
    assert text.endswith("1.2.3.4\tx\n")
