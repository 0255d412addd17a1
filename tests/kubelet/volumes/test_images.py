"""Volumes that are images (upstream: test/e2e/common/node/image_volume.go, the page on image volumes)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from wherry.apimachinery.clock import FakeClock
from wherry.kubelet.images import catalogue
from wherry.kubelet.images.puller import Puller
from wherry.kubelet.objects import ObjectStore
from wherry.kubelet.volumes.images import image
from wherry.kubelet.volumes.sources import Context
from wherry.kubelet.worker.host import Waits

from tests.support import run


def context(directory: Path) -> Context:
    puller = Puller(catalogue.load(), directory / "tools")
    return Context(cast(ObjectStore, None), FakeClock(), "127.16.0.1", {}, {}, images=puller)


def laid_out(directory: Path, reference: str, **more: Any) -> Any:
    source = {"reference": reference, **more}
    return run(image(context(directory), {}, source, directory / "own"))


def test_its_files_are_there_to_be_read(tmp_path: Path) -> None:
    kitten = "registry.k8s.io/e2e-test-images/kitten:1.8"
    for _ in range(2):
        origin = laid_out(tmp_path, kitten, pullPolicy="Always")
    assert origin.read_only and not origin.owned
    assert "kitten.jpg" in (origin.path / "data.json").read_text()
    assert "Alpine Linux" in (origin.path / "etc" / "os-release").read_text()


def test_the_pages_artifact(tmp_path: Path) -> None:
    path = laid_out(tmp_path, "quay.io/crio/artifact:v2").path
    assert [(path / name).read_text() for name in ("dir/file", "file")] == ["1\n", "2\n"]


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("example.com/models:1", "what is in image"),
        ("wherry.dev/missing:1", "not found"),
        ("UPPER", "invalid reference format"),
    ],
)
def test_what_cannot_be_had_is_waited_for(tmp_path: Path, reference: str, why: str) -> None:
    with pytest.raises(Waits, match=why):
        laid_out(tmp_path, reference)
