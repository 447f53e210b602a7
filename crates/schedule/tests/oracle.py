"""Answers what the packages cronsim and oncalendar say, a case a line, as JSON.

A case has `kind` (cron, oncalendar or offset), `text`, `zone`, `after` (seconds since 1970) and
`micros`. The answer says whether the text is accepted, and then the times that come next in a row
and, of cron, those before. As Healthchecks does, each is asked of a new iterator, which begins at
the answer before; for one that goes on by itself it is checked that it says the same.

A row that is `stuck` ends where the package does not come to an end.
"""

import json
import signal
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim
from oncalendar import OnCalendar

ROW = 5
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Seconds of computing, so that a busy machine does not count.
PATIENCE = 3


class Stuck(Exception):
    pass


def stuck(*_):
    raise Stuck


def seconds(time):
    return (time.astimezone(timezone.utc) - EPOCH) // timedelta(seconds=1)


def row(begin, after, zone, may_differ):
    """The times in a row, and whether the package got stuck."""
    times = []
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
        same = begin(after.astimezone(zone))
        for _ in range(ROW):
            time = next(begin(after.astimezone(zone)), None)
            if not may_differ:
                assert next(same, None) == time, "an iterator differs from new ones"
            if time is None:
                break
            times.append(seconds(time))
            after = time.astimezone(timezone.utc)
    except Stuck:
        return times, True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return times, False


def answer(case):
    text, zone = case["text"], ZoneInfo(case["zone"])
    after = EPOCH + timedelta(seconds=case["after"], microseconds=case["micros"])
    if case["kind"] == "offset":
        return {"offset": after.astimezone(zone).utcoffset() // timedelta(seconds=1)}
    if case["kind"] == "cron":
        forward = lambda after: CronSim(text, after)
        back = lambda before: CronSim(text, before, reverse=True)
        accepted = len(text.split()) == 5
    else:
        forward, back = lambda after: OnCalendar(text, after), None
        accepted = True
    try:
        forward(after.astimezone(zone))
    # Any error at all: some texts are refused by one of Python's own.
    except Exception:
        accepted = False
    if not accepted:
        return {"accepted": False}
    # An iterator over several lines remembers which of them are later.
    lines = case["kind"] == "oncalendar" and "\n" in text.strip()
    times, is_stuck = row(forward, after, zone, lines)
    said = {"accepted": True, "next": times, "stuck": is_stuck}
    if back:
        said["previous"], said["back_stuck"] = row(back, after, zone, False)
    return said


signal.signal(signal.SIGVTALRM, stuck)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
