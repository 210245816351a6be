"""Rules of instants and intervals. Times are whole seconds since the Unix epoch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_protos.dispatch.v1.types_pb2 import TimeWindow

from pydispatch_server import reasons
from pydispatch_server.rules.report import Report

DAY_S: Final = 86_400
# The planner looks no further than this; bookings beyond it could not be kept.
MAX_AHEAD_S: Final = 400 * DAY_S
MAX_NANOS: Final = 999_999_999
# What google.protobuf.Timestamp itself allows: year 1 to year 9999.
MIN_TIMESTAMP_S: Final = -62_135_596_800
MAX_TIMESTAMP_S: Final = 253_402_300_799


def check_timestamp(time: Timestamp, field: str, report: Report) -> bool:
    """Notes a timestamp outside years 1 to 9999 and tells whether it can be used."""
    if MIN_TIMESTAMP_S <= time.seconds <= MAX_TIMESTAMP_S and 0 <= time.nanos <= MAX_NANOS:
        return True
    report.add(field, reasons.OUT_OF_RANGE, "must be a time of the years 1 to 9999 with 0 to 999,999,999 nanoseconds")
    return False


def check_window(window: TimeWindow, field: str, report: Report) -> bool:
    """Notes ends that are no times and tells whether the window can be used. Missing ends are noted elsewhere."""
    start_ok = check_timestamp(window.start_time, f"{field}.start_time", report)
    end_ok = check_timestamp(window.end_time, f"{field}.end_time", report)
    is_whole = window.HasField("start_time") and window.HasField("end_time")
    return is_whole and start_ok and end_ok and window.start_time.seconds <= window.end_time.seconds


def check_bookable(window: TimeWindow, field: str, report: Report) -> None:
    """Notes a start window that has ended or begins further ahead than is planned for."""
    if not check_window(window, field, report):
        return
    now_s = report.now_ms // 1000
    if window.end_time.seconds < now_s:
        report.add(f"{field}.end_time", reasons.WINDOW_ENDED, "the window has already ended")
    for name, time in (("start_time", window.start_time), ("end_time", window.end_time)):
        if time.seconds > now_s + MAX_AHEAD_S:
            report.add(f"{field}.{name}", reasons.TOO_FAR_AHEAD, "must be at most 400 days ahead")


def check_order(windows: Iterable[TimeWindow], field: str, report: Report) -> None:
    """Notes windows that begin before the one ahead of them has ended."""
    previous_s: int | None = None
    for index, window in enumerate(windows):
        if previous_s is not None and window.start_time.seconds <= previous_s:
            report.add(f"{field}[{index}]", reasons.OVERLAP, "must begin after the one before it has ended")
        previous_s = window.end_time.seconds


def check_near(time: Timestamp, field: str, report: Report) -> None:
    """Notes a time more than 400 days from now, in either direction."""
    if check_timestamp(time, field, report) and abs(time.seconds - report.now_ms // 1000) > MAX_AHEAD_S:
        report.add(field, reasons.OUT_OF_RANGE, "must be within 400 days of now")
