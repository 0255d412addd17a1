"""MutatingAdmissionPolicies: what they change, and when they are asked again."""

from __future__ import annotations

from ...harness import CONFIG_MAPS, DEFAULT, Api, drive, pod
from .made import applying, attempt, matching, mutate, patching, validate

LABEL = "Object{metadata: Object.metadata{labels: {'by': 'policy'}}}"


def test_a_configuration_is_applied() -> None:
    async def scenario(api: Api) -> None:
        await mutate(api, applying(LABEL))
        made = (await attempt(api, data={"k": "v"})).json
        assert made["metadata"]["labels"] == {"by": "policy"}
        assert made["data"] == {"k": "v"}

    drive(scenario)


def test_lists_with_keys_are_merged() -> None:
    async def scenario(api: Api) -> None:
        sidecar = "Object.spec.containers{name: 'side', image: 'proxy:1'}"
        await mutate(
            api,
            applying(f"Object{{spec: Object.spec{{containers: [{sidecar}]}}}}"),
            matchConstraints=matching(resources=["pods"], operations=["CREATE"]),
        )
        made = await api.create(f"{DEFAULT}/pods", pod())
        assert sorted(one["name"] for one in made["spec"]["containers"]) == ["c", "side"]

    drive(scenario)


def test_a_patch_is_performed() -> None:
    async def scenario(api: Api) -> None:
        await mutate(
            api,
            patching(
                "[JSONPatch{op: 'test', path: '/data/a', value: '1'}, "
                "JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('x'), "
                "value: object.data.a + '2'}, "
                "JSONPatch{op: 'remove', path: '/data/a'}]"
            ),
        )
        assert (await attempt(api, data={"a": "1"})).json["data"] == {"x": "12"}

    drive(scenario)


def test_a_patch_that_does_not_fit_fails_the_request() -> None:
    async def scenario(api: Api) -> None:
        await mutate(api, patching("[JSONPatch{op: 'remove', path: '/data/a'}]"))
        reply = await attempt(api, data={"b": "1"})
        assert (reply.status, reply.json["reason"]) == (403, "Invalid")
        assert reply.message == (
            "policy 'p' with binding 'p' denied request: JSON Patch: error in remove for path: '/data/a': "
            "Unable to remove nonexistent key: a: missing value"
        )

    drive(scenario)


def test_a_patch_adds_no_unknown_fields() -> None:
    async def scenario(api: Api) -> None:
        await mutate(api, patching("[JSONPatch{op: 'replace', path: '/foo', value: 'b'}]"))
        reply = await attempt(api)
        wrong = 'Internal error occurred: strict decoding error: unknown field "foo"'
        assert (reply.status, reply.message) == (500, wrong)

    drive(scenario)


def test_a_binding_that_finds_no_parameters_is_told_of_before_anything_is_tried() -> None:
    async def scenario(api: Api) -> None:
        ref = {"name": "none", "parameterNotFoundAction": "Deny"}
        await mutate(api, patching("[JSONPatch{op: 'bad', path: '/x'}]"), name="a")
        kind = {"apiVersion": "v1", "kind": "ConfigMap"}
        await mutate(api, applying(LABEL), name="b", paramKind=kind, binding={"paramRef": ref})
        reply = await attempt(api)
        assert (reply.status, reply.json["reason"]) == (403, "Forbidden")
        assert reply.message.startswith("policy 'b' with binding 'b' denied request: failed to configure")
        assert len(reply.json["details"]["causes"]) == 2

    drive(scenario)


def test_what_the_api_of_its_own_group_does_not_describe_takes_no_configuration() -> None:
    async def scenario(api: Api) -> None:
        await mutate(
            api,
            applying(LABEL),
            matchConstraints=matching(resources=["pods/eviction"], operations=["CREATE"]),
        )
        await api.create(f"{DEFAULT}/pods", pod())
        eviction = {"metadata": {"name": "a"}}
        reply = await api.ask("POST", f"{DEFAULT}/pods/a/eviction", eviction)
        assert reply.message.endswith("no corresponding type for policy/v1, Kind=Eviction")

    drive(scenario)


def test_mutations_see_each_other() -> None:
    async def scenario(api: Api) -> None:
        await mutate(
            api,
            applying("Object{data: {'a': '1'}}"),
            applying("Object{data: {'b': object.data.a + '2'}}"),
        )
        assert (await attempt(api)).json["data"] == {"a": "1", "b": "12"}

    drive(scenario)


def test_a_policy_is_asked_again_when_another_changed_something() -> None:
    async def scenario(api: Api) -> None:
        copy = "Object{data: {'copy': has(object.metadata.labels) ? 'labelled' : 'bare'}}"
        await mutate(api, applying(copy), reinvocationPolicy="IfNeeded", name="a")
        await mutate(api, applying(LABEL), name="b")
        assert (await attempt(api)).json["data"] == {"copy": "labelled"}

    drive(scenario)


def test_a_policy_that_may_be_asked_again_sees_its_own_change() -> None:
    async def scenario(api: Api) -> None:
        longer = "Object{data: {'a': has(object.data) && has(object.data.a) ? object.data.a + 'x' : 'x'}}"
        await mutate(api, applying(longer), reinvocationPolicy="IfNeeded")
        assert (await attempt(api)).json["data"] == {"a": "xx"}

    drive(scenario)


def test_the_kind_stays() -> None:
    async def scenario(api: Api) -> None:
        await mutate(api, patching("[JSONPatch{op: 'replace', path: '/kind', value: 'X'}]"))
        reply = await attempt(api)
        assert reply.status == 500
        assert 'no kind "X" is registered for version "v1"' in reply.message

    drive(scenario)


def test_conditions_choose_and_errors_can_be_ignored() -> None:
    async def scenario(api: Api) -> None:
        chosen = [{"name": "chosen", "expression": "object.metadata.name == 'b'"}]
        await mutate(api, applying(LABEL), matchConditions=chosen, name="chosen")
        broken = applying("Object{data: {'x': object.data.absent}}")
        await mutate(api, broken, failurePolicy="Ignore", name="broken")
        assert "labels" not in (await attempt(api, "a")).json["metadata"]
        assert (await attempt(api, "b")).json["metadata"]["labels"] == {"by": "policy"}

    drive(scenario)


def test_what_a_policy_made_is_validated() -> None:
    async def scenario(api: Api) -> None:
        await mutate(api, applying("Object{metadata: Object.metadata{labels: {'by': 'a b'}}}"))
        reply = await attempt(api)
        assert reply.status == 422
        assert "metadata.labels: Invalid value" in reply.message

    drive(scenario)


def test_validating_policies_see_the_changes() -> None:
    async def scenario(api: Api) -> None:
        await mutate(api, applying(LABEL))
        await validate(api, {"expression": "object.metadata.labels.by == 'policy'"}, name="check")
        assert (await attempt(api)).status == 201
        assert (await api.get(f"{CONFIG_MAPS}/a")).json["metadata"]["labels"] == {"by": "policy"}

    drive(scenario)
