"""One cluster of containers for the whole folder."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.compose import base, engine
from tests.compose.project import Project
from tests.e2e import kubectl as binaries
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

CONTROL_PLANE = {"apiserver", "controllers", "scheduler", "metrics"}
SERVICES = CONTROL_PLANE | {f"{part}-{n}" for part in ("machine", "node", "proxy") for n in (1, 2)}


def _require() -> None:
    lacking = engine.missing() or ("" if binaries.on_path() else "there is no kubectl on the PATH")
    if lacking and os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{lacking}; under CI=true that is a failure")
    if lacking:
        pytest.skip(lacking)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Every container is healthy."""
    _require()
    with engine.alone(), engine.running() as docker:
        base.install(docker)
        found = Project(docker, tmp_path_factory.mktemp("compose"))
        found.prepare()
        try:
            found.up()
            until(lambda: _healthy(found), 150.0, "every container to be healthy")
            yield found
        finally:
            print(found.logs())
            found.down()


def _healthy(project: Project) -> bool:
    states = project.states()
    return set(states) == SERVICES and set(states.values()) == {"healthy"}


@pytest.fixture(scope="session")
def kubectl(project: Project) -> Kubectl:
    return Kubectl(binaries.on_path(), project.kubeconfig)


@pytest.fixture(scope="session")
def demo(project: Project, kubectl: Kubectl) -> Kubectl:
    """The demo is rolled out."""
    kubectl("apply", "-f", str(project.directory / "manifests" / "demo"))
    kubectl("rollout", "status", "deployment/demo", "--timeout=60s")
    return kubectl
