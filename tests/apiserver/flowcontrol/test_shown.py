"""What an operator can see: metrics and the debugging tables."""

from __future__ import annotations

from ..harness import CONFIG_MAPS, Api, drive
from .test_requests import AS_JANE, narrowed, seated

DUMP = "/debug/api_priority_and_fairness/dump_"


def test_metrics_have_upstreams_names() -> None:
    async def scenario(api: Api) -> None:
        await narrowed(api, 1)
        with seated(api):
            await api.ask("GET", CONFIG_MAPS, headers=AS_JANE)
            text = (await api.get("/metrics")).text
        labels = 'flow_schema="janes",priority_level="narrow"'
        for line in (
            f"apiserver_flowcontrol_dispatched_requests_total{{{labels}}} 2",
            f'apiserver_flowcontrol_rejected_requests_total{{{labels},reason="concurrency-limit"}} 1',
            f"apiserver_flowcontrol_current_executing_requests{{{labels}}} 1",
            'apiserver_current_inflight_requests{request_kind="readOnly"} 2',
            'apiserver_flowcontrol_current_limit_seats{priority_level="narrow"} 1',
            'apiserver_flowcontrol_nominal_limit_seats{priority_level="narrow"} 100',
            f'apiserver_flowcontrol_request_execution_seconds_count{{{labels},type="regular"}} 1',
        ):
            assert f"{line}\n" in text

    drive(scenario)


def test_the_table_of_levels() -> None:
    async def scenario(api: Api) -> None:
        await narrowed(api, 1)
        with seated(api):
            lines = (await api.get(f"{DUMP}priority_levels")).text.splitlines()
        head = [cell.strip() for cell in lines[0].split(",")]
        rows = [[cell.strip() for cell in line.split(",")] for line in lines[1:]]
        assert head[:4] == ["PriorityLevelName", "ActiveQueues", "IsIdle", "IsQuiescing"]
        assert [row[0] for row in rows] == ["catch-all", "exempt", "narrow"]
        assert rows[2][1:] == ["0", "false", "false", "0", "1", "2", "0", "0", "0"]

    drive(scenario)


def test_the_table_of_queues_has_a_line_for_each() -> None:
    async def scenario(api: Api) -> None:
        queuing = {"queues": 4, "handSize": 2, "queueLengthLimit": 5}
        await narrowed(api, 1, type="Queue", queuing=queuing)
        lines = (await api.get(f"{DUMP}queues")).text.splitlines()
        assert [line.split(",")[0] for line in lines[1:]] == ["narrow"] * 4

    drive(scenario)


def test_the_table_of_requests_may_say_what_they_ask() -> None:
    async def scenario(api: Api) -> None:
        await narrowed(api, 1)
        with seated(api):
            short = (await api.get(f"{DUMP}requests")).text.splitlines()
            long = (await api.get(f"{DUMP}requests?includeRequestDetails=1")).text.splitlines()
        (row,) = ([cell.strip() for cell in line.split(",")] for line in long if line.startswith("narrow"))
        assert row[:4] == ["narrow", "janes", "-1", "-1"]
        assert row[10:] == ["jane", "list", CONFIG_MAPS, "default", "", "v1", "configmaps", ""]
        assert len(short[0].split(",")) == 10

    drive(scenario)


def test_tables_are_in_no_index() -> None:
    async def scenario(api: Api) -> None:
        assert not [p for p in (await api.get("/")).json["paths"] if p.startswith("/debug/api_p")]

    drive(scenario)
