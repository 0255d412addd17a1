"""The way of a request: who may, which verb, 404 and 405 as upstream's router gives them, never a 500."""

from __future__ import annotations

import pytest

from ..harness import CONFIG_MAPS, DEFAULT, NAMESPACES, PODS, Api, config_map, drive

NO_ROUTE = "the server could not find the requested resource"
NO_METHOD = "the server does not allow this method on the requested resource"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/boats",
        "/apis/apps/v9/deployments",
        f"{DEFAULT}/nodes",
        "/api/v1/pods/a",
        f"{PODS}/a/nope",
        f"{PODS}/a/status/more",
        f"{DEFAULT}//pods",
    ],
)
def test_what_no_route_leads_to(path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(path)
        assert reply.status == 404, reply.text

    drive(scenario)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/configmaps"),
        ("POST", f"{CONFIG_MAPS}/a"),
        ("PUT", CONFIG_MAPS),
        ("PATCH", CONFIG_MAPS),
        ("DELETE", "/api/v1/configmaps"),
        ("DELETE", NAMESPACES),
        ("HEAD", CONFIG_MAPS),
        ("DELETE", f"{PODS}/a/status"),
        ("GET", f"{PODS}/a/eviction"),
    ],
)
def test_a_method_that_is_not_served(method: str, path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask(method, path)
        assert (reply.status, reply.message) == (405, NO_METHOD)

    drive(scenario)


def test_a_review_has_no_objects() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get("/apis/authorization.k8s.io/v1/subjectaccessreviews/a")
        assert (reply.status, reply.message) == (404, NO_ROUTE)

    drive(scenario)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("%2E%2E", "\"..\": may not be '..'"),
        ("a%25b", "\"a%b\": may not contain '%'"),
    ],
)
def test_a_name_no_path_can_have(name: str, why: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{CONFIG_MAPS}/{name}")
        assert (reply.status, reply.message) == (400, f"Name parameter invalid: {why}")

    drive(scenario)


def test_who_is_unknown_is_anonymous_and_may_nothing() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("GET", f"{PODS}/a", anonymous=True)
        assert (reply.status, reply.message) == (
            403,
            'pods "a" is forbidden: User "system:anonymous" cannot get resource "pods" in API group "" '
            'in the namespace "default"',
        )
        assert reply.json["details"] == {"name": "a", "kind": "pods"}

    drive(scenario)


def test_bad_credentials_are_unauthorized() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("GET", PODS, headers={"authorization": "Bearer nonsense"}, anonymous=True)
        assert (reply.status, reply.json["reason"]) == (401, "Unauthorized")

    drive(scenario)


def test_a_list_of_one_name_is_authorized_like_that_object() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("GET", f"{PODS}?fieldSelector=metadata.name%3Da", anonymous=True)
        assert reply.message.startswith('pods "a" is forbidden')

    drive(scenario)


def test_another_user_may_be_played() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.ask("GET", PODS, headers={"impersonate-user": "jane"})
        assert (reply.status, 'User "jane" cannot list' in reply.message) == (403, True)
        reply = await api.ask("GET", PODS, headers={"impersonate-group": "devs"})
        assert reply.status == 400, reply.text

    drive(scenario)


def test_deprecated_versions_warn() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get("/api/v1/componentstatuses")
        assert "v1 ComponentStatus is deprecated in v1.19+" in reply.header("warning")

    drive(scenario)


def test_a_namespace_lies_in_no_namespace() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(DEFAULT)
        assert (reply.status, reply.json["kind"]) == (200, "Namespace")
        assert "namespace" not in reply.json["metadata"]

    drive(scenario)


def test_an_error_of_the_server_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(api: Api) -> None:
        def broken(*_: object) -> None:
            raise RuntimeError("secret detail")

        monkeypatch.setattr(api.app.server.authorizer, "authorize", broken)
        reply = await api.ask("POST", CONFIG_MAPS, config_map())
        assert (reply.status, reply.json["reason"]) == (500, "InternalError")
        assert "secret" not in reply.text

    drive(scenario)


def test_a_timeout_that_is_no_duration() -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(f"{CONFIG_MAPS}?timeout=soon")
        assert reply.status == 400
        assert reply.message == (
            'invalid timeout specified in the request URL - time: invalid duration "soon"'
        )
        for fine in ("", "0s", "3m", "1h30m"):
            assert (await api.get(f"{CONFIG_MAPS}?timeout={fine}")).status == 200

    drive(scenario)


@pytest.mark.parametrize(("accept", "status"), [("", 406), (",application/json", 201)])
def test_a_review_is_no_table(accept: str, status: int) -> None:
    async def scenario(api: Api) -> None:
        spec = {"spec": {"nonResourceAttributes": {"path": "/", "verb": "get"}}}
        headers = {"accept": f"application/json;as=Table;v=v1;g=meta.k8s.io{accept}"}
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        reply = await api.ask("POST", path, spec, headers=headers)
        assert reply.status == status
        assert status == 406 or reply.json["kind"] == "SelfSubjectAccessReview"

    drive(scenario)
