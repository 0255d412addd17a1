"""AdmissionReview as it is written, and what of a hook is read from its configuration."""

from __future__ import annotations

from wherry.apimachinery.gvk import GroupVersionKind
from wherry.apiserver.admission.matching import Match
from wherry.apiserver.admission.plugin import Attributes
from wherry.apiserver.admission.webhooks import review
from wherry.apiserver.admission.webhooks.hook import Hook
from wherry.apiserver.registry.strategy import User

POD = GroupVersionKind("", "v1", "Pod")
JANE = User("jane", "7", ("devs", "system:authenticated"), {"scopes": ("a", "b")})
ATTRS = Attributes(
    "CREATE", "", "v1", "pods", "", "Pod", "ns", "p", JANE, options={"fieldManager": "me"}, gvk=POD
)
OWN = Match("", "v1", "pods", POD)


def test_a_question_says_who_does_what_to_what() -> None:
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"}}
    names = {"group": "", "version": "v1"}
    assert review.request(ATTRS, OWN, pod, None, "u") == {
        "uid": "u",
        "kind": {**names, "kind": "Pod"},
        "resource": {**names, "resource": "pods"},
        "requestKind": {**names, "kind": "Pod"},
        "requestResource": {**names, "resource": "pods"},
        "name": "p",
        "namespace": "ns",
        "operation": "CREATE",
        "userInfo": {
            "username": "jane",
            "uid": "7",
            "groups": ["devs", "system:authenticated"],
            "extra": {"scopes": ["a", "b"]},
        },
        "object": pod,
        "oldObject": None,
        "dryRun": False,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "me"},
    }


def test_a_nameless_object_has_no_name_in_the_question() -> None:
    assert "name" not in review.described(ATTRS._replace(name=""), OWN)


def test_options_of_a_deletion_are_named_as_upstream_names_them() -> None:
    given = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Orphan"}
    assert review.options(ATTRS._replace(operation="DELETE", options=given)) == {
        "kind": "DeleteOptions",
        "apiVersion": "meta.k8s.io/v1",
        "propagationPolicy": "Orphan",
    }


def test_the_first_version_both_speak_is_spoken() -> None:
    assert review.version(("v2", "v1beta1", "v1")) == "v1beta1"


def test_a_hook_that_says_nothing_of_side_effects_is_not_asked_about_dry_runs() -> None:
    assert not Hook.of({"name": "h", "sideEffects": "Unknown"}, "c", 0).dry_run
    assert Hook.of({"name": "h", "sideEffects": "NoneOnDryRun"}, "c", 0).dry_run
    assert review.no_dry_run("h").message == 'admission webhook "h" does not support dry run'


def test_a_service_is_called_by_its_name_in_the_cluster() -> None:
    service = {"namespace": "n", "name": "s", "path": "/p", "port": 8443}
    hook = Hook.of({"name": "h", "clientConfig": {"service": service}}, "c", 0)
    assert hook.target.url == "https://s.n.svc:8443/p"
