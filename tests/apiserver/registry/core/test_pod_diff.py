"""The diff that a refused change of a pod shows."""

from __future__ import annotations

from typing import Any

from wherry.apiserver.registry.core.pod_diff import difference

Object = dict[str, Any]


def spec(**fields: Any) -> Object:
    return {"containers": [{"name": "c", "image": "i", "resources": {}}], **fields}


def test_a_changed_field_is_shown_with_three_lines_around_it() -> None:
    assert difference(spec(restartPolicy="Never"), spec(restartPolicy="Always")) == (
        "@@ -35,7 +35,7 @@\n"
        "   }\n"
        "  ],\n"
        '  "EphemeralContainers": null,\n'
        '- "RestartPolicy": "Always",\n'
        '+ "RestartPolicy": "Never",\n'
        '  "TerminationGracePeriodSeconds": null,\n'
        '  "ActiveDeadlineSeconds": null,\n'
        '  "DNSPolicy": "",\n'
    )


def test_what_concerns_the_host_is_shown_in_the_security_context() -> None:
    shown = difference(spec(securityContext={}, hostPID=True), spec(securityContext={}))
    assert '-  "HostPID": false,\n+  "HostPID": true,\n   "HostIPC": false,' in shown


def test_unset_sources_of_a_volume_are_shown() -> None:
    volume = {"name": "v", "emptyDir": {"sizeLimit": "1Gi"}}
    shown = difference(spec(volumes=[volume]), spec())
    assert '- "Volumes": null,\n+ "Volumes": [\n+  {\n+   "Name": "v",\n+   "HostPath": null,\n' in shown
    assert '+   "EmptyDir": {\n+    "Medium": "",\n+    "SizeLimit": "1Gi"\n+   },\n' in shown


def test_shared_types_keep_their_wire_names() -> None:
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    shown = difference(spec(affinity=affinity), spec())
    assert '"RequiredDuringSchedulingIgnoredDuringExecution": [\n' in shown
    assert '"matchLabels": {\n' in shown
