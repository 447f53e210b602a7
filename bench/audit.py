#!/usr/bin/env python3
"""Compares nightkeep's ausearch and aureport with the installed ones over one log: the same answers, and the CPU
seconds of both in the same run. Prints a Markdown table.

    bench/audit.py OURS LOG [RUNS]     OURS is a nightkeep

Make a log with bench/audit-log.py. The log is read once before, so that the cache is hot.
"""

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

# Name of the tool, options (the log is put in), and how many times less CPU is asked for.
LINES = [
    ("ausearch", "-k identity_changes --raw", 13),
    ("ausearch", "-k exec --raw", None),
    ("ausearch", "-k identity_changes -i", None),
    ("ausearch", "-m USER_LOGIN --raw", None),
    ("ausearch", "-ul 1000 --raw", None),
    ("ausearch", "-ts 11/23/26 15:00:00 -te 11/23/26 15:00:10 --raw", None),
    ("aureport", "--auth", 20),
    ("aureport", "-k --summary", 20),
    ("aureport", "", 12),
    ("aureport", "--summary -x", None),
]


def anonymous(pid, most):
    """Watches the largest RssAnon of a process, in KiB."""
    try:
        while True:
            with open(f"/proc/{pid}/status") as status:
                for line in status:
                    if line.startswith("RssAnon:"):
                        most[0] = max(most[0], int(line.split()[1]))
            # Seldom enough not to slow down what is measured.
            time.sleep(0.005)
    except (OSError, ValueError):
        pass


def run(tool, options, log):
    """CPU seconds, largest anonymous memory in MiB, exit code and a hash of the output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = dict(os.environ, LC_ALL="C", TZ="UTC")
    digest, most = hashlib.sha256(), [0]
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen([*tool, "-if", log, *options.split()], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, env=env)
        watch = threading.Thread(target=anonymous, args=(child.pid, most))
        watch.start()
        code = child.wait()
        watch.join()
        out.seek(0)
        while block := out.read(1 << 20):
            digest.update(block)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, most[0] / 1024, code, digest.hexdigest()


def main():
    ours, log = sys.argv[1], sys.argv[2]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with open(log, "rb") as file:
        while file.read(1 << 20):
            pass
    failed = False
    print(f"{os.path.getsize(log):,} bytes, median of {runs} runs, CPU seconds (user and system)\n")
    print("| command | theirs | ours | times | anonymous memory, ours | same answer |")
    print("|---|---|---|---|---|---|")
    for tool, options, asked in LINES:
        theirs = shutil.which(tool)
        if theirs is None:
            print(f"| `{tool} {options}` | not installed | | | | |")
            continue
        # The answers of 3 and 4 differ: ours are to be those of the version that is here.
        version = subprocess.run([theirs, "--version"], capture_output=True, text=True).stdout
        compat = "3" if " 3." in version else "4"
        command = {"ausearch": "search", "aureport": "report"}[tool]
        as_theirs = [ours, "audit", command, "--compat", compat]
        # One after the other, so that what else the machine does hits both.
        pairs = [(run([theirs], options, log), run(as_theirs, options, log)) for _ in range(runs)]
        middle = lambda values: sorted(values)[len(values) // 2]
        a, b = (middle([pair[which][0] for pair in pairs]) for which in (0, 1))
        memory = max(pair[1][1] for pair in pairs)
        same = all(one[2:] == other[2:] for one, other in pairs)
        times = a / b if b else float("inf")
        missed = asked is not None and times < asked
        failed |= missed or not same or memory > 16
        print(f"| `{tool} {options}` | {a:.3f} | {b:.3f} | {times:.1f}{f' (asked: {asked})' if missed else ''} | {memory:.1f} MiB | {'yes' if same else 'NO'} |")
    sys.exit(failed)


if __name__ == "__main__":
    main()
