"""Reading the chronicle, and choosing from it what explains an object."""

from __future__ import annotations

from wherry.apiserver.storage.chronicle import Record
from wherry.apiserver.why.chain import CAUSE, EFFECT, MOST_EFFECTS, MOST_OWN, OWN, chain
from wherry.apiserver.why.writes import Target, Write, Writes, read, target_of

DEPLOYMENT = "/registry/deployments.apps/default/web"
REPLICA_SET = "/registry/replicasets.apps/default/web-1"
POD = "/registry/pods/default/web-1-a"
NODE = "/registry/nodes/n1"


def wrote(revision: int, key: str, cause: str = "", verb: str = "update", uid: str = "") -> Record:
    return (revision, key, uid or key, (0.0, "user", b"agent", cause.encode(), verb, ""))


STORY = (
    wrote(10, DEPLOYMENT, verb="create"),
    wrote(11, REPLICA_SET, "deployment-controller;10;default/web", "create"),
    wrote(12, POD, "replicaset-controller;11;default/web-1", "create"),
    wrote(13, POD, "default-scheduler;12;default/web-1-a"),
    wrote(14, POD, "kubelet n1;13;default/web-1-a"),
    wrote(15, POD, "kubelet n1;14;default/web-1-a"),
    wrote(16, REPLICA_SET, "replicaset-controller;15;default/web-1"),
    wrote(17, NODE),
)


def told(key: str, *records: Record) -> list[tuple[int, str, int]]:
    found = chain(Writes(records or STORY), target_of(key), "")
    return [(link.write.revision, link.role, link.parent) for link in found.links]


def test_keys_are_objects() -> None:
    assert target_of(DEPLOYMENT) == Target("apps", "deployments", "default", "web")
    assert target_of(NODE) == Target("", "nodes", "", "n1")
    group = "rbac.authorization.k8s.io"
    assert target_of(f"/registry/clusterroles.{group}/a:b") == Target(group, "clusterroles", "", "a:b")


def test_a_cause_names_who_what_and_why() -> None:
    write = read(wrote(20, POD, "c;5,7;pod:x;y"))
    assert (write.by, write.key, write.because) == ("c", "pod:x;y", (5, 7))


def test_what_a_client_makes_up_tells_nothing() -> None:
    for cause in ("nonsense", "c;;", "c;x,-1,20,99;k", "c;²;k", ";" * 9):
        assert read(wrote(20, POD, cause)).because == ()


def test_the_servers_own_writes_have_no_origin() -> None:
    write = read((5, POD, "u", None))
    assert (write.user, write.at) == ("system:apiserver", None)


def test_a_pods_story_begins_with_what_a_user_wrote() -> None:
    assert told(POD) == [
        (10, CAUSE, 0),
        (11, CAUSE, 10),
        (12, OWN, 11),
        (13, OWN, 12),
        (14, OWN, 13),
        (15, OWN, 13),
        (16, EFFECT, 15),
    ]


def test_a_deployment_is_told_what_it_led_to() -> None:
    assert [role for _, role, _ in told(DEPLOYMENT)] == [OWN] + [EFFECT] * 6


def test_what_is_unrelated_is_left_out() -> None:
    assert told(NODE) == [(17, OWN, 0)]


def test_an_object_of_the_same_name_is_another_one() -> None:
    old, new = wrote(1, POD, uid="old"), wrote(2, POD, uid="new")
    assert told(POD, old, new) == [(2, OWN, 0)]
    found = chain(Writes((old, new)), target_of(POD), "old")
    assert [link.write.revision for link in found.links] == [1]


def test_what_is_forgotten_is_known_to_be() -> None:
    writes = Writes((wrote(20, POD, "c;5,7;k"), wrote(7, NODE)))
    (write,) = writes.of(target_of(POD))
    assert writes.forgotten(write) == [5]
    assert told(POD, wrote(7, NODE), wrote(20, POD, "c;5,7;k")) == [(7, CAUSE, 0), (20, OWN, 7)]


def test_work_on_a_timer_is_told_under_what_was_asked_for() -> None:
    cron = "/registry/cronjobs.batch/default/tick"
    records = [
        wrote(1, cron, verb="create"),
        wrote(2, "/registry/jobs.batch/default/tick-1", "cronjob-controller;1;default/tick", "create"),
        wrote(3, cron, "cronjob-controller;2;default/tick"),
        wrote(4, "/registry/jobs.batch/default/tick-2", "cronjob-controller;;default/tick", "create"),
        wrote(5, cron),
        wrote(6, "/registry/jobs.batch/default/tick-3", "cronjob-controller;;default/tick", "create"),
    ]
    writes = Writes(records)
    assert [revision for revision, _, _ in told("/registry/jobs.batch/default/tick-2", *records)] == [1, 4]
    assert [revision for revision, _, _ in told(cron, *records)] == [1, 2, 3, 4, 5, 6]
    parents = [parent_of(writes, revision) for revision in (2, 4, 6)]
    assert [write.revision for write in parents if write] == [1, 1, 5]


def test_the_servers_own_work_is_told_under_what_it_works_on() -> None:
    crd = "/registry/customresourcedefinitions.apiextensions.k8s.io/toys.example.com"
    writes = Writes([wrote(1, crd, verb="create"), (2, crd, crd, None), (3, NODE, "u", None)])
    found = parent_of(writes, 2)
    assert found is not None
    assert found.revision == 1
    assert parent_of(writes, 3) is None


def parent_of(writes: Writes, revision: int) -> Write | None:
    return writes.parent(writes.by_revision[revision])


def test_what_a_reconcile_wrote_itself_is_no_cause() -> None:
    other = wrote(2, REPLICA_SET, "d;1;default/web", "create")
    writes = Writes([wrote(1, DEPLOYMENT), other, wrote(3, DEPLOYMENT, "d;2;default/web")])
    found = parent_of(writes, 3)
    assert found is not None
    assert found.revision == 1


def test_long_stories_are_cut_and_say_so() -> None:
    many = [wrote(1, POD), *(wrote(n, f"{REPLICA_SET}{n}", "c;1;k") for n in range(2, MOST_EFFECTS + 7))]
    found = chain(Writes(many), target_of(POD), "")
    assert (len(found.links), found.left_out) == (MOST_EFFECTS + 1, 5)
    often = [wrote(n, POD) for n in range(1, MOST_OWN + 4)]
    found = chain(Writes(often), target_of(POD), "")
    assert (len(found.links), found.left_out) == (MOST_OWN, 3)
    assert [found.links[0].write.revision, found.links[-1].write.revision] == [1, MOST_OWN + 3]


def test_ten_thousand_echoes_are_no_trouble() -> None:
    echoes = [wrote(n, POD, f"kubelet n1;{n - 1};k") for n in range(2, 10_000)]
    found = chain(Writes([wrote(1, POD, verb="create"), *echoes]), target_of(POD), "")
    assert {link.parent for link in found.links[1:]} == {1}
