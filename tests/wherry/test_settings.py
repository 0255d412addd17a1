"""The settings of one component, from a file and from options."""

from __future__ import annotations

from pathlib import Path

import pytest

from wherry.commands import component
from wherry.commands.up import checked_configuration
from wherry.errors import CliError


def read(room: str, config: Path | None = None, *pairs: str) -> dict[str, object]:
    return component.read(component.model(room), config, list(pairs)).model_dump()


def test_options_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "kubelet.yaml"
    file.write_text("kubeconfig: /a\ndata_dir: /d\nnodes: [n]\nport: 1\n")
    found = read("kubelet", file, "port=2", "node_ips=[127.0.0.1]")
    assert (found["port"], found["nodes"], found["node_ips"]) == (2, ["n"], ["127.0.0.1"])


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("port", "expected NAME=VALUE"),
        ("colour=red", "unknown setting colour: there are kubeconfig"),
        ("port=many", "port: Input should be a valid integer"),
    ],
)
def test_wrong_settings_are_named(pair: str, words: str) -> None:
    with pytest.raises(CliError, match=words):
        read("scheduler", None, "kubeconfig=/a", pair)


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(CliError, match="kubeconfig: Field required"):
        read("scheduler")


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("- a")
    with pytest.raises(CliError, match="expected a mapping"):
        read("scheduler", tmp_path / "x.yaml")


@pytest.mark.parametrize("room", component.TITLES)
def test_every_component_lists_its_settings(room: str) -> None:
    assert component.listing(component.model(room)).startswith("SETTING")


def test_controllers_that_do_not_exist_are_named() -> None:
    component.check_controllers(["*", "-podgc", "service-lb-controller"])
    with pytest.raises(CliError, match='--controllers: "nope" is not in the list of known controllers'):
        component.check_controllers(["*", "-nope"])


CONFIGURATION = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"


def test_a_scheduler_configuration_says_settings(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.yaml"
    file.write_text(CONFIGURATION + "clientConnection: {kubeconfig: /k}\n")
    pairs = component.scheduler_settings(file)
    assert pairs is not None
    found = read("scheduler", None, *pairs, "port=1")
    assert (found["config"], found["kubeconfig"], found["port"]) == (file, Path("/k"), 1)


def test_a_file_of_settings_is_no_scheduler_configuration(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.yaml"
    file.write_text("kubeconfig: /k\n")
    assert component.scheduler_settings(file) is None
    with pytest.raises(CliError, match="not a KubeSchedulerConfiguration"):
        checked_configuration(file)


def test_a_wrong_scheduler_configuration_ends_with_2(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.yaml"
    file.write_text(CONFIGURATION + "profiles: [{name: x}]\n")
    for use in (component.scheduler_settings, checked_configuration):
        with pytest.raises(CliError) as caught:
            use(file)
        assert caught.value.code == 2
        assert str(caught.value) == f'{file}: strict decoding error: unknown field "profiles[0].name"'
