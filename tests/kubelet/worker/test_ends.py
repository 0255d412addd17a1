"""Deletion: signals, grace, the last status, and that nothing is left."""

from __future__ import annotations

from pathlib import Path

from wherry.kubelet.worker.past import settle
from wherry.kubelet.worker.records import records_of

from tests.kubelet.fakes import Bench, container, pod
from tests.support import run


def test_deletion_terminates_and_then_removes_the_pod(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            await bench.delete()
            assert bench.runtime.signals == [("c", 15)]
            assert ("Killing", "Stopping container c") in bench.events
            assert (bench.status["phase"], bench.finished, bench.volumes.torn_down) == (
                "Succeeded",
                True,
                True,
            )

    run(scenario())


def test_a_program_that_does_not_listen_is_killed_after_its_grace(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        bench.runtime.on_term = None
        async with bench:
            await bench.delete(grace=5)
            await bench.after(4.9)
            assert bench.runtime.running() == ["c"]
            await bench.after(0.2)
            assert bench.runtime.signals == [("c", 15), ("c", 9)]
            assert (bench.status["phase"], bench.finished) == ("Failed", True)

    run(scenario())


def test_a_pod_that_waits_for_an_address_can_be_deleted(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        bench.addresses.known = False
        async with bench:
            assert (bench.runtime.running(), len(bench.addresses.told)) == ([], 1)
            await bench.delete()
            assert bench.finished

    run(scenario())


def test_a_simulated_pod_reports_its_end_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path, instant=True)
        async with bench:
            before = len(bench.published)
            await bench.delete()
            assert [status["phase"] for status in bench.published[before:]] == ["Succeeded"]

    run(scenario())


def test_no_grace_means_no_sigterm(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            await bench.delete(grace=0)
            assert bench.runtime.signals == [("c", 9)]

    run(scenario())


def test_a_second_deletion_with_less_grace_shortens_the_wait(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(pod(container("c")), tmp_path)
        bench.runtime.on_term = None
        async with bench:
            await bench.delete(grace=30)
            await bench.delete(grace=0)
            assert bench.runtime.signals == [("c", 15), ("c", 9)]
            assert [reason for reason in bench.reasons() if reason == "Killing"] == ["Killing"]

    run(scenario())


def test_a_pod_gone_from_the_api_is_ended_without_a_word(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c")), tmp_path) as bench:
            bench.status = {}
            bench.worker.vanish(bench.worker.pod)
            await bench.clock.settle()
            assert (bench.runtime.running(), bench.status, bench.finished) == ([], {}, False)
            assert bench.worker.finished

    run(scenario())


def test_the_pre_stop_hook_runs_before_the_signal(tmp_path: Path) -> None:
    async def scenario() -> None:
        lifecycle = {"preStop": {"sleep": {"seconds": 3}}}
        async with Bench(pod(container("c", lifecycle=lifecycle)), tmp_path) as bench:
            await bench.delete(grace=10)
            await bench.after(2.9)
            assert bench.runtime.signals == []
            await bench.after(0.2)
            assert bench.runtime.signals == [("c", 15)]

    run(scenario())


def test_the_deadline_of_the_pod_ends_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c"), activeDeadlineSeconds=20), tmp_path) as bench:
            await bench.after(21)
            assert (bench.status["phase"], bench.status["reason"]) == ("Failed", "DeadlineExceeded")
            assert not bench.runtime.running()

    run(scenario())


def test_a_deadline_that_is_brought_forward_counts_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Bench(pod(container("c"), activeDeadlineSeconds=1000), tmp_path) as bench:
            await bench.after(1)
            spec = {**bench.worker.pod["spec"], "activeDeadlineSeconds": 5}
            bench.worker.update({**bench.worker.pod, "spec": spec})
            await bench.after(5)
            assert bench.status["reason"] == "DeadlineExceeded"

    run(scenario())


def test_what_never_ran_is_unknown_in_the_end_and_there_is_no_sandbox_any_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        missing = {"name": "a", "image": "wherry.dev/missing:1"}
        lost = pod(container("b"), missing, activeDeadlineSeconds=20)
        async with Bench(lost, tmp_path) as bench:
            assert bench.condition("PodReadyToStartContainers")["status"] == "True"
            await bench.after(21)
            assert [status["name"] for status in bench.status["containerStatuses"]] == ["a", "b"]
            done = bench.container("a")["state"]["terminated"]
            assert (done["exitCode"], done["reason"]) == (137, "ContainerStatusUnknown")
            assert (done["startedAt"], done["finishedAt"]) == (None, None)
            assert bench.condition("PodReadyToStartContainers")["status"] == "False"

    run(scenario())


def test_containers_that_wait_for_others_that_failed_go_on_waiting(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = [container("one"), container("two"), container("three")]
        async with Bench(pod(container("c"), initContainers=first, restartPolicy="Never"), tmp_path) as bench:
            await bench.end("one")
            await bench.end("two", 1)
            states = [next(iter(bench.container(name)["state"])) for name in ("one", "two", "three", "c")]
            assert states == ["terminated", "terminated", "waiting", "waiting"]

    run(scenario())


def test_a_sidecar_that_ended_well_does_not_say_that_its_pod_was_initialized() -> None:
    sidecar = container("side", restartPolicy="Always")
    side, main = records = records_of(pod(container("c"), initContainers=[sidecar]))
    side.state = {"terminated": {"exitCode": 0}}
    settle(records)
    assert "waiting" in main.state
