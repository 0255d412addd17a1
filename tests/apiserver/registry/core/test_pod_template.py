"""PodTemplate: a template alone."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind, pod_template

POD_TEMPLATE = Kind("", "v1", "PodTemplate")


POD_TEMPLATE_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "a template": (pod_template(), []),
    "no containers": (pod_template(containers=[]), ["template.spec.containers: Required value"]),
    "ephemeral containers": (
        pod_template(ephemeralContainers=[{"name": "e", "image": "i"}]),
        [("template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template")],
    ),
    "a bad label": (
        {**pod_template(), "metadata": {"labels": {"a": "b c"}}},
        [
            (
                'template.labels: Invalid value: "b c": a valid label must be an empty '
                "string or consist of alphanumeric characters, '-', '_' or '.', and must "
                "start and end with an alphanumeric character (e.g. 'MyValue',  or "
                "'my_value',  or '12345', regex used for validation is "
                "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
            )
        ],
    ),
    "a padded image, for compatibility": (pod_template(containers=[{"name": "c", "image": " i"}]), []),
}


@pytest.mark.parametrize(("given", "problems"), POD_TEMPLATE_PROBLEMS.values(), ids=POD_TEMPLATE_PROBLEMS)
def test_pod_template_problems(given: Any, problems: list[str]) -> None:
    assert POD_TEMPLATE.problems({"template": given}) == problems


def test_warnings_name_the_path_of_the_template() -> None:
    template = pod_template(nodeSelector={"beta.kubernetes.io/os": "linux"})
    (warning,) = POD_TEMPLATE.warnings({"template": template})
    assert warning.startswith("template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14;")


def test_the_row_of_a_pod_template() -> None:
    assert POD_TEMPLATE.cells({"template": pod_template()}) == ["a", "c", "app:1", "app=a"]
