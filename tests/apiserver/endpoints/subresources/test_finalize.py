"""namespaces/finalize: the last finalizer of the spec ends a deleted namespace."""

from __future__ import annotations

from ...harness import NAMESPACES, Api, drive

PATH = f"{NAMESPACES}/b"


def test_a_deleted_namespace_waits_for_its_finalizer() -> None:
    async def scenario(api: Api) -> None:
        made = await api.create(NAMESPACES, {"metadata": {"name": "b"}})
        assert made["spec"]["finalizers"] == ["kubernetes"]
        gone = (await api.ask("DELETE", PATH)).json
        assert gone["status"]["phase"] == "Terminating"
        await api.put(f"{PATH}/finalize", {**gone, "spec": {"finalizers": []}})
        assert (await api.get(PATH)).status == 404

    drive(scenario)


def test_finalizers_of_the_spec_change_here_only() -> None:
    async def scenario(api: Api) -> None:
        other = {"metadata": {"name": "b"}, "spec": {"finalizers": ["example.com/more"]}}
        await api.create(NAMESPACES, {"metadata": {"name": "b"}})
        assert (await api.put(PATH, other))["spec"] == {"finalizers": ["kubernetes"]}
        assert (await api.put(f"{PATH}/finalize", other))["spec"] == other["spec"]
        assert (await api.get(PATH)).json["status"]["phase"] == "Active"

    drive(scenario)


def test_the_name_is_the_paths() -> None:
    async def scenario(api: Api) -> None:
        await api.create(NAMESPACES, {"metadata": {"name": "b"}})
        assert (await api.ask("PUT", f"{PATH}/finalize", {"metadata": {"name": "c"}})).status == 400

    drive(scenario)
