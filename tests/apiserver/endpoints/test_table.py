"""Tables of kinds that have no printer of their own."""

from __future__ import annotations

from tests.apiserver.harness import Api, drive

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ROLES = "/apis/rbac.authorization.k8s.io/v1/roles"


def test_the_default_printer_shows_name_and_time_and_no_rows_as_null() -> None:
    async def scenario(api: Api) -> None:
        assert (await api.table(DEFINITIONS))["rows"] is None
        version = {
            "name": "v1",
            "served": True,
            "storage": True,
            "schema": {"openAPIV3Schema": {"type": "object"}},
        }
        names = {"plural": "things", "kind": "Thing"}
        spec = {"group": "x.example", "scope": "Cluster", "names": names, "versions": [version]}
        made = await api.create(DEFINITIONS, {"metadata": {"name": "things.x.example"}, "spec": spec})
        found = await api.table(DEFINITIONS)
        assert found["rows"][0]["cells"] == ["things.x.example", made["metadata"]["creationTimestamp"]]

    drive(scenario)


def test_a_printer_of_its_own_shows_no_rows_as_a_list() -> None:
    async def scenario(api: Api) -> None:
        assert (await api.table(ROLES))["rows"] == []

    drive(scenario)


def test_flow_schemas_are_shown_in_the_order_in_which_they_are_tried() -> None:
    path = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"

    async def scenario(api: Api) -> None:
        for name, precedence in (("a", 9), ("c", 8), ("b", 8)):
            spec = {"priorityLevelConfiguration": {"name": "x"}, "matchingPrecedence": precedence}
            await api.create(path, {"metadata": {"name": name}, "spec": spec})
        assert [row["cells"][0] for row in (await api.table(path))["rows"]] == ["b", "c", "a"]

    drive(scenario)


def test_metadata_alone_has_no_annotations_that_stand_for_fields_of_another_version() -> None:
    path = "/apis/apps/v1/namespaces/default/daemonsets"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}

    async def scenario(api: Api) -> None:
        made = await api.create(path, {"metadata": {"name": "d"}, "spec": spec})
        assert made["metadata"]["annotations"] == {"deprecated.daemonset.template.generation": "1"}
        (row,) = (await api.table(path))["rows"]
        assert "annotations" not in row["object"]["metadata"]

    drive(scenario)
