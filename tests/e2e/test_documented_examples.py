"""What upstream's pages show, with manifests of our own: the same fields, and kubectl's words as there."""

from __future__ import annotations

import json

from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

PI = """
apiVersion: batch/v1
kind: Job
metadata: {name: digits}
spec:
  backoffLimit: 4
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: digits, image: "perl:5.34.0", command: [perl, "-Mbignum=bpi", -wle, "print bpi(50)"]}
"""
INDEXED = """
apiVersion: batch/v1
kind: Job
metadata: {name: picks}
spec:
  completions: 3
  parallelism: 3
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      initContainers:
      - name: choose
        image: docker.io/library/bash
        command: [bash, -c, 'words=(one two six); echo ${words[$JOB_COMPLETION_INDEX]} > /in/word']
        volumeMounts: [{name: in, mountPath: /in}]
      containers:
      - {name: reverse, image: docker.io/library/busybox, command: [rev, /in/word],
         volumeMounts: [{name: in, mountPath: /in}]}
      volumes: [{name: in, emptyDir: {}}]
"""
STATEFUL = """
apiVersion: v1
kind: Service
metadata: {name: peers}
spec: {clusterIP: None, selector: {app: peers}, ports: [{port: 80, name: web}]}
---
kind: StorageClass
apiVersion: storage.k8s.io/v1
metadata: {name: documented-fast}
provisioner: k8s.io/minikube-hostpath
parameters: {type: pd-ssd}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: peer}
spec:
  serviceName: peers
  replicas: 2
  selector: {matchLabels: {app: peers}}
  template:
    metadata: {labels: {app: peers}}
    spec:
      containers:
      - name: web
        image: registry.k8s.io/nginx-slim:0.21
        ports: [{containerPort: 80, name: web}]
        volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      storageClassName: documented-fast
      resources: {requests: {storage: 1Gi}}
"""
FROM_FILE = """
apiVersion: v1
kind: Pod
metadata: {name: from-file}
spec:
  restartPolicy: Never
  initContainers:
  - {name: write, image: nginx, command: [sh, -c, "echo \\"ADDRESS='here'\\" > /data/app.env"],
     volumeMounts: [{name: config, mountPath: /data}]}
  containers:
  - name: print
    image: nginx
    command: [sh, -c, 'echo "it is $ADDRESS"']
    env:
    - {name: ADDRESS, valueFrom: {fileKeyRef: {path: app.env, volumeName: config, key: ADDRESS}}}
  volumes: [{name: config, emptyDir: {}}]
"""
REDIS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: cache}
data: {conf: "maxmemory 2mb\\nmaxmemory-policy allkeys-lru\\n"}
---
apiVersion: v1
kind: Pod
metadata: {name: cache}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: redis, image: "redis:8.0.2", command: [redis-server, /etc/cache/redis.conf],
     ports: [{containerPort: 6379}], volumeMounts: [{name: config, mountPath: /etc/cache}]}
  volumes: [{name: config, configMap: {name: cache, items: [{key: conf, path: redis.conf}]}}]
"""
BROKEN = """
apiVersion: v1
kind: Pod
metadata: {name: broken}
spec:
  containers: [{name: c, image: "<your-private-image>"}]
"""
SIZED = """
apiVersion: v1
kind: Pod
metadata: {name: sized}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: registry.k8s.io/pause:3.8
    resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]
    resources: {limits: {memory: 20Mi}, requests: {memory: 20Mi}}
"""


def test_the_job_that_prints_pi(kubectl: Kubectl) -> None:
    assert kubectl("apply", "-f", "-", stdin=PI) == "job.batch/digits created\n"
    kubectl("wait", "--for=condition=complete", "job/digits", "--timeout=30s")
    assert kubectl("logs", "job/digits") == "3.1415926535897932384626433832795028841971693993751\n"
    described = kubectl("describe", "job", "digits")
    assert "Pods Statuses:    0 Active (0 Ready) / 1 Succeeded / 0 Failed" in described
    assert "Created pod: digits-" in described


def test_an_indexed_job_gives_every_pod_its_share(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=INDEXED)
    kubectl("wait", "--for=condition=complete", "job/picks", "--timeout=30s")
    words = [kubectl("logs", "-l", f"batch.kubernetes.io/job-completion-index={i}").strip() for i in range(3)]
    assert words == ["eno", "owt", "xis"]
    assert "Completed Indexes:  0-2" in kubectl("describe", "job", "picks")


def test_a_statefulset_has_names_and_volumes_of_its_own(kubectl: Kubectl) -> None:
    try:
        kubectl("apply", "-f", "-", stdin=STATEFUL)
        kubectl("rollout", "status", "statefulset/peer", "--timeout=40s")
        assert kubectl.names("pods", "-l", "app=peers") == ["peer-0", "peer-1"]
        claims = kubectl.json("get", "pvc")["items"]
        assert {c["metadata"]["name"]: c["status"]["phase"] for c in claims} == {
            "data-peer-0": "Bound",
            "data-peer-1": "Bound",
        }
        address = kubectl.path("get", "pod", "peer-1", at=".status.podIP")
        found = kubectl("exec", "peer-0", "--", "nslookup", "peer-1.peers")
        assert f"Name:      peer-1.peers\nAddress 1: {address}\n" in found
    finally:
        kubectl("delete", "storageclass", "documented-fast", "--ignore-not-found")


def test_variables_come_from_a_file_that_an_init_container_wrote(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=FROM_FILE)
    kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/from-file", "--timeout=30s")
    assert kubectl("logs", "from-file", "-c", "print") == "it is here\n"


def test_redis_is_configured_by_a_config_map(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=REDIS)
    kubectl("wait", "--for=condition=Ready", "pod/cache", "--timeout=30s")

    def ask(*words: str) -> str:
        return kubectl.run("exec", "cache", "--", "redis-cli", *words).stdout

    assert until(lambda: ask("config", "get", "maxmemory"), what="redis") == "maxmemory\n2097152\n"
    assert ask("rpush", "job2", "apple", "banana") == "2\n"


def test_a_name_that_is_none_is_not_pulled(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=BROKEN)
    at = "{.status.containerStatuses[0].state.waiting.reason}"
    kubectl("wait", f"--for=jsonpath={at}=InvalidImageName", "pod/broken", "--timeout=20s")
    assert json.loads(kubectl("get", "pod", "broken", "-o", "json"))["status"]["phase"] == "Pending"


def test_the_application_of_the_basics_tutorial_answers(kubectl: Kubectl) -> None:
    image = "gcr.io/google-samples/kubernetes-bootcamp"
    kubectl("create", "deployment", "bootcamp", f"--image={image}:v1")
    kubectl("rollout", "status", "deployment/bootcamp", "--timeout=30s")
    (pod,) = kubectl.names("pods")
    said = kubectl("get", "--raw", f"/api/v1/namespaces/{kubectl.namespace}/pods/{pod}:8080/proxy/")
    assert said == f"Hello Kubernetes bootcamp! | Running on: {pod} | v=1\n"


def test_a_pod_is_resized_where_it_runs(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", stdin=SIZED)
    kubectl("wait", "--for=condition=Ready", "pod/sized", "--timeout=30s")
    more = {"name": "c", "resources": {k: {"memory": "40Mi"} for k in ("requests", "limits")}}
    kubectl(
        "patch", "pod", "sized", "--subresource=resize", "-p", json.dumps({"spec": {"containers": [more]}})
    )
    at = "{.status.containerStatuses[0].restartCount}"
    kubectl("wait", f"--for=jsonpath={at}=1", "pod/sized", "--timeout=30s")
    told = kubectl("events", "--for", "pod/sized")
    assert "Container c resize requires restart" in told
    assert 'Pod resize started: {"containers":[{"name":"c","resources":{"limits":{"memory":"40Mi"}' in told


def test_a_resource_that_is_advertised_is_granted(kubectl: Kubectl) -> None:
    def advertise(amount: str | None) -> None:
        patch = json.dumps({"status": {"capacity": {"example.com/dongle": amount}}})
        kubectl("patch", "node", "node-2", "--subresource=status", "-p", patch)

    def granted() -> str:
        return kubectl.path("get", "node", "node-2", at=r".status.allocatable.example\.com/dongle")

    advertise("4")
    try:
        assert until(granted, what="the dongles") == "4"
    finally:
        advertise(None)
    until(lambda: not granted(), what="their end")
