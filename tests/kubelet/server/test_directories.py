"""The directories of volumes go when the provisioner says so."""

from __future__ import annotations

from pathlib import Path

from tests.kubelet.server.nodes import asked
from tests.support import run


def delete(directory: Path, handle: str) -> int:
    async def scenario() -> int:
        async with asked(directory) as client:
            return (await client.delete(f"/volumes/{handle}")).status

    return run(scenario())


def test_a_directory_is_removed_with_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "volumes" / "pvc-1" / "deep").mkdir(parents=True)
    assert delete(tmp_path, "pvc-1") == 200
    assert not (tmp_path / "volumes" / "pvc-1").exists()


def test_what_is_not_there_is_as_good_as_removed(tmp_path: Path) -> None:
    assert delete(tmp_path, "pvc-1") == 200


def test_only_volumes_can_be_removed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    assert delete(tmp_path, "..%2Fkept") == 400
    assert delete(tmp_path, "%2E%2E") in (400, 404)
    assert (tmp_path / "kept").exists()
