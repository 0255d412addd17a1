"""kubectl of three releases with Jobs and CronJobs."""

from __future__ import annotations

import re

import pytest

from tests.e2e.kubectl import Kubectl

OLD = "1.20"
INDEXED = """
apiVersion: batch/v1
kind: Job
metadata: {name: parts}
spec:
  completions: 3
  parallelism: 2
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: main, image: busybox, command: [sh, -c, "echo part $JOB_COMPLETION_INDEX of $(hostname)"]}
"""
CRON = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  timeZone: Europe/Berlin
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: main, image: busybox, command: [echo, night]}]
"""


def finished(kubectl: Kubectl, job: str, condition: str = "complete") -> None:
    kubectl("wait", f"--for=condition={condition}", f"job/{job}", "--timeout=30s")


def test_a_job_runs_to_its_end(kubectl: Kubectl) -> None:
    kubectl("create", "job", "hello", "--image=busybox", "--", "echo", "hi")
    finished(kubectl, "hello")
    assert kubectl("logs", "job/hello") == "hi\n"
    assert re.search(r"^hello .*1/1 ", kubectl("get", "job"), re.M)
    told = kubectl("describe", "job", "hello")
    assert re.search(r"Pods Statuses:.* 1 Succeeded / 0 Failed", told)
    assert "Created pod: hello-" in told
    assert "Job completed" in told
    kubectl("delete", "job", "hello")
    assert kubectl.names("pod") == []


def test_a_job_fails(kubectl: Kubectl) -> None:
    kubectl("create", "job", "wrong", "--image=busybox", "--", "sh", "-c", "exit 3")
    kubectl("patch", "job", "wrong", "--patch", '{"spec": {"backoffLimit": 0}}')
    finished(kubectl, "wrong", "failed")
    assert "Job has reached the specified backoff limit" in kubectl("describe", "job", "wrong")


def test_each_index_has_its_name(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=INDEXED)
    finished(kubectl, "parts")
    said = {kubectl("logs", pod) for pod in kubectl.names("pod")}
    assert said == {f"part {index} of parts-{index}\n" for index in range(3)}
    assert kubectl.path("get", "job", "parts", at=".status.completedIndexes") == "0-2"


def test_a_cron_job_is_run_by_hand(kubectl: Kubectl, release: str) -> None:
    kubectl("apply", "-f", "-", "--validate=false", stdin=CRON)
    if release == OLD:
        pytest.skip("kubectl 1.20 knows CronJobs of v1beta1 only")
    kubectl("create", "job", "now", "--from=cronjob/nightly")
    finished(kubectl, "now")
    made = kubectl.json("get", "job", "now")["metadata"]
    assert made["annotations"]["cronjob.kubernetes.io/instantiate"] == "manual"
    assert made["ownerReferences"][0]["name"] == "nightly"
    assert re.search(r"^nightly +0 3 \* \* \* +Europe/Berlin +False ", kubectl("get", "cronjob"), re.M)
    kubectl("delete", "cronjob", "nightly")
    kubectl("wait", "--for=delete", "job/now", "--timeout=20s")
