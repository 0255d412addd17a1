"""The file that configures admission plug-ins."""

from __future__ import annotations

from pathlib import Path

import pytest
from wherry.apiserver.admission.config_file import load
from wherry.apiserver.admission.pod_security import UNCONFIGURED

WHOLE = """
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: baseline, enforce-version: latest, warn: restricted, warn-version: v1.30}
    exemptions: {usernames: [], runtimeClasses: [kata], namespaces: [kube-system]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "admission.yaml"


def test_no_file_configures_nothing() -> None:
    assert load(None) == UNCONFIGURED


def test_defaults_and_exemptions_are_read(file: Path) -> None:
    file.write_text(WHOLE)
    found = load(file)
    assert found.defaults["pod-security.kubernetes.io/enforce"] == "baseline"
    assert found.defaults["pod-security.kubernetes.io/warn-version"] == "v1.30"
    assert [*found.usernames, *found.runtime_classes, *found.namespaces] == ["kata", "kube-system"]


def test_a_plugin_may_have_a_file_of_its_own(file: Path) -> None:
    head, _, own = WHOLE.partition("  configuration:\n")
    file.write_text(head + "  path: own.yaml\n")
    file.with_name("own.yaml").write_text(own)
    assert load(file).namespaces == {"kube-system"}


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("AdmissionConfiguration", "Configuration", "not of kind AdmissionConfiguration"),
        ("apiserver.config.k8s.io/v1", "v1", "no version of AdmissionConfiguration: 'v1'"),
        ("name: PodSecurity", "name: ResourceQuota", "plugin 'ResourceQuota' takes no configuration here"),
        ("enforce: baseline", "enforce: strict", "defaults.enforce: Invalid value: 'strict'"),
        ("latest", "1.30", "defaults.enforce-version: Invalid value: '1.3'"),
        ("namespaces:", "nodes:", "exemptions.nodes: unknown field"),
        ("kind:", "kind: [", "not YAML"),
    ],
)
def test_what_cannot_be_used_is_said(file: Path, before: str, after: str, problem: str) -> None:
    file.write_text(WHOLE.replace(before, after, 1))
    with pytest.raises(ValueError, match=r"admission\.yaml") as fault:
        load(file)
    assert problem in str(fault.value)


def test_a_file_that_is_not_there(file: Path) -> None:
    with pytest.raises(ValueError, match="No such file"):
        load(file)
