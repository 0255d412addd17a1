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
