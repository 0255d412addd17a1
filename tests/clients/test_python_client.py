"""The `kubernetes` package: typed, dynamic, watches, YAML files, leader election, streams."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import kubernetes
import pytest
import yaml
from kubernetes import dynamic, utils, watch
from kubernetes.client import ApiException
from kubernetes.stream import portforward, stream

from tests.clients.objects import BOX, SHOP, ZOO
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:kubernetes.*")
Api: TypeAlias = kubernetes.client.ApiClient
WEB = {"name": "web", "image": "nginx", "ports": [{"containerPort": 80}]}


@pytest.fixture
def api(clients_cluster: LocalCluster) -> Iterator[Api]:
    configuration = kubernetes.client.Configuration()
    kubernetes.config.load_kube_config(str(clients_cluster.kubeconfig), client_configuration=configuration)
    with Api(configuration) as found:
        yield found


@pytest.fixture
def core(api: Api) -> kubernetes.client.CoreV1Api:
    return kubernetes.client.CoreV1Api(api)


def pod(name: str) -> dict[str, Any]:
    spec = {"terminationGracePeriodSeconds": 1, "containers": [WEB]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def ready(core: kubernetes.client.CoreV1Api, namespace: str, name: str) -> bool:
    statuses = core.read_namespaced_pod(name, namespace).status.container_statuses
    return bool(statuses) and all(status.ready for status in statuses)


def test_typed_objects_go_out_and_come_back(api: Api, namespace: str) -> None:
    apps, k = kubernetes.client.AppsV1Api(api), kubernetes.client
    labels = {"app": "web"}
    container = k.V1Container(name="web", image="nginx")
    meta = k.V1ObjectMeta
    template = k.V1PodTemplateSpec(metadata=meta(labels=labels), spec=k.V1PodSpec(containers=[container]))
    spec = k.V1DeploymentSpec(replicas=1, selector=k.V1LabelSelector(match_labels=labels), template=template)
    made = apps.create_namespaced_deployment(namespace, k.V1Deployment(metadata=meta(name="d"), spec=spec))
    assert made.spec.strategy.rolling_update.max_surge == "25%" and made.metadata.creation_timestamp.tzinfo
    until(lambda: apps.read_namespaced_deployment_status("d", namespace).status.ready_replicas == 1)
    apps.patch_namespaced_deployment_scale("d", namespace, {"spec": {"replicas": 2}})
    assert apps.read_namespaced_deployment_scale("d", namespace).spec.replicas == 2
    assert apps.delete_namespaced_deployment("d", namespace)["status"] == "Success"


def test_errors_carry_a_status(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    with pytest.raises(ApiException) as missing:
        core.read_namespaced_pod("nobody", namespace)
    assert missing.value.status == 404 and '"reason":"NotFound"' in missing.value.body
    with pytest.raises(ApiException) as invalid:
        core.create_namespaced_config_map(namespace, {"metadata": {"name": "Not A Name"}})
    assert invalid.value.status == 422


def test_every_patch_type(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "c"}, "data": {"a": "1"}})
    core.patch_namespaced_config_map("c", namespace, {"data": {"b": "2"}})
    core.patch_namespaced_config_map("c", namespace, [{"op": "remove", "path": "/data/a"}])
    assert core.read_namespaced_config_map("c", namespace).data == {"b": "2"}


def test_pages_and_selectors(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    for number in range(5):
        core.create_namespaced_config_map(
            namespace, {"metadata": {"name": f"c{number}", "labels": {"n": "x"}}}
        )
    first = core.list_namespaced_config_map(namespace, label_selector="n=x", limit=2)
    assert len(first.items) == 2 and first.metadata.remaining_item_count is None and first.metadata._continue
    rest = core.list_namespaced_config_map(
        namespace, label_selector="n=x", _continue=first.metadata._continue
    )
    assert [item.metadata.name for item in rest.items] == ["c2", "c3", "c4"]
    core.delete_collection_namespaced_config_map(namespace, label_selector="n=x")
    assert not core.list_namespaced_config_map(namespace, label_selector="n=x").items


def test_a_watch_tells_a_pods_life(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("a"))
    seen: list[str] = []
    watcher = watch.Watch()
    for event in watcher.stream(core.list_namespaced_pod, namespace, timeout_seconds=30):
        seen.append(event["type"])
        if event["type"] == "DELETED":
            watcher.stop()
        elif "deleting" not in seen and ready(core, namespace, "a"):
            core.delete_namespaced_pod("a", namespace)
            seen.append("deleting")
    assert seen[0] == "ADDED" and seen[-1] == "DELETED" and "MODIFIED" in seen


def test_a_watch_from_a_lost_revision_starts_again(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    answers = watch.Watch().stream(
        core.list_namespaced_config_map, namespace, resource_version="0", timeout_seconds=1
    )
    assert [event["object"].metadata.name for event in answers] == ["kube-root-ca.crt"]


def test_yaml_of_many_kinds(api: Api, namespace: str, tmp_path: Path) -> None:
    objects = [obj for obj in yaml.safe_load_all(SHOP + "---" + ZOO) if obj]
    made = utils.create_from_yaml(api, yaml_objects=objects, namespace=namespace)
    assert {each.kind for group in made for each in group} == {obj["kind"] for obj in objects}
    file = tmp_path / "bad.yaml"
    file.write_text(SHOP.replace("replicas: 2", "replicas: -2"))
    with pytest.raises(utils.FailToCreateError, match="must be greater than or equal to 0"):
        utils.create_from_yaml(api, str(file), namespace=namespace)


def test_the_dynamic_client_finds_what_the_server_has(api: Api, namespace: str) -> None:
    client = dynamic.DynamicClient(api)
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    maps.create(body={"metadata": {"name": "c"}, "data": {"a": "1"}}, namespace=namespace)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "2"}}
    with pytest.raises(dynamic.exceptions.ConflictError, match=r"conflict with .*OpenAPI-Generator"):
        maps.server_side_apply(body=body, namespace=namespace, field_manager="tests")
    applied = maps.server_side_apply(
        body=body, namespace=namespace, field_manager="tests", force_conflicts=True
    )
    assert applied.data.a == "2"
    events = maps.watch(namespace=namespace, timeout=5)
    assert "c" in {next(events)["object"].metadata.name for _ in range(2)}
    scale = client.resources.get(api_version="apps/v1", kind="Deployment").subresources["scale"]
    assert scale.kind == "Scale"


def test_one_leader_at_a_time(api: Api, namespace: str) -> None:
    from kubernetes.leaderelection.electionconfig import Config
    from kubernetes.leaderelection.leaderelection import LeaderElection
    from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock

    leases = kubernetes.client.CoordinationV1Api(api)
    leading, lost = threading.Event(), threading.Event()
    lock = LeaseLock("lock", namespace, "first")
    lock.api_instance = leases
    election = LeaderElection(Config(lock, 4, 3, 1.1, leading.set, lost.set))
    thread = threading.Thread(target=election.run, daemon=True)
    thread.start()
    assert leading.wait(20)
    assert leases.read_namespaced_lease("lock", namespace).spec.holder_identity == "first"
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    taken = {"spec": {"holderIdentity": "second", "renewTime": later}}

    def stolen() -> bool:
        leases.patch_namespaced_lease("lock", namespace, taken)
        return lost.wait(1)

    until(stolen)
    thread.join(10)


def test_streams(core: kubernetes.client.CoreV1Api, namespace: str) -> None:
    core.create_namespaced_pod(namespace, yaml.safe_load(BOX))
    core.create_namespaced_pod(namespace, pod("web"))
    until(lambda: ready(core, namespace, "box") and ready(core, namespace, "web"))
    script = ["sh", "-c", "echo out; echo err >&2; exit 4"]
    options: dict[str, Any] = {
        "stdin": False,
        "stdout": True,
        "stderr": True,
        "tty": False,
        "_preload_content": False,
    }
    done = stream(core.connect_get_namespaced_pod_exec, "box", namespace, command=script, **options)
    done.run_forever(timeout=10)
    assert (done.read_stdout(), done.read_stderr(), done.returncode) == ("out\n", "err\n", 4)
    options["stdin"] = True
    typed = stream(
        core.connect_post_namespaced_pod_exec, "box", namespace, command=["head", "-n1"], **options
    )
    typed.write_stdin("hello\n")
    typed.run_forever(timeout=10)
    assert (typed.read_stdout(), typed.returncode) == ("hello\n", 0)
    forward = portforward(core.connect_get_namespaced_pod_portforward, "web", namespace, ports="80")
    socket = forward.socket(80)
    socket.setblocking(True)
    socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert socket.recv(4096).startswith(b"HTTP/1.1 200 OK") and forward.error(80) is None
    assert "started" in core.read_namespaced_pod_log("box", namespace)
    followed = core.read_namespaced_pod_log("box", namespace, follow=True, _preload_content=False)
    assert next(followed.stream()).startswith(b"started")
    followed.close()
