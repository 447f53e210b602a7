#!/usr/bin/env python3
"""Triage on real servers: a clean one is clean, each plant is found, and its innocent twin is not.

    LAB=path/to/lab NIGHTKEEP=path/to/binary lab/triage.py [SUITE [ID...]]

Plants are in lab/plants: a shell file for each detection, with `plant`, `twin` and `clear`. Where a file
has `applies`, it is asked first. KEEP=1 leaves the server up.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
LAB = os.environ.get("LAB") or sys.exit("set LAB to the path of the lab tool")
BINARY = os.environ.get("NIGHTKEEP", HERE.parent / "target/release/nightkeep")
NAME = os.environ.get("WEB", "triage1")
# What stays in the logs of this server for the rest of the run is not asked of later plants.
LASTING = ["D26", "D27"]


def lab(*words, check=True, env=None):
    run = subprocess.run([LAB, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env)
    # ssh's own trouble, not the command's.
    for _ in range(12):
        if run.returncode != 255:
            break
        time.sleep(5)
        run = subprocess.run([LAB, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env)
    if check and run.returncode:
        raise AssertionError(f"{words}: {run.returncode}\n{run.stdout}{run.stderr}")
    return run.stdout


def ssh(command, check=True):
    return lab("ssh", NAME, command, check=check)


def triage(since="1d"):
    text = ssh(f"nightkeep triage --json --no-record --since {since}", check=False)
    return json.loads(text[text.index("{"):])


def told(report, worst="info"):
    order = ["info", "warning", "critical"]
    return [f for f in report["findings"] if order.index(f["severity"]) > order.index(worst)]


def main():
    suite = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    wanted = [one.upper() for one in sys.argv[2:]]
    lab("up", NAME, suite, env={**os.environ, "MEM": "1024"})
    trouble = []
    try:
        ssh("mkdir -p /root/nk/packaging")
        lab("push", NAME, str(BINARY), "/root/nk/nightkeep")
        lab("push", NAME, *map(str, (HERE.parent / "packaging").iterdir()), "/root/nk/packaging/")
        lab("push", NAME, *map(str, (HERE / "plants").glob("*.sh")), "/root/nk/")
        ssh("cd /root/nk && sh packaging/install.sh ./nightkeep >/dev/null 2>&1; nightkeep --version")
        time.sleep(30)
        clean = triage()
        print(f"{suite}: {clean['verdict']['answer']}, {len(clean['findings'])} findings, above info: {len(told(clean))}")
        for found in told(clean):
            print(f"    {found['severity']} {found['id']} {found['sentence']}")
        if clean["verdict"]["answer"] != "nothing-seen" or told(clean):
            trouble.append("clean")
        print(ssh("nightkeep triage --since 1d; { time nightkeep triage --since 1d >/dev/null; } 2>&1", check=False))
        # What is new since a baseline is told of in any case; here the logic itself is asked.
        ssh("rm -f /var/lib/nightkeep/baseline.json")
        files = sorted((HERE / "plants").glob("d*.sh"), key=lambda path: (f"D{path.stem[1:]}" in LASTING, int(path.stem[1:])))
        for path in files:
            number = path.stem.upper()
            if wanted and number not in wanted:
                continue
            do = lambda what: ssh(f"clear() {{ :; }}; since() {{ echo 1d; }}; applies() {{ true; }}; . /root/nk/{path.name}; applies || {{ echo not here; exit 0; }}; {what}", check=False)
            if "not here" in do("true"):
                print(f"{number}: not on {suite}")
                continue
            for what in ("twin", "plant"):
                do(f"{what} >/dev/null 2>&1 </dev/null")
                time.sleep(2)
                since = do("since").split()[-1]
                mine = [f for f in told(triage(since)) if f["id"] == number]
                do("clear")
                is_right = bool(mine) == (what == "plant")
                said = mine[0]["sentence"] if mine else "nothing"
                print(f"{number} {what}: {'ok' if is_right else 'WRONG'}: {said}")
                if not is_right:
                    trouble.append(f"{number} {what}")
    finally:
        if not os.environ.get("KEEP"):
            lab("down", NAME, check=False)
    if trouble:
        sys.exit("wrong: " + ", ".join(trouble))
    print(f"all well on {suite}")


if __name__ == "__main__":
    main()
