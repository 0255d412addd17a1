"""Reading what is to be applied."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from wherry.access import manifests
from wherry.errors import CliError

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"


def names(objects: list[manifests.Object]) -> list[str]:
    return [obj["metadata"]["name"] for obj in objects]


def test_a_directory_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for file, name in (("b.yaml", "two"), ("a.yml", "one"), ("c.json", "three")):
        (tmp_path / file).write_text(POD % name)
    (tmp_path / "README.md").write_text("not a manifest: [")
    assert names(manifests.read([str(tmp_path)])) == ["one", "two", "three"]


def test_documents_and_lists_are_taken_apart() -> None:
    text = (
        POD % "a"
        + "---\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}"
    )
    assert names(list(manifests.parse(text, "x"))) == ["a", "b"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(POD % "a"))
    assert names(manifests.read(["-"])) == ["a"]


def test_dates_stay_text() -> None:
    (found,) = manifests.parse(POD % "a" + "spec: {day: 2026-01-02}", "x")
    assert found["spec"]["day"] == "2026-01-02"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "x: not YAML"),
        ("- a", "x: a manifest is a mapping"),
        ("kind: Pod", "x: apiVersion not set"),
        ("apiVersion: v1", "x: kind not set"),
        ("apiVersion: v1\nkind: Pod", "x: the Pod has no metadata.name"),
    ],
)
def test_what_is_no_manifest_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(CliError, match=words):
        list(manifests.parse(text, "x"))


@pytest.mark.parametrize("name", ["https://example.com/a.yaml", "/nowhere/a.yaml"])
def test_what_cannot_be_read_is_refused_by_name(name: str) -> None:
    with pytest.raises(CliError, match=name):
        manifests.read([name])


def test_nothing_to_apply_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="no objects in"):
        manifests.read([str(tmp_path)])
