"""Prometheus' text format: heads, labels, histograms, read back by its own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from wherry.apimachinery import exposition
from wherry.apimachinery.histogram import Histogram, note


def test_a_head_says_what_a_metric_is() -> None:
    text = exposition.document([*exposition.head("pods", "gauge", "How many there are."), "pods 3"])
    assert text == "# HELP pods How many there are.\n# TYPE pods gauge\npods 3\n"


def test_nothing_to_tell_is_no_line() -> None:
    assert exposition.document([]) == ""


def test_labels_may_hold_anything() -> None:
    value = 'a "quoted"\\ name\nin two lines'
    labels = exposition.labels([("name", value), ("kind", "odd")])
    (family,) = text_string_to_metric_families(f"seen{{{labels}}} 1\n")
    assert family.samples[0].labels == {"name": value, "kind": "odd"}


def test_a_histogram_counts_what_is_not_above_a_bound() -> None:
    table: dict[str, Histogram] = {}
    for value in (0.1, 0.5, 0.6, 7):
        note(table, "get", (0.5, 1.0), value)
    assert table["get"].buckets() == [("0.5", 2), ("1.0", 3), ("+Inf", 4)]
    lines = [*exposition.head("took", "histogram", "Seconds."), *table["get"].lines("took", 'verb="get"')]
    (family,) = text_string_to_metric_families(exposition.document(lines))
    found = {sample.name: sample.value for sample in family.samples if "le" not in sample.labels}
    assert (found["took_count"], found["took_sum"]) == (4, 8.2)
    assert all(sample.labels["verb"] == "get" for sample in family.samples)
