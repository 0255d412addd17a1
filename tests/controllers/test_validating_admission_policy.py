"""The status of policies says which of their expressions do not fit the kinds they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wherry.client.resources import CUSTOMRESOURCEDEFINITIONS, VALIDATINGADMISSIONPOLICIES

from tests.apiserver.customresources.widgets import GROUP, condition, definition, spec_of, version
from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
CONTROLLER = "validatingadmissionpolicy-status-controller"


def policy(expression: str, *resources: str, **spec: Any) -> Object:
    rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["*"], "resources": list(resources)}
    return {
        "metadata": {"name": "p"},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": expression}],
            **spec,
        },
    }


async def checked(api: Cluster, obj: Object) -> Object:
    await api.client.create(VALIDATINGADMISSIONPOLICIES, obj)
    found = await api.until(
        VALIDATINGADMISSIONPOLICIES, "p", lambda r: bool((r.get("status") or {}).get("observedGeneration"))
    )
    status: Object = found["status"]
    return status


def warnings(status: Object) -> list[Object]:
    found: list[Object] = status["typeChecking"].get("expressionWarnings", [])
    return found


def test_an_expression_that_fits(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            fits = policy("object.spec.replicas <= 5 && object.metadata.name != ''", "deployments")
            assert await checked(api, fits) == {"observedGeneration": 1, "typeChecking": {}}

    run(scenario())


def test_a_field_that_the_kind_has_not(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            status = await checked(api, policy("object.spec.zork > 1", "deployments", "statefulsets"))
            (warning,) = warnings(status)
            assert warning["fieldRef"] == "spec.validations[0].expression"
            for kind in ("Deployment", "StatefulSet"):
                assert f"apps/v1, Kind={kind}: ERROR" in warning["warning"]
            assert "undefined field 'zork'" in warning["warning"]

    run(scenario())


def test_what_is_put_right_is_warned_of_no_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            assert warnings(await checked(api, policy("object.spec.zork > 1", "deployments")))
            right = {"spec": {"validations": [{"expression": "object.spec.replicas > 1"}]}}
            await api.client.patch(VALIDATINGADMISSIONPOLICIES, "p", right)
            found = await api.until(
                VALIDATINGADMISSIONPOLICIES, "p", lambda r: r["status"]["observedGeneration"] == 2
            )
            assert found["status"] == {"observedGeneration": 2, "typeChecking": {}}
            (entry,) = (e for e in found["metadata"]["managedFields"] if e.get("subresource") == "status")
            assert (entry["manager"], entry["operation"]) == (CONTROLLER, "Apply")

    run(scenario())


def test_types_of_fields_and_params(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            wrong = policy(
                "object.spec.replicas <= params.data.most",
                "deployments",
                paramKind={"apiVersion": "v1", "kind": "ConfigMap"},
            )
            (warning,) = warnings(await checked(api, wrong))
            assert "found no matching overload for '_<=_' applied to '(int, string)'" in warning["warning"]

    run(scenario())


def test_wildcards_are_not_checked(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            assert warnings(await checked(api, policy("object.spec.zork > 1", "*"))) == []

    run(scenario())


def test_custom_resources_are_checked_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, CONTROLLER) as api:
            schema = spec_of(replicas={"type": "integer"})
            made = definition(version(schema=schema)) | {"kind": "CustomResourceDefinition"}
            await api.client.create(CUSTOMRESOURCEDEFINITIONS, made)
            await api.until(
                CUSTOMRESOURCEDEFINITIONS, f"widgets.{GROUP}", lambda r: condition(r, "Established") != {}
            )
            rule = {
                "apiGroups": [GROUP],
                "apiVersions": ["v1"],
                "operations": ["*"],
                "resources": ["widgets"],
            }
            wrong = policy("object.spec.replicas > '1'", matchConstraints={"resourceRules": [rule]})
            (warning,) = warnings(await checked(api, wrong))
            assert warning["warning"].startswith(f"{GROUP}/v1, Kind=Widget: ERROR: <input>:1:22: found no")

    run(scenario())
