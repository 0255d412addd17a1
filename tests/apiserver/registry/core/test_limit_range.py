"""LimitRange: names, amounts that fit together, defaults."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

LIMIT_RANGE = Kind("", "v1", "LimitRange")


LIMIT_PROBLEMS: dict[str, tuple[Any, list[str]]] = {
    "a container": ([{"type": "Container", "min": {"cpu": "1"}, "max": {"cpu": "2"}}], []),
    "a type twice": ([{"type": "Pod"}, {"type": "Pod"}], ['spec.limits[1].type: Duplicate value: "Pod"']),
    "unknown type": (
        [{"type": "Job"}],
        [('spec.limits[0].type: Invalid value: "Job": must be a standard limit type or fully qualified')],
    ),
    "defaults of pods": (
        [{"type": "Pod", "default": {"cpu": "1"}}],
        ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ),
    "a claim without bounds": (
        [{"type": "PersistentVolumeClaim", "default": {"storage": "1Gi"}}],
        [
            (
                "spec.limits[0].limits: Required value: either minimum or maximum "
                "storage value is required, but neither was provided"
            )
        ],
    ),
    "least above most": (
        [{"type": "Pod", "min": {"cpu": "2"}, "max": {"cpu": "1"}}],
        [('spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1')],
    ),
    "default outside": (
        [
            {
                "type": "Container",
                "min": {"cpu": "1"},
                "max": {"cpu": "2"},
                "default": {"cpu": "3"},
                "defaultRequest": {"cpu": "500m"},
            }
        ],
        [
            (
                'spec.limits[0].defaultRequest[cpu]: Invalid value: "500m": min value 1 '
                "is greater than default request value 500m"
            ),
            ('spec.limits[0].default[cpu]: Invalid value: "2": default value 3 is greater than max value 2'),
        ],
    ),
    "a ratio below one": (
        [{"type": "Pod", "maxLimitRequestRatio": {"cpu": "500m"}}],
        [('spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1')],
    ),
    "a ratio that the bounds exclude": (
        [{"type": "Pod", "min": {"cpu": "1"}, "max": {"cpu": "2"}, "maxLimitRequestRatio": {"cpu": "3"}}],
        [
            (
                'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 '
                "is greater than max/min = 2.000000"
            )
        ],
    ),
    "a resource that containers do not have": (
        [{"type": "Container", "max": {"storage": "1"}}],
        [
            (
                'spec.limits[0].max[storage]: Invalid value: "storage": must be a '
                "standard resource for containers"
            ),
            (
                'spec.limits[0].default[storage]: Invalid value: "storage": must be a '
                "standard resource for containers"
            ),
            (
                'spec.limits[0].defaultRequest[storage]: Invalid value: "storage": must '
                "be a standard resource for containers"
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), LIMIT_PROBLEMS.values(), ids=LIMIT_PROBLEMS)
def test_limit_problems(given: Any, problems: list[str]) -> None:
    assert LIMIT_RANGE.problems({"spec": {"limits": given}}) == problems


LIMIT_DEFAULTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "from the maximum": (
        {"type": "Container", "max": {"cpu": "2"}},
        {"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "2"}, "defaultRequest": {"cpu": "2"}},
    ),
    "from the minimum": (
        {"type": "Container", "min": {"cpu": "1"}},
        {"type": "Container", "min": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}},
    ),
    "none for pods": ({"type": "Pod", "max": {"cpu": "2"}}, {"type": "Pod", "max": {"cpu": "2"}}),
}


@pytest.mark.parametrize(("given", "limit"), LIMIT_DEFAULTS.values(), ids=LIMIT_DEFAULTS)
def test_limit_defaults(given: Any, limit: dict[str, Any]) -> None:
    assert LIMIT_RANGE.defaulted({"spec": {"limits": [given]}})["spec"]["limits"][0] == limit
