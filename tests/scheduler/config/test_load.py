"""KubeSchedulerConfiguration files: what is read, what is filled in, and in which words files are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from wherry.scheduler.config.args import InterPodAffinityArgs, NodeResourcesFitArgs, VolumeBindingArgs
from wherry.scheduler.config.load import ConfigurationError, Loaded, load, parse

Object = dict[str, Any]
HEAD: Object = {"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration"}


def read(**fields: Any) -> Loaded:
    return parse(yaml.safe_dump(HEAD | fields).encode())


def refused(**fields: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(**fields)
    return str(caught.value)


def with_args(plugin: str, **args: Any) -> Object:
    return {"profiles": [{"pluginConfig": [{"name": plugin, "args": args}]}]}


def test_resources_that_extenders_count_are_not_counted_here() -> None:
    managed = [{"name": "a.com/x", "ignoredByScheduler": True}, {"name": "a.com/y"}]
    loaded = read(extenders=[{"urlPrefix": "http://x", "managedResources": managed}])
    fit = loaded.profiles[0].of("NodeResourcesFit", NodeResourcesFitArgs)
    assert fit.ignored_resources == ["a.com/x"]


def test_files_of_an_extenders_tls_are_read_at_once() -> None:
    told = refused(extenders=[{"urlPrefix": "https://x", "tlsConfig": {"caFile": "/nope"}}])
    assert told.startswith("extenders[0].tlsConfig: cannot load the certificates for https://x: [Errno 2]")


def test_an_empty_file_is_the_default_profile() -> None:
    loaded = read()
    (profile,) = loaded.profiles
    assert (profile.name, profile.percentage) == ("default-scheduler", 0)
    assert profile.enabled.weights == {
        "TaintToleration": 3,
        "NodeAffinity": 2,
        "NodeResourcesFit": 1,
        "PodTopologySpread": 2,
        "InterPodAffinity": 2,
        "NodeResourcesBalancedAllocation": 1,
        "ImageLocality": 1,
        "DynamicResources": 2,
    }
    config = loaded.config
    assert (config.pod_initial_backoff_seconds, config.pod_max_backoff_seconds) == (1, 10)
    assert config.leader_election.lease_duration == 15.0
    assert profile.of("VolumeBinding", VolumeBindingArgs).bind_timeout_seconds == 600


def test_everything_that_upstream_knows_may_be_said() -> None:
    loaded = read(
        parallelism=4,
        leaderElection={"leaderElect": False, "leaseDuration": "30s", "resourceName": "mine"},
        clientConnection={"kubeconfig": "/k", "qps": 20, "burst": 30, "contentType": "application/json"},
        enableProfiling=False,
        enableContentionProfiling=False,
        percentageOfNodesToScore=30,
        podInitialBackoffSeconds=2,
        podMaxBackoffSeconds=20,
        delayCacheUntilActive=True,
        profiles=[{"schedulerName": "a"}, {"schedulerName": "b", "percentageOfNodesToScore": 70}],
    )
    assert [(p.name, p.percentage) for p in loaded.profiles] == [("a", 30), ("b", 70)]
    assert loaded.config.client_connection.kubeconfig == "/k"
    assert loaded.config.leader_election.lease_duration == 30.0


def test_arguments_have_their_defaults_where_they_say_nothing() -> None:
    (profile,) = read(**with_args("InterPodAffinity", hardPodAffinityWeight=7)).profiles
    args = profile.of("InterPodAffinity", InterPodAffinityArgs)
    assert (args.hard_pod_affinity_weight, args.ignore_preferred_terms_of_existing_pods) == (7, False)
    resources = [{"name": "cpu", "weight": 3}, {"name": "memory"}]
    strategy = {"type": "MostAllocated", "resources": resources}
    (profile,) = read(**with_args("NodeResourcesFit", scoringStrategy=strategy)).profiles
    fit = profile.of("NodeResourcesFit", NodeResourcesFitArgs)
    assert [(r.name, r.weight) for r in fit.scoring_strategy.counted] == [("cpu", 3), ("memory", 1)]


def test_a_file_is_named_in_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.yaml"
    file.write_text(yaml.safe_dump(HEAD | {"percentOfNodes": 3}))
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert str(caught.value) == f'{file}: strict decoding error: unknown field "percentOfNodes"'
    with pytest.raises(ConfigurationError, match="No such file"):
        load(tmp_path / "absent")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "not YAML"),
        ("- a", "Object 'Kind' is missing"),
        ("kind: KubeSchedulerConfiguration", "Object 'apiVersion' is missing"),
        (
            "kind: KubeSchedulerConfiguration\napiVersion: kubescheduler.config.k8s.io/v1beta3",
            'no kind "KubeSchedulerConfiguration" is registered for version '
            '"kubescheduler.config.k8s.io/v1beta3"',
        ),
        (yaml.safe_dump(HEAD) + "parallelism: 1\nparallelism: 2", 'key "parallelism" already set in map'),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text.encode())
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"profiles": [{"foo": 1}]}, 'strict decoding error: unknown field "profiles[0].foo"'),
        ({"parallelism": "many"}, 'parallelism: expected a valid integer, found "many"'),
        ({"leaderElection": {"leaseDuration": 5}}, "leaderElection.leaseDuration: expected a duration"),
        ({"parallelism": 0}, "parallelism: Invalid value: 0: should be an integer value greater than zero"),
        (
            {"percentageOfNodesToScore": 101},
            "percentageOfNodesToScore: Invalid value: 101: not in valid range",
        ),
        (
            {"podInitialBackoffSeconds": 0},
            "podInitialBackoffSeconds: Invalid value: 0: must be greater than 0",
        ),
        ({"podMaxBackoffSeconds": -1}, "must be greater than or equal to PodInitialBackoffSeconds"),
        ({"profiles": [{}, {"schedulerName": "a"}]}, "profiles[0].schedulerName: Required value"),
        (
            {"profiles": [{"schedulerName": "a"}, {"schedulerName": "a"}]},
            'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"',
        ),
        ({"leaderElection": {"renewDeadline": "20s"}}, "LeaseDuration must be greater than RenewDeadline"),
        ({"leaderElection": {"resourceLock": "endpoints"}}, 'resourceLock value must be "leases"'),
        (
            {"profiles": [{"plugins": {"filter": {"enabled": [{"name": "EBSLimits"}]}}}]},
            'profiles[0].plugins.filter.enabled[0]: Invalid value: "EBSLimits": was invalid in version',
        ),
        (
            {"profiles": [{"pluginConfig": [{"name": "X"}, {"name": "X"}]}]},
            'profiles[0].pluginConfig[1]: Duplicate value: "X"',
        ),
        (
            {"extenders": [{"urlPrefix": "http://x", "prioritizeVerb": "p"}]},
            "extenders[0].weight: Invalid value: 0: must have a positive weight applied to it",
        ),
        (
            {"extenders": [{"tlsConfig": {"insecure": True, "caFile": "/ca"}}]},
            "extenders[0].tlsConfig.insecure: Invalid value: true: specifying a root certificates file",
        ),
        ({"extenders": [{"tlsConfig": {"caData": "%"}}]}, "tlsConfig.caData: illegal base64 data"),
        (
            {"extenders": [{"bindVerb": "b"}, {"bindVerb": "b"}]},
            "only one extender can implement bind",
        ),
        (
            {"extenders": [{"managedResources": [{"name": "cpu"}]}]},
            'managedResources[0].name: Invalid value: "cpu": is an invalid extended resource name',
        ),
    ],
)
def test_what_is_wrong_is_named_by_field(fields: Object, words: str) -> None:
    assert words in refused(**fields)


@pytest.mark.parametrize(
    ("plugin", "args", "words"),
    [
        ("DefaultPreemption", {"minCandidateNodesPercentage": 101}, "not in valid range [0, 100]"),
        (
            "DefaultPreemption",
            {"minCandidateNodesPercentage": 0, "minCandidateNodesAbsolute": 0},
            "cannot be zero at the same time as minCandidateNodesAbsolute",
        ),
        ("InterPodAffinity", {"hardPodAffinityWeight": 101}, "hardPodAffinityWeight: Invalid value: 101"),
        ("InterPodAffinity", {"hard": 1}, 'unknown field "profiles[0].pluginConfig[0].args.hard"'),
        ("InterPodAffinity", {"kind": "NodeAffinityArgs"}, "were not of type"),
        ("PodTopologySpread", {"defaultingType": "Both"}, 'supported values: "System", "List"'),
        (
            "PodTopologySpread",
            {
                "defaultConstraints": [
                    {"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "ScheduleAnyway"}
                ]
            },
            "when .defaultConstraints are not empty",
        ),
        (
            "PodTopologySpread",
            {"defaultingType": "List", "defaultConstraints": [{"labelSelector": {}}]},
            "args.defaultConstraints[0].labelSelector: Forbidden",
        ),
        ("VolumeBinding", {"bindTimeoutSeconds": -1}, "should not be a negative value"),
        ("VolumeBinding", {"shape": []}, "turn on the feature gate StorageCapacityScoring"),
        ("DynamicResources", {"bindingTimeout": "10ms"}, '"10ms": must be at least 1 second'),
        ("NodeResourcesFit", {"scoringStrategy": {"type": "Best"}}, 'Unsupported value: "Best"'),
        (
            "NodeResourcesFit",
            {"scoringStrategy": {"type": "RequestedToCapacityRatio"}},
            "must be specified when type is RequestedToCapacityRatio",
        ),
        ("NodeResourcesFit", {"ignoredResourceGroups": ["a/b"]}, "resource group name can't contain '/'"),
        (
            "NodeResourcesBalancedAllocation",
            {"resources": [{"name": "cpu", "weight": 2}]},
            "args.resources[0].weight: Invalid value: 2: must be 1",
        ),
    ],
)
def test_wrong_arguments_are_named(plugin: str, args: Object, words: str) -> None:
    assert words in refused(**with_args(plugin, **args))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ([], "at least one point must be specified"),
        ([{"utilization": 5, "score": 1}, {"utilization": 5, "score": 2}], "sorted in increasing order"),
        ([{"utilization": 101, "score": 1}], "shape[0].utilization: Invalid value: 101"),
        ([{"utilization": 1, "score": 11}], "shape[0].score: Invalid value: 11: not in valid range [0, 10]"),
    ],
)
def test_wrong_shapes_are_named(shape: list[Object], words: str) -> None:
    strategy = {"type": "RequestedToCapacityRatio", "requestedToCapacityRatio": {"shape": shape}}
    assert words in refused(**with_args("NodeResourcesFit", scoringStrategy=strategy))


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ({"key": "a", "operator": "Is"}, 'operator: Unsupported value: "Is"'),
        ({"key": "a", "operator": "In"}, "must be specified when `operator` is 'In' or 'NotIn'"),
        ({"key": "a", "operator": "Exists", "values": ["b"]}, "may not be specified when"),
        ({"key": "a", "operator": "Gt"}, "must be specified single value"),
        ({"key": "/", "operator": "Exists"}, "key: Invalid value"),
    ],
)
def test_wrong_added_affinity_is_named(requirement: Object, words: str) -> None:
    terms = {"nodeSelectorTerms": [{"matchExpressions": [requirement]}]}
    added = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    assert words in refused(**with_args("NodeAffinity", addedAffinity=added))
