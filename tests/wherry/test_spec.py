"""What a cluster's slot means for its addresses."""

from __future__ import annotations

from pathlib import Path

from wherry.cluster.spec import ClusterSpec


def spec(**fields: object) -> ClusterSpec:
    return ClusterSpec.model_validate({"name": "a", "data_dir": Path("/nowhere"), **fields})


def test_the_first_slot_has_the_first_addresses() -> None:
    first = spec(nodes=2)
    assert first.node_names == ["node-1", "node-2"]
    assert first.node_ips == ["127.16.0.1", "127.16.0.2"]
    assert (first.service_cidr, first.pod_cidr) == ("127.48.0.0/16", "127.64.0.0/13")
    assert (first.dns_ip, first.internal) == ("127.48.0.10", "127.16.255.254")


def test_slots_do_not_overlap() -> None:
    cidrs = {cidr for slot in range(16) for cidr in (spec(slot=slot).service_cidr, spec(slot=slot).pod_cidr)}
    assert len(cidrs) == 32


def test_thousands_of_simulated_nodes_have_ranges_for_their_pods() -> None:
    assert spec(nodes=2048, runtime="simulated").pod_cidr == "127.64.0.0/13"
    assert spec(nodes=2049, runtime="simulated", slot=3).pod_cidr == "243.0.0.0/8"
    assert spec(nodes=2049, slot=3).pod_cidr == "127.88.0.0/13"


def test_node_addresses_go_on_in_the_next_octet() -> None:
    assert spec(nodes=256).node_ips[-1] == "127.16.1.0"


def test_a_cluster_that_listens_everywhere_is_reached_locally() -> None:
    assert spec(bind="0.0.0.0", port=7000).server == "https://127.0.0.1:7000"
    assert spec(bind="10.0.0.5").server == "https://10.0.0.5:6443"


def test_nodes_have_ranges_in_turn() -> None:
    assert spec(nodes=2).pod_cidrs == ["127.64.0.0/24", "127.64.1.0/24"]
    assert spec(nodes=0).pod_cidrs == []
    assert spec(nodes=5000, runtime="simulated").pod_cidrs[-1] == "240.19.135.0/24"
