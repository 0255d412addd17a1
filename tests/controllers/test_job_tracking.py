"""Every pod is counted once, whatever fails in between."""

from __future__ import annotations

from typing import cast

import pytest
from wherry.apimachinery import jsonio
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.controllers.job import facts, tracking
from wherry.controllers.job.sync import Sync
from wherry.controllers.job.tracking import Tracker

from tests.controllers.jobs import NOW, Object, indexed, job, job_pod, look
from tests.support import run


class Api:
    """Takes status updates and patches of pods; `stuck` pods cannot be patched, `gone` ones are not there."""

    def __init__(self, stuck: set[str] | None = None, gone: set[str] | None = None) -> None:
        self.stuck, self.gone = stuck or set(), gone or set()
        self.written: list[Object] = []
        self.freed: list[str] = []

    async def update(self, r: object, obj: Object, *, subresource: str) -> Object:
        assert subresource == "status"
        self.written.append(jsonio.clone(obj["status"]))
        return cast(Object, jsonio.clone(obj))

    async def patch(self, r: object, name: str, patch: Object, namespace: str, *, kind: str) -> Object:
        if name in self.gone:
            raise StatusError(404, "NotFound", "gone")
        if name in self.stuck:
            raise StatusError(500, "InternalError", "stuck")
        self.freed.append(name)
        return {}


def tracker(api: Api) -> Tracker:
    return Tracker(cast(Client, api), lambda job: None)


def track(api: Api, seen: Sync, changed: bool = False) -> bool:
    return run(tracker(api).track(seen, changed))


def ended(seen: Sync, kind: str = "FailureTarget") -> Sync:
    seen.end = facts.condition(kind, "True", "R", "m", NOW)
    return seen


def conditions(status: Object) -> list[str]:
    return [condition["type"] for condition in status.get("conditions", [])]


def test_an_end_is_written_before_the_pod_goes_and_counted_after() -> None:
    api = Api()
    assert not track(api, look(job(completions=2), job_pod("a", "Succeeded")))
    first, second = api.written
    assert first["uncountedTerminatedPods"] == {"succeeded": ["uid-a"]}
    assert "succeeded" not in first
    assert (second["uncountedTerminatedPods"], second["succeeded"]) == ({}, 1)
    assert api.freed == ["a"]


def test_after_a_crash_the_uid_is_not_counted_twice() -> None:
    status = {"uncountedTerminatedPods": {"succeeded": ["uid-a", "uid-b"]}}
    api = Api()
    freed, kept = job_pod("a", "Succeeded", tracked=False), job_pod("b", "Succeeded")
    track(api, look(job(status, completions=3), freed, kept))
    assert api.written[-1]["succeeded"] == 2
    assert api.freed == ["b"]


def test_a_finalizer_that_stays_keeps_its_uid() -> None:
    api = Api(stuck={"b"})
    pods = [job_pod("a", "Succeeded"), job_pod("b", "Succeeded")]
    with pytest.raises(StatusError, match="stuck"):
        track(api, look(job(completions=3), *pods))
    assert api.written[-1]["succeeded"] == 1
    assert api.written[-1]["uncountedTerminatedPods"] == {"succeeded": ["uid-b"]}


def test_a_pod_that_vanished_is_counted_too() -> None:
    api = Api(gone={"a"})
    track(api, look(job(completions=2), job_pod("a", "Succeeded")))
    assert api.written[-1]["succeeded"] == 1


def test_what_the_cache_does_not_show_yet_is_remembered() -> None:
    it = tracker(Api(gone={"b"}))
    pods = [job_pod("a", "Succeeded"), job_pod("b", "Succeeded")]
    run(it.track(look(job(completions=3), *pods), False))
    assert it.removing("ns/j") == {"uid-a"}
    it.removed("ns/j", "uid-a")
    assert it.removing("ns/j") == set()


def test_nothing_new_writes_nothing() -> None:
    api = Api()
    track(api, look(job(completions=2), job_pod("a"), job_pod("b", "Succeeded", tracked=False)))
    assert (api.written, api.freed) == ([], [])


def test_indexes_need_no_uids() -> None:
    api = Api()
    track(api, look(indexed(4), job_pod("a", "Succeeded", index=2), job_pod("b", "Succeeded", index=9)))
    assert len(api.written) == 1
    assert (api.written[0]["completedIndexes"], api.written[0]["succeeded"]) == ("2", 1)
    assert sorted(api.freed) == ["a", "b"]


def test_failed_indexes_are_shown_also_when_there_are_none() -> None:
    seen = look(indexed(3, backoffLimitPerIndex=1))
    assert tracking.show_indexes(seen)
    assert seen.status["failedIndexes"] == ""


def test_a_pod_kept_for_its_index_is_not_let_go() -> None:
    api = Api()
    track(api, look(indexed(3, backoffLimitPerIndex=1), job_pod("a", "Failed", index=1)))
    assert api.freed == []


def test_an_ignored_failure_goes_uncounted() -> None:
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [7]}}
    api = Api()
    track(api, look(job(podFailurePolicy={"rules": [rule]}), job_pod("a", "Failed", code=7)))
    assert (api.freed, api.written) == (["a"], [])


def test_a_failing_job_counts_the_pods_it_stopped() -> None:
    api = Api()
    seen = ended(look(job(parallelism=2, completions=9), job_pod("a"), job_pod("b")))
    assert track(api, seen)
    assert conditions(api.written[0]) == ["FailureTarget"]
    assert conditions(api.written[-1]) == ["FailureTarget", "Failed"]
    assert api.written[-1]["failed"] == 2


def test_a_successful_job_does_not() -> None:
    api = Api()
    seen = ended(look(job({"succeeded": 1}), job_pod("a")), "SuccessCriteriaMet")
    assert track(api, seen)
    last = api.written[-1]
    assert conditions(last) == ["SuccessCriteriaMet", "Complete"]
    assert "failed" not in last
    assert last["completionTime"] == "2026-01-01T01:00:00Z"


def test_the_end_waits_for_terminating_pods() -> None:
    api = Api()
    seen = ended(look(job()))
    seen.terminating = 1
    assert not track(api, seen)
    assert conditions(api.written[-1]) == ["FailureTarget"]


def test_a_job_that_is_deleted_lets_all_its_pods_go() -> None:
    owner = job(completions=3)
    owner["metadata"]["deletionTimestamp"] = "2026-01-01T00:59:00Z"
    api = Api()
    track(api, look(owner, job_pod("a"), job_pod("b")))
    assert sorted(api.freed) == ["a", "b"]
    assert api.written == []


def test_only_so_many_uids_at_a_time() -> None:
    pods = [job_pod(f"p{number}", "Succeeded") for number in range(tracking.MOST_UNCOUNTED + 5)]
    gone, full, changed = tracking.collect(look(job(completions=9999), *pods))
    assert (len(gone), full, changed) == (tracking.MOST_UNCOUNTED, True, True)


def test_a_full_list_is_emptied_first() -> None:
    pods = [job_pod(f"p{number}", "Succeeded") for number in range(tracking.MOST_UNCOUNTED + 5)]
    full = {"succeeded": [pod["metadata"]["uid"] for pod in pods[: tracking.MOST_UNCOUNTED]]}
    seen = look(job({"uncountedTerminatedPods": full}, completions=9999), *pods)
    assert tracking.collect(seen) == (pods[: tracking.MOST_UNCOUNTED], True, False)
