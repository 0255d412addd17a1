"""Names, resolv.conf and /etc/hosts of a pod."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wherry.kubelet.runtime.contract import RuntimeFault, Sandbox
from wherry.kubelet.worker.sandbox import describe

from tests.kubelet.fakes import Bench, container, pod

CLUSTER = (
    "search default.svc.cluster.local svc.cluster.local cluster.local",
    "nameserver 127.48.0.10",
    "options ndots:5",
)


def described(directory: Path, meta: dict[str, Any] | None = None, **spec: Any) -> Sandbox:
    desired = pod(container("c"), **spec)
    desired["metadata"] |= meta or {}
    host = Bench(desired, directory).host._replace(dns=("127.48.0.10",))
    return describe(host, desired, directory, "127.64.1.2")


@pytest.mark.parametrize(
    ("policy", "host_network", "lines"),
    [
        ("ClusterFirst", False, CLUSTER),
        ("ClusterFirst", True, ()),
        ("ClusterFirstWithHostNet", True, CLUSTER),
        ("Default", False, ()),
        ("None", False, ()),
    ],
)
def test_the_dns_policy(tmp_path: Path, policy: str, host_network: bool, lines: tuple[str, ...]) -> None:
    assert described(tmp_path, dnsPolicy=policy, hostNetwork=host_network).dns == lines


def test_a_dns_config_adds_to_the_policy(tmp_path: Path) -> None:
    config = {
        "nameservers": ["1.1.1.1"],
        "searches": ["example.com"],
        "options": [{"name": "edns0"}, {"name": "timeout", "value": "2"}],
    }
    assert described(tmp_path, dnsPolicy="None", dnsConfig=config).dns == (
        "search example.com",
        "nameserver 1.1.1.1",
        "options edns0 timeout:2",
    )
    assert described(tmp_path, dnsConfig=config).dns[1:3] == ("nameserver 127.48.0.10", "nameserver 1.1.1.1")


@pytest.mark.parametrize(
    ("meta", "spec", "hostname"),
    [
        ({}, {}, "p"),
        ({}, {"hostname": "web-0"}, "web-0"),
        ({}, {"hostNetwork": True}, "node-1"),
        ({"name": "a" * 62 + "-tail"}, {}, "a" * 62),
        ({}, {"subdomain": "db"}, "p"),
        ({}, {"subdomain": "db", "setHostnameAsFQDN": True}, "p.db.default.svc.cluster.local"),
        ({}, {"setHostnameAsFQDN": True}, "p"),
        ({}, {"hostname": "web-0", "subdomain": "db", "hostnameOverride": "own.example"}, "own.example"),
    ],
)
def test_the_hostname(tmp_path: Path, meta: dict[str, Any], spec: dict[str, Any], hostname: str) -> None:
    assert described(tmp_path, meta, **spec).hostname == hostname


def test_a_subdomain_gives_the_pod_a_full_name(tmp_path: Path) -> None:
    assert described(tmp_path, subdomain="db").domain == "db.default.svc.cluster.local"
    assert described(tmp_path).domain == ""
    assert described(tmp_path, subdomain="db", hostnameOverride="own").domain == ""


def test_a_full_name_that_the_kernel_would_cut_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFault, match=r"FQDN p\..* is too long \(64 characters is the max, 88 char"):
        described(tmp_path, subdomain="d" * 60, setHostnameAsFQDN=True)


def test_host_aliases_are_lines_of_etc_hosts(tmp_path: Path) -> None:
    aliases = [{"ip": "10.0.0.1", "hostnames": ["db", "db.local"]}]
    assert described(tmp_path, hostAliases=aliases).hosts == ("10.0.0.1\tdb\tdb.local",)


def test_simulated_jobs_end_by_themselves(tmp_path: Path) -> None:
    owned = {"ownerReferences": [{"kind": "Job", "name": "j"}]}
    assert described(tmp_path, owned).annotations == {"wherry.dev/run-seconds.c": "1"}
    told = {**owned, "annotations": {"wherry.dev/run-seconds": "9"}}
    assert described(tmp_path, told).annotations["wherry.dev/run-seconds"] == "9"
    assert described(tmp_path).annotations == {}


def test_simulated_init_containers_end_and_sidecars_do_not(tmp_path: Path) -> None:
    inits = [container("install"), container("sidecar", restartPolicy="Always")]
    found = described(tmp_path, initContainers=inits).annotations
    assert found == {"wherry.dev/run-seconds.install": "0.1"}
    told = {"annotations": {"wherry.dev/run-seconds.install": "7"}}
    assert described(tmp_path, told, initContainers=inits).annotations == told["annotations"]


def test_host_ports_are_the_nodes_and_of_localhost(tmp_path: Path) -> None:
    ports = [
        {"containerPort": 80, "hostPort": 8080},
        {"containerPort": 53, "hostPort": 53, "hostIP": "127.0.0.1", "protocol": "UDP"},
        {"containerPort": 90},
    ]
    found = described(tmp_path, containers=[{"name": "a", "ports": ports}]).ports
    assert found == (
        ("TCP", "127.16.0.1", 8080, 80, True),
        ("TCP", "127.0.0.1", 8080, 80, False),
        ("UDP", "127.0.0.1", 53, 53, True),
    )


def test_what_is_on_the_network_of_a_node_among_others_has_its_address_only(tmp_path: Path) -> None:
    desired = pod(container("c", ports=[{"containerPort": 80, "hostPort": 80}]), hostNetwork=True)
    host = Bench(desired, tmp_path).host
    found = describe(host, desired, tmp_path, "")
    assert (found.ip, found.ports) == ("127.16.0.1", (("TCP", "127.0.0.1", 80, 80, False),))
    alone = describe(host._replace(node_ip="192.0.2.7"), desired, tmp_path, "")
    assert (alone.ip, alone.ports) == ("", ())
