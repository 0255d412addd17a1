"""The Available condition of an APIService: upstream's reasons and messages, kept current."""

from __future__ import annotations

from typing import Any

from ..harness import DEFAULT, Api, drive
from .extension import (
    ADDRESS,
    NAME,
    ROOT,
    SERVICES,
    Extension,
    api_service,
    condition,
    expose,
    in_time,
    joined,
    slice_of,
)

SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"


async def registered(api: Api, **spec: Any) -> None:
    api.app.aggregator.start()
    await api.create(SERVICES, api_service(**spec))


def service(port: int = 443, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "api"}, "spec": {"ports": [{"name": "https", "port": port}], **spec}}


def test_without_the_service_it_is_not_available() -> None:
    async def scenario(api: Api) -> None:
        await registered(api)
        found = await condition(api, "ServiceNotFound")
        assert (found["type"], found["status"]) == ("Available", "False")
        assert found["message"] == 'service/api in "default" is not present'

    drive(scenario)


def test_the_service_must_have_the_port() -> None:
    async def scenario(api: Api) -> None:
        await api.create(f"{DEFAULT}/services", service(port=444))
        await registered(api)
        found = await condition(api, "ServicePortError")
        assert found["message"] == 'service/api in "default" is not listening on port 443'

    drive(scenario)


def test_the_service_must_have_endpoints() -> None:
    async def scenario(api: Api) -> None:
        await api.create(f"{DEFAULT}/services", service())
        await registered(api)
        found = await condition(api, "EndpointsNotFound")
        assert found["message"] == 'cannot find endpointslices for service/api in "default"'

    drive(scenario)


def test_an_endpoint_must_be_ready() -> None:
    async def scenario(api: Api) -> None:
        await api.create(f"{DEFAULT}/services", service())
        await api.create(
            SLICES, slice_of(Extension(), ready=False) | {"ports": [{"name": "https", "port": 1}]}
        )
        await registered(api)
        found = await condition(api, "MissingEndpoints")
        where = 'endpointslices for service/api in "default"'
        assert found["message"] == f'{where} have no addresses with port name "https"'

    drive(scenario)


def test_the_server_must_answer_its_discovery_path() -> None:
    async def scenario(api: Api) -> None:
        extension = Extension()
        extension.healthy = False
        async with extension.serving():
            await expose(api, extension)
            await registered(api)
            found = await condition(api, "FailedDiscoveryCheck")
        url = f"https://{ADDRESS}:{extension.port}{ROOT}"
        wanted = f"failing or missing response from {url}: bad status from {url}: 500"
        assert found["message"] == wanted

    drive(scenario)


def test_the_servers_certificate_must_be_signed_by_the_bundle() -> None:
    async def scenario(api: Api) -> None:
        extension, other = Extension(), Extension()
        async with extension.serving():
            await expose(api, extension)
            api.app.aggregator.start()
            await api.create(SERVICES, api_service(other.ca))
            found = await condition(api, "FailedDiscoveryCheck")
        assert found["message"].endswith(
            "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        )

    drive(scenario)


def test_a_certificate_is_not_looked_at_when_that_is_told() -> None:
    async def scenario(api: Api) -> None:
        extension = Extension()
        async with extension.serving():
            await expose(api, extension)
            await registered(api)
            assert (await condition(api, "Passed"))["message"] == "all checks passed"

    drive(scenario)


def test_a_server_that_goes_and_comes_back_is_noticed() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api) as extension:
            pass
        gone = await in_time(api, "FailedDiscoveryCheck")
        assert gone["message"].endswith("connect: connection refused")
        async with extension.serving():
            assert (await in_time(api, "Passed"))["status"] == "True"

    drive(scenario)


def test_the_endpoints_are_watched() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            await api.ask("DELETE", f"{SLICES}/api-1")
            assert (await condition(api, "EndpointsNotFound"))["status"] == "False"

    drive(scenario)


def test_a_local_apiservice_is_always_available() -> None:
    async def scenario(api: Api) -> None:
        await registered(api)
        await condition(api, "ServiceNotFound")
        await api.patch(f"{SERVICES}/{NAME}", {"spec": {"service": None, "insecureSkipTLSVerify": None}})
        assert (await condition(api, "Local"))["status"] == "True"

    drive(scenario)


def test_the_transition_time_stays_while_the_status_does() -> None:
    async def scenario(api: Api) -> None:
        await registered(api)
        first = await condition(api, "ServiceNotFound")
        await api.clock.advance(10)
        await api.create(f"{DEFAULT}/services", service())
        second = await condition(api, "EndpointsNotFound")
        assert second["lastTransitionTime"] == first["lastTransitionTime"]

    drive(scenario)


def test_a_condition_that_somebody_else_wrote_is_put_right() -> None:
    async def scenario(api: Api) -> None:
        async with joined(api):
            await api.patch(f"{SERVICES}/{NAME}/status", {"status": {"conditions": []}})
            assert (await condition(api, "Passed"))["status"] == "True"

    drive(scenario)
