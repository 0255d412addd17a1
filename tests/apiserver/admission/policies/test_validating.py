"""ValidatingAdmissionPolicies: what they refuse, warn of and note."""

from __future__ import annotations

from ...harness import CONFIG_MAPS, DEFAULT, NAMESPACES, Api, Object, config_map, drive, pod
from .made import REGISTRATION, attempt, matching, validate

SHORT: Object = {"expression": "size(object.metadata.name) < 3"}
DENIED = "configmaps \"long\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: "


def test_a_broken_rule_denies() -> None:
    async def scenario(api: Api) -> None:
        await validate(api, SHORT)
        assert (await attempt(api, "a")).status == 201
        denied = await attempt(api, "long")
        assert denied.status == 422
        assert denied.json["reason"] == "Invalid"
        assert denied.message == f"{DENIED}failed expression: {SHORT['expression']}"

    drive(scenario)


def test_reasons_and_messages() -> None:
    async def scenario(api: Api) -> None:
        told = SHORT | {"reason": "Forbidden", "message": "keep it short"}
        computed = SHORT | {"messageExpression": "'is ' + object.metadata.name", "message": "unused"}
        await validate(api, told)
        denied = await attempt(api, "long")
        assert (denied.status, denied.message) == (403, f"{DENIED}keep it short")
        await api.ask("DELETE", f"{REGISTRATION}/validatingadmissionpolicies/p")
        await validate(api, computed, name="q")
        assert (await attempt(api, "long")).message.endswith("denied request: is long")

    drive(scenario)


def test_the_old_object_and_the_request() -> None:
    async def scenario(api: Api) -> None:
        kept = {"expression": "oldObject == null || oldObject.data == object.data", "message": "data stays"}
        who = {"expression": "request.userInfo.groups.exists(g, g == 'system:masters')"}
        await validate(api, kept, who)
        assert (await attempt(api, data={"k": "v"})).status == 201
        changed = await api.ask("PUT", f"{CONFIG_MAPS}/a", config_map(data={"k": "w"}))
        assert changed.status == 422
        assert "data stays" in changed.message
        await api.put(f"{CONFIG_MAPS}/a", config_map(data={"k": "v"}, immutable=True))

    drive(scenario)


def test_deletions_have_no_object() -> None:
    async def scenario(api: Api) -> None:
        await validate(
            api,
            {"expression": "object == null && oldObject.metadata.name != 'keep'"},
            matchConstraints=matching(operations=["DELETE"]),
        )
        for name, status in (("keep", 422), ("go", 200)):
            assert (await attempt(api, name)).status == 201
            assert (await api.ask("DELETE", f"{CONFIG_MAPS}/{name}")).status == status

    drive(scenario)


def test_variables_are_shared_and_lazy() -> None:
    async def scenario(api: Api) -> None:
        await validate(
            api,
            {"expression": "variables.double == 2 || variables.broken == 1"},
            variables=[
                {"name": "one", "expression": "size(object.metadata.name)"},
                {"name": "double", "expression": "variables.one * 2"},
                {"name": "broken", "expression": "1 / (variables.one - variables.one)"},
            ],
        )
        assert (await attempt(api, "a")).status == 201
        assert "division by zero" in (await attempt(api, "long")).message

    drive(scenario)


def test_match_conditions_choose() -> None:
    async def scenario(api: Api) -> None:
        await validate(
            api,
            SHORT,
            matchConditions=[{"name": "named", "expression": "has(object.data) && 'x' in object.data"}],
        )
        assert (await attempt(api, "long")).status == 201
        assert (await attempt(api, "longer", data={"x": "1"})).status == 422

    drive(scenario)


def test_an_error_denies_unless_the_policy_says_otherwise() -> None:
    async def scenario(api: Api) -> None:
        broken = {"expression": "object.data.absent == 'x'"}
        await validate(api, broken, failurePolicy="Ignore", name="ignored")
        assert (await attempt(api)).status == 201
        await validate(api, broken)
        denied = await attempt(api, "b")
        assert denied.status == 422
        assert "expression 'object.data.absent == 'x'' resulted in error: no such key: data" in denied.message

    drive(scenario)


def test_warnings_instead_of_a_denial() -> None:
    async def scenario(api: Api) -> None:
        await validate(api, SHORT | {"message": "too long"}, binding={"validationActions": ["Warn", "Audit"]})
        reply = await attempt(api, "long")
        assert reply.status == 201
        said = "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p': too long"
        assert reply.header("warning") == f'299 - "{said}"'

    drive(scenario)


def test_without_a_binding_nothing_is_judged() -> None:
    async def scenario(api: Api) -> None:
        await validate(api, SHORT, binding={"policyName": "other"})
        assert (await attempt(api, "long")).status == 201

    drive(scenario)


def test_bindings_narrow_the_policy() -> None:
    async def scenario(api: Api) -> None:
        chosen = {"namespaceSelector": {"matchLabels": {"strict": "yes"}}}
        await validate(api, SHORT, binding={"matchResources": chosen})
        assert (await attempt(api, "long")).status == 201
        await api.create(NAMESPACES, {"metadata": {"name": "s", "labels": {"strict": "yes"}}})
        denied = await api.ask("POST", f"{NAMESPACES}/s/configmaps", config_map("long"))
        assert denied.status == 422

    drive(scenario)


def test_the_namespace_of_the_object() -> None:
    async def scenario(api: Api) -> None:
        await validate(api, {"expression": "namespaceObject.metadata.name != 'default'"})
        assert (await attempt(api)).status == 422

    drive(scenario)


PARAM_KIND: Object = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}}
LIMITED: Object = {"expression": "size(object.metadata.name) <= int(params.data.most)", "message": "too long"}
PODS_ONLY: Object = {"matchConstraints": matching(resources=["pods"])}


def test_params_say_how_much() -> None:
    async def scenario(api: Api) -> None:
        ref = {"name": "limits", "namespace": "default", "parameterNotFoundAction": "Deny"}
        await validate(api, LIMITED, binding={"paramRef": ref}, **PARAM_KIND, **PODS_ONLY)
        absent = await api.ask("POST", f"{DEFAULT}/pods", pod("ab"))
        assert "no params found for policy binding with `Deny` parameterNotFoundAction" in absent.message
        await attempt(api, "limits", data={"most": "2"})
        assert (await api.ask("POST", f"{DEFAULT}/pods", pod("ab"))).status == 201
        denied = await api.ask("POST", f"{DEFAULT}/pods", pod("abc"))
        assert denied.message.endswith("denied request: too long")

    drive(scenario)


def test_a_kind_of_params_that_nobody_serves() -> None:
    async def scenario(api: Api) -> None:
        await validate(api, SHORT, paramKind={"apiVersion": "x/v1", "kind": "Nope"})
        denied = await attempt(api)
        assert denied.message.endswith(
            "ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find "
            "resource referenced by paramKind: 'x/v1, Kind=Nope'"
        )

    drive(scenario)


def test_params_of_a_namespace_are_looked_for_in_itself() -> None:
    async def scenario(api: Api) -> None:
        ref = {"name": "limits", "parameterNotFoundAction": "Deny"}
        about: Object = {"matchConstraints": matching(resources=["namespaces"], operations=["UPDATE"])}
        await validate(api, LIMITED, binding={"paramRef": ref}, **PARAM_KIND, **about)
        await api.create(NAMESPACES, {"metadata": {"name": "abc"}})
        await api.create(f"{NAMESPACES}/abc/configmaps", config_map("limits", data={"most": "2"}))
        labelled = {"metadata": {"name": "abc", "labels": {"a": "b"}}}
        denied = await api.ask("PUT", f"{NAMESPACES}/abc", labelled)
        assert denied.message.endswith("denied request: too long")

    drive(scenario)


def test_a_refused_token_still_warns_and_shows_whose_it_is() -> None:
    async def scenario(api: Api) -> None:
        tokens: Object = {"matchConstraints": matching(resources=["serviceaccounts/token"])}
        whose = {"expression": "object.metadata.name != 'default'", "message": "not that one"}
        await validate(api, whose, binding={"validationActions": ["Warn"]}, name="o", **tokens)
        await validate(api, {"expression": "size(object.spec.audiences) > 1"}, **tokens)
        reply = await api.ask("POST", f"{DEFAULT}/serviceaccounts/default/token", {"spec": {}})
        assert reply.status == 422
        assert reply.header("warning").endswith("'o': not that one\"")

    drive(scenario)


def test_every_selected_param_counts() -> None:
    async def scenario(api: Api) -> None:
        ref = {"selector": {"matchLabels": {"of": "limits"}}, "parameterNotFoundAction": "Allow"}
        await validate(api, LIMITED, binding={"paramRef": ref}, **PARAM_KIND, **PODS_ONLY)
        assert (await api.ask("POST", f"{DEFAULT}/pods", pod("abcd"))).status == 201
        for name, most in (("loose", "9"), ("tight", "1")):
            labels = {"metadata": {"name": name, "labels": {"of": "limits"}}, "data": {"most": most}}
            await api.create(CONFIG_MAPS, labels)
        assert (await api.ask("POST", f"{DEFAULT}/pods", pod("ab"))).status == 422

    drive(scenario)


def test_policies_ask_the_authorizer() -> None:
    async def scenario(api: Api) -> None:
        asked = "resource('configmaps').namespace('default').check('create').allowed()"
        await validate(
            api,
            {"expression": f"authorizer.group('').{asked}"},
            {"expression": f"!authorizer.serviceAccount('default', 'default').group('').{asked}"},
            {"expression": "authorizer.requestResource.check('zork').allowed()"},
        )
        assert (await attempt(api)).status == 201

    drive(scenario)


def test_policies_do_not_judge_policies() -> None:
    async def scenario(api: Api) -> None:
        everything = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
        await validate(api, {"expression": "false"}, matchConstraints={"resourceRules": [everything]})
        assert (await attempt(api)).status == 422
        for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
            assert (await api.ask("DELETE", f"{REGISTRATION}/{kind}/p")).status == 200
        assert (await attempt(api)).status == 201

    drive(scenario)


def test_a_dear_expression_is_stopped() -> None:
    async def scenario(api: Api) -> None:
        numbers = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
        loops = "".join(f"{numbers}.all(v{i}, " for i in range(7)) + "true" + ")" * 7
        await validate(api, {"expression": loops})
        denied = await attempt(api)
        assert denied.status == 422
        assert "actual cost limit exceeded" in denied.message

    drive(scenario)
