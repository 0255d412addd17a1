"""Giving the user's tools the way to a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from wherry.cluster import kubeconfig
from wherry.cluster.paths import ClusterPaths
from wherry.errors import CliError


def config(name: str, server: str = "https://127.0.0.1:6443") -> dict[str, Any]:
    return {
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": {"token": "t"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


@pytest.fixture
def paths(tmp_path: Path) -> ClusterPaths:
    found = ClusterPaths(tmp_path / "data")
    found.admin.parent.mkdir(parents=True)
    found.admin.write_text(yaml.safe_dump(config("admin@wherry")))
    return found


def test_merging_keeps_what_the_user_had_and_switches() -> None:
    merged = kubeconfig.merge(config("work"), config("wherry"))
    assert [entry["name"] for entry in merged["contexts"]] == ["work", "wherry"]
    assert merged["current-context"] == "wherry"


def test_merging_again_replaces_the_old_entry() -> None:
    once = kubeconfig.merge(config("work"), config("wherry"))
    twice = kubeconfig.merge(once, config("wherry", "https://127.0.0.1:7000"))
    assert [c["cluster"]["server"] for c in twice["clusters"] if c["name"] == "wherry"] == [
        "https://127.0.0.1:7000"
    ]


def test_other_keys_of_the_user_stay() -> None:
    assert kubeconfig.merge({**config("work"), "extensions": [1]}, config("wherry"))["extensions"] == [1]


def test_a_file_of_its_own_holds_one_context_named_after_the_cluster(
    paths: ClusterPaths, tmp_path: Path
) -> None:
    published = kubeconfig.publish("blue", paths, tmp_path / "kc")
    written = yaml.safe_load((tmp_path / "kc").read_text())
    assert published.context == written["current-context"] == "wherry-blue"
    assert [entry["name"] for entry in written["users"]] == ["wherry-blue"]


def test_nobody_else_may_read_it(paths: ClusterPaths, tmp_path: Path) -> None:
    kubeconfig.publish("wherry", paths, tmp_path / "kc")
    assert (tmp_path / "kc").stat().st_mode & 0o777 == 0o600


def test_the_first_file_of_the_variable_is_merged_into(
    paths: ClusterPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'mine'}:{tmp_path / 'other'}")
    assert kubeconfig.publish("wherry", paths, None) == (tmp_path / "mine", "wherry")


def test_a_broken_file_is_not_overwritten(
    paths: ClusterPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "mine"
    broken.write_text("{")
    monkeypatch.setenv("KUBECONFIG", str(broken))
    with pytest.raises(CliError, match="is not a kubeconfig"):
        kubeconfig.publish("wherry", paths, None)
    assert broken.read_text() == "{"
