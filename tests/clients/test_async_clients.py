"""`kubernetes_asyncio`, `kr8s` and `lightkube`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from tests.clients.objects import SHOP
from tests.e2e.local import LocalCluster
from tests.e2e.waiting import until

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Kubernetes version .* is not supported:UserWarning"),
]
T = TypeVar("T")
WEB: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "web", "image": "nginx", "ports": [{"containerPort": 80}]}],
    },
}


def run(coro: Coroutine[Any, Any, T]) -> T:
    async def limited() -> T:
        return await asyncio.wait_for(coro, 60)

    return asyncio.run(limited())


def test_kubernetes_asyncio(clients_cluster: LocalCluster, namespace: str) -> None:
    from kubernetes_asyncio import client, config, watch
    from kubernetes_asyncio.stream import WsApiClient

    async def scenario() -> None:
        await config.load_kube_config(str(clients_cluster.kubeconfig))
        async with client.ApiClient() as api, WsApiClient() as streaming:
            core = client.CoreV1Api(api)
            await core.create_namespaced_pod(namespace, WEB)
            async with watch.Watch() as watcher:
                async for event in watcher.stream(core.list_namespaced_pod, namespace, timeout_seconds=30):
                    statuses = event["object"].status.container_statuses
                    if statuses and statuses[0].ready:
                        break
            said = await client.CoreV1Api(streaming).connect_get_namespaced_pod_exec(
                "web", namespace, command=["echo", "hello"], stdin=False, stdout=True, stderr=True, tty=False
            )
            assert said == "hello\n"
            with pytest.raises(Exception, match="404"):
                await client.CoreV1Api(streaming).connect_get_namespaced_pod_exec("nobody", namespace)
            with pytest.raises(client.ApiException) as missing:
                await core.read_namespaced_pod("nobody", namespace)
            assert missing.value.status == 404
            await core.delete_namespaced_pod("web", namespace, grace_period_seconds=0)

    run(scenario())


def test_kr8s(clients_cluster: LocalCluster, namespace: str) -> None:
    import httpx
    import kr8s.asyncio as kr8s
    from kr8s.asyncio.objects import Deployment, Pod, Service

    async def scenario() -> None:
        api = await kr8s.api(kubeconfig=str(clients_cluster.kubeconfig), namespace=namespace)
        pod = await Pod(WEB | {"metadata": WEB["metadata"] | {"namespace": namespace}}, api=api)
        await pod.create()
        await pod.wait("condition=Ready", timeout=40)
        await pod.label(tier="front")
        await pod.annotate(note="read me")
        found = [p async for p in api.get("pods", label_selector={"tier": "front"})]
        assert [(p.name, p.annotations["note"]) for p in found] == [("web", "read me")]
        done = await pod.exec(["echo", "hello"])
        assert done.stdout == b"hello\n" and done.returncode == 0
        async with pod.portforward(remote_port=80) as port, httpx.AsyncClient() as web:
            assert "Welcome to nginx" in (await web.get(f"http://127.0.0.1:{port}")).text
        made = [Deployment, Service]
        for kind, text in zip(made, SHOP.split("---"), strict=True):
            await (await _object(kind, text, namespace, api)).create()
        shop = await Deployment.get("shop", namespace=namespace, api=api)
        await shop.scale(1)
        await shop.wait("condition=Available", timeout=40)
        await shop.delete()
        await pod.delete()
        await pod.wait("delete", timeout=40)

    run(scenario())


async def _object(kind: Any, text: str, namespace: str, api: Any) -> Any:
    import yaml

    resource = yaml.safe_load(text)
    resource["metadata"]["namespace"] = namespace
    return await kind(resource, api=api)


def test_lightkube(clients_cluster: LocalCluster, namespace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from lightkube import ApiError, Client, KubeConfig, codecs
    from lightkube.models.meta_v1 import ObjectMeta
    from lightkube.resources.apps_v1 import Deployment
    from lightkube.resources.core_v1 import ConfigMap, Service
    from lightkube.types import PatchType

    config = KubeConfig.from_file(str(clients_cluster.kubeconfig))
    client = Client(config=config, namespace=namespace, field_manager="tests")
    made = client.create(ConfigMap(metadata=ObjectMeta(name="c"), data={"a": "1"}))
    assert made.metadata is not None and made.metadata.resourceVersion
    with pytest.raises(ApiError) as twice:
        client.create(ConfigMap(metadata=ObjectMeta(name="c")))
    assert twice.value.status.reason == "AlreadyExists"
    client.patch(ConfigMap, "c", {"data": {"b": "2"}}, patch_type=PatchType.MERGE)
    assert client.get(ConfigMap, "c").data == {"a": "1", "b": "2"}
    for obj in codecs.load_all_yaml(SHOP):
        client.apply(obj)
    client.wait(Deployment, "shop", for_conditions=["Available"])
    until(lambda: (client.get(Deployment.Status, "shop").status or Deployment()).readyReplicas == 2)
    scale = client.get(Deployment.Scale, "shop")
    assert scale.spec is not None and scale.spec.replicas == 2
    client.replace(ConfigMap(metadata=ObjectMeta(name="c"), data={"z": "9"}))
    names = [each.metadata.name for each in client.list(ConfigMap) if each.metadata]
    assert names == ["c", "kube-root-ca.crt"]
    operation, first = next(iter(client.watch(ConfigMap, fields={"metadata.name": "c"})))
    assert operation == "ADDED" and first.data == {"z": "9"}
    client.delete(Service, "shop")
    client.deletecollection(ConfigMap)
    assert not any(each.data == {"z": "9"} for each in client.list(ConfigMap))
