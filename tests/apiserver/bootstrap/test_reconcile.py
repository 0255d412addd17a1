"""Default objects: there from the first start, repaired later, left alone where they are somebody's own."""

from __future__ import annotations

import asyncio
from typing import Any

from wherry.apimachinery.errors import already_exists
from wherry.apiserver.authorization.rbac import GROUP
from wherry.apiserver.bootstrap import rbac
from wherry.apiserver.bootstrap.cluster import BootstrapSettings
from wherry.apiserver.bootstrap.reconcile import reconcile

Object = dict[str, Any]
SETTINGS = BootstrapSettings(
    service_ip="127.48.0.1",
    service_cidr="127.48.0.0/16",
    advertise_address="127.16.0.1",
    port=6443,
    server="https://127.0.0.1:6443",
    ca="PEM",
    now="2026-01-01T00:00:00Z",
)


class Writer:
    """A store of plain objects that counts its writes."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str, str], Object] = {}
        self.writes = 0

    def get(self, group: str, resource: str, namespace: str, name: str) -> Object | None:
        return self.objects.get((group, resource, namespace, name))

    async def create(self, group: str, resource: str, obj: Object) -> Object:
        meta = obj["metadata"]
        if self.get(group, resource, meta.get("namespace", ""), meta["name"]):
            raise already_exists(group, resource, meta["name"])
        return await self.update(group, resource, obj)

    async def update(self, group: str, resource: str, obj: Object) -> Object:
        meta = obj["metadata"]
        self.objects[group, resource, meta.get("namespace", ""), meta["name"]] = obj
        self.writes += 1
        return obj

    update_status = update

    def role(self, name: str) -> Object:
        return self.objects[GROUP, "clusterroles", "", name]


def started(writer: Writer | None = None) -> Writer:
    writer = writer or Writer()
    asyncio.run(reconcile(SETTINGS, writer))
    return writer


def test_the_first_start_writes_everything() -> None:
    writer = started()
    kinds = {(group, resource) for group, resource, _, _ in writer.objects}
    assert {("", "namespaces"), (GROUP, "rolebindings"), ("scheduling.k8s.io", "priorityclasses")} <= kinds
    assert len([key for key in writer.objects if key[1] == "clusterroles"]) > 60


def test_the_next_start_writes_nothing() -> None:
    writer = started()
    before = writer.writes
    started(writer)
    assert writer.writes == before


def test_a_missing_rule_comes_back_and_an_added_one_stays() -> None:
    writer = started()
    role = writer.role("system:discovery")
    own = {"verbs": ["get"], "nonResourceURLs": ["/own"]}
    lost = role["rules"][0]
    role["rules"] = [own]
    started(writer)
    assert writer.role("system:discovery")["rules"] == [own, lost]


def test_a_role_that_is_not_updated_automatically_is_left_alone() -> None:
    writer = started()
    role = writer.role("system:discovery")
    role["rules"] = []
    role["metadata"]["annotations"] = {rbac.AUTOUPDATE: "false"}
    started(writer)
    assert writer.role("system:discovery")["rules"] == []


def test_a_missing_subject_comes_back() -> None:
    writer = started()
    key = (GROUP, "clusterrolebindings", "", "system:basic-user")
    wanted = writer.objects[key].pop("subjects")
    started(writer)
    assert writer.objects[key]["subjects"] == wanted


def test_view_edit_and_admin_build_on_each_other() -> None:
    writer = started()
    view, edit, admin = (writer.role(name)["rules"] for name in ("view", "edit", "admin"))
    assert len(view) < len(edit) < len(admin)
    assert all(rule in admin for rule in view + edit)


def test_every_controller_has_a_role_and_a_binding() -> None:
    writer = started()
    subject = {"kind": "ServiceAccount", "name": "deployment-controller", "namespace": "kube-system"}
    binding = writer.objects[GROUP, "clusterrolebindings", "", "system:controller:deployment-controller"]
    assert binding["subjects"] == [subject]


def test_wherrys_controllers_hold_what_upstreams_hold_together() -> None:
    writer = started()
    own = writer.role(rbac.CONTROLLERS_GROUP)["rules"]
    assert all(rule in own for rule in writer.role("system:controller:job-controller")["rules"])


def test_the_kubernetes_service_follows_the_server() -> None:
    writer = started()
    key = ("discovery.k8s.io", "endpointslices", "default", "kubernetes")
    writer.objects[key]["endpoints"] = []
    started(writer)
    assert writer.objects[key]["endpoints"][0]["addresses"] == ["127.16.0.1"]
    assert writer.objects["", "services", "default", "kubernetes"]["spec"]["clusterIP"] == "127.48.0.1"


def test_conditions_are_written_as_status() -> None:
    writer = started()
    schema = writer.objects["flowcontrol.apiserver.k8s.io", "flowschemas", "", "probes"]
    assert schema["status"]["conditions"][0]["message"] == (
        'This FlowSchema references the PriorityLevelConfiguration object named "exempt" and it exists'
    )


def test_another_server_may_have_been_faster() -> None:
    class Racing(Writer):
        def get(self, group: str, resource: str, namespace: str, name: str) -> Object | None:
            return None if resource == "namespaces" else super().get(group, resource, namespace, name)

        async def create(self, group: str, resource: str, obj: Object) -> Object:
            if resource == "namespaces":
                raise already_exists(group, resource, obj["metadata"]["name"])
            return await super().create(group, resource, obj)

    assert started(Racing()).writes > 0


def test_rules_and_subjects_are_decoded() -> None:
    assert rbac.parse_rule("core,apps pods,pods/log get,list a,b") == {
        "verbs": ["get", "list"],
        "apiGroups": ["", "apps"],
        "resources": ["pods", "pods/log"],
        "resourceNames": ["a", "b"],
    }
    assert rbac.parse_rule("url /api,/api/* get") == {"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*"]}
    assert rbac.parse_subject("Group system:nodes") == {
        "kind": "Group", "apiGroup": GROUP, "name": "system:nodes",
    }  # fmt: skip
