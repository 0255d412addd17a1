"""What components elsewhere are handed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from wherry.apiserver.pki import bundle, handout

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SERVER, PUBLIC = "https://apiserver:6443", "https://127.0.0.1:6443"


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("handout")
    settings = bundle.PkiSettings(service_ip="127.48.0.1", nodes={"node-1": ("172.30.64.11",), "node-2": ()})
    pki = bundle.ensure(root, settings, NOW)
    handout.write(root / "handout", pki, server=SERVER, public=PUBLIC, nodes=["node-1", "node-2"])
    return root / "handout"


def test_every_component_has_a_folder_of_its_own(handed: Path) -> None:
    assert sorted(p.name for p in handed.iterdir()) == [
        "admin",
        "controllers",
        "metrics",
        "node-1",
        "node-2",
        "scheduler",
    ]


@pytest.mark.parametrize("folder", ["admin", "controllers", "scheduler", "metrics"])
def test_the_control_plane_gets_a_kubeconfig_and_the_authority(handed: Path, folder: str) -> None:
    assert sorted(p.name for p in (handed / folder).iterdir()) == ["ca.crt", "kubeconfig"]


def test_a_node_gets_what_its_kubelet_and_its_proxy_need(handed: Path) -> None:
    found = sorted(p.name for p in (handed / "node-1").iterdir())
    assert found == ["ca.crt", "kubeconfig", "proxy.kubeconfig", "tls.crt", "tls.key"]


def test_nobody_is_handed_the_authority_s_key(handed: Path) -> None:
    key = (handed.parent / "pki" / "ca.key").read_bytes()
    assert all(path.read_bytes() != key for path in handed.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("path", "server", "user"),
    [
        ("admin/kubeconfig", PUBLIC, "kubernetes-admin"),
        ("controllers/kubeconfig", SERVER, "system:kube-controller-manager"),
        ("scheduler/kubeconfig", SERVER, "system:kube-scheduler"),
        ("metrics/kubeconfig", SERVER, "wherry:metrics-server"),
        ("node-2/kubeconfig", SERVER, "system:node:node-2"),
        ("node-2/proxy.kubeconfig", SERVER, "system:kube-proxy"),
    ],
)
def test_each_kubeconfig_names_its_user_and_server(handed: Path, path: str, server: str, user: str) -> None:
    config = yaml.safe_load((handed / path).read_text())
    assert config["clusters"][0]["cluster"]["server"] == server
    assert config["users"][0]["name"] == user


def test_keys_are_for_the_owner_only(handed: Path) -> None:
    assert (handed / "node-1" / "tls.key").stat().st_mode & 0o077 == 0
