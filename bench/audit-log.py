#!/usr/bin/env python3
"""Makes a large audit log out of a real small one: the same events again and again, each time later
and with new numbers, as a busy server would have written them.

    bench/audit-log.py SMALL LARGE BYTES [FILE-BYTES]

With FILE-BYTES, LARGE is a folder of rotated files of that size (audit.log, audit.log.1, ...). The
sequence of lines, interleaving included, is that of SMALL; times and serial numbers are moved on by
what one round takes.
"""

import os
import re
import sys

HEAD = re.compile(rb"(msg=audit\()(\d+)(\.\d+:)(\d+)(\):)")


def parts(small):
    """The log in pieces: text, then the seconds and serial number of the line, and so on."""
    with open(small, "rb") as file:
        text = file.read()
    if not text.endswith(b"\n"):
        text = text[: text.rindex(b"\n") + 1]
    found = list(HEAD.finditer(text))
    at, pieces = 0, []
    for head in found:
        pieces.append((text[at : head.start(2)], int(head[2]), head[3], int(head[4])))
        at = head.end(4)
    return pieces, text[at:]


def rounds(small):
    pieces, tail = parts(small)
    first, last = min(p[1] for p in pieces), max(p[1] for p in pieces)
    serials = max(p[3] for p in pieces) - min(p[3] for p in pieces) + 1
    seconds = last - first + 1
    n = 0
    while True:
        later, further = n * seconds, n * serials
        yield b"".join(b"%b%d%b%d" % (text, sec + later, dot, serial + further) for text, sec, dot, serial in pieces) + tail
        n += 1


def main():
    small, large, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if len(sys.argv) == 4:
        with open(large, "wb") as out:
            for text in rounds(small):
                left = size - out.tell()
                out.write(text[: text.rindex(b"\n", 0, left) + 1] if len(text) > left else text)
                if len(text) > left:
                    return
    each = int(sys.argv[4])
    os.makedirs(large, exist_ok=True)
    count, held = 0, b""
    count_of_files = -(-size // each)
    for text in rounds(small):
        held += text
        while len(held) >= each:
            cut = held.rindex(b"\n", 0, each) + 1
            # The oldest has the highest number.
            number = count_of_files - 1 - count
            name = os.path.join(large, f"audit.log.{number}" if number else "audit.log")
            with open(name, "wb") as out:
                out.write(held[:cut])
            held = held[cut:]
            count += 1
            if number == 0:
                return


if __name__ == "__main__":
    main()
