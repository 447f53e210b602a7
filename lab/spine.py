#!/usr/bin/env python3
"""The story of the spine on a real server: each trouble is told once, each recovery once, on a
real SMTP server and a real webhook; nothing is told while nothing is wrong.

    LAB=path/to/lab lab/spine.py [SUITE [TROUBLE...]]

SUITE is bookworm or trixie; TROUBLEs are the functions below marked @trouble, all of them unless
named. QUIET=3600 watches a quiet server for an hour first; see story.py for the rest.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from story import COMMON, run, trouble, wait_for

CONFIG = """interval = "5s"
""" + COMMON + """
[disk]
used = { warning = "85%", critical = "95%", clear = "80%", for = "5s" }

[memory]
available = { warning = "10%", critical = "5%", clear = "15%", for = "2m" }

[memory.oom]
quiet = "45s"

[units]
must-be-active = ["caddy.service"]
inactive-for = "5s"
restarts = 3
restarts-within = "1m"

[alerts]
group-wait = "5s"
clear-for = "10s"
flap-window = "1s"
"""


@trouble
def service(story):
    story.web.run("systemctl stop caddy")
    story.expect("raised", "unit-inactive", "unit:caddy.service")
    story.web.run("systemctl start caddy")
    story.expect("recovered", "unit-inactive", "unit:caddy.service")


@trouble
def crash_loop(story):
    story.web.run(
        "systemd-run --quiet --unit=looper -p Restart=always -p RestartSec=1"
        " -p StartLimitIntervalSec=0 sh -c 'echo cannot find my database; sleep 1; exit 3'"
    )
    story.expect("raised", "unit-restarts", "unit:looper.service")
    story.web.run("systemctl stop looper; systemctl reset-failed looper", check=False)
    story.expect("recovered", "unit-restarts", "unit:looper.service")


def loop_mount(story):
    if not story.web.run("command -v mkfs.ext4", check=False):
        # Debian 13 comes without; an empty filesystem made here is small enough to be taken there.
        with tempfile.TemporaryDirectory() as directory:
            image = Path(directory) / "data.img"
            image.touch()
            os.truncate(image, 200 << 20)
            subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-F", image], check=True)
            subprocess.run(["gzip", "-1", image], check=True)
            story.web.push(f"{image}.gz", "/srv/data.img.gz")
        story.web.run("gunzip -f /srv/data.img.gz")
    else:
        story.web.run("truncate -s 200M /srv/data.img && mkfs.ext4 -q -m 0 -F /srv/data.img")
    story.web.run("mkdir -p /srv/data && mount -o loop /srv/data.img /srv/data && sleep 12")


@trouble
def disk(story):
    loop_mount(story)
    story.web.run("fallocate -l $(($(df --output=size -B1 /srv/data | tail -1) * 86 / 100)) /srv/data/big")
    story.expect("raised", "disk-used", "mount:/srv/data")
    story.web.run("dd if=/dev/zero of=/srv/data/rest bs=1M 2>/dev/null", check=False)
    story.expect("worse", "disk-used", "mount:/srv/data")
    story.web.run("rm /srv/data/big /srv/data/rest")
    story.expect("recovered", "disk-used", "mount:/srv/data")
    story.web.run("umount /srv/data; rm /srv/data.img")


@trouble
def read_only(story):
    loop_mount(story)
    story.web.run("mount -o remount,ro /srv/data")
    story.expect("raised", "disk-read-only", "mount:/srv/data")
    # No line of fstab knows the mount: the watch must remember that it was written to.
    story.web.run("systemctl restart nightkeep")
    story.nothing(40)
    story.web.run("mount -o remount,rw /srv/data")
    story.expect("recovered", "disk-read-only", "mount:/srv/data")
    story.web.run("umount /srv/data; rm /srv/data.img")


@trouble
def own_disk(story):
    """The disk with nightkeep's own store, full to the last block, for its user and for root."""
    story.web.run("dd if=/dev/zero of=/filler bs=1M 2>/dev/null; dd if=/dev/zero of=/filler2 bs=4k 2>/dev/null", check=False)
    print(story.web.run("df -h / | tail -1"))
    # It fills slowly enough to be a warning first, or fast enough not to.
    story.expect_among("raised", "disk-used", "mount:/", {"disk-used"})
    story.web.run("systemctl kill -s KILL nightkeep")
    story.nothing(45)
    story.web.run("rm /filler /filler2")
    story.expect("recovered", "disk-used", "mount:/")


@trouble
def out_of_memory(story):
    story.web.run(
        "systemd-run --quiet --unit=eater -p OOMScoreAdjust=900 python3 -c"
        " 'x = []\nwhile True: x.append(bytearray(b\"x\" * 10_000_000))'"
    )
    also = {"unit-failed", "memory-pressure", "memory-available", "oom-kill"}
    story.expect_among("raised", "oom-kill", "host", also)
    story.web.run("systemctl reset-failed eater", check=False)
    story.expect_among("recovered", "oom-kill", "host", also)
    story.new()


@trouble
def killed(story):
    story.web.run("systemctl stop caddy")
    story.expect("raised", "unit-inactive", "unit:caddy.service")
    story.web.run("systemctl kill -s KILL nightkeep")
    story.nothing(60)
    assert "caddy" in story.web.run("nightkeep status")
    story.web.run("systemctl start caddy")
    story.expect("recovered", "unit-inactive", "unit:caddy.service")


@trouble
def rebooted(story):
    story.web.run("systemctl disable --now --quiet caddy")
    story.expect("raised", "unit-inactive", "unit:caddy.service")
    story.web.reboot()
    wait_for(lambda: "caddy" in story.web.run("nightkeep status", check=False))
    story.nothing(60)
    story.web.run("systemctl enable --now --quiet caddy")
    story.expect("recovered", "unit-inactive", "unit:caddy.service")


if __name__ == "__main__":
    run(CONFIG)
