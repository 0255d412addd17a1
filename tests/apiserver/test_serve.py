"""What the server logs of faults that nobody caught."""

from __future__ import annotations

import asyncio
import logging

import pytest
from wherry.apiserver.serve import unexpected

CLOSED = "unable to perform operation on <TCPTransport closed=True>; the handler is closed"


def report(fault: Exception, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What is logged as an error."""
    loop = asyncio.new_event_loop()
    try:
        unexpected(loop, {"message": "Fatal error on SSL protocol", "exception": fault})
    finally:
        loop.close()
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_client_that_closes_while_an_answer_is_flushed_is_no_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert report(RuntimeError(CLOSED), caplog) == []


def test_any_other_fault_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = report(ValueError("broken"), caplog)
    assert line.startswith("Fatal error on SSL protocol")
