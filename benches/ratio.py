#!/usr/bin/env python3
"""Times two commands in turn, A B A B …, and prints each one's figures and the ratio A/B of each pair.

  benches/ratio.py [-n PAIRS] 'COMMAND A' 'COMMAND B'

Machines are noisy, so it is the ratio that counts. One pair runs first and is not counted. `{run}` in a command is
replaced by a folder of that run's own. These are removed when all is measured: a file system takes longer to create
files just after others were removed. What the commands print is thrown away.
"""
import argparse, os, shlex, statistics, subprocess, sys, tempfile, time

FIGURES = [("wall s", 2), ("cpu s", 2), ("peak MB", 0)]


def run(command, folders):
    folder = tempfile.mkdtemp(dir=folders)
    words = [word.replace("{run}", folder) for word in shlex.split(command)]
    start = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command}\nfailed:\n{said.decode(errors='replace')}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def line(name, values, digits):
    least, middle, most = min(values), statistics.median(values), max(values)
    print(f"  {name:<8} {middle:>9.{digits}f}   ({least:.{digits}f} to {most:.{digits}f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5, metavar="PAIRS", help="pairs that count [default: 5]")
    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folders:
        pairs = [(run(options.a, folders), run(options.b, folders)) for _ in range(options.n + 1)][1:]
    for title, command, side in [("A", options.a, 0), ("B", options.b, 1)]:
        print(f"{title}: {command}")
        for index, (name, digits) in enumerate(FIGURES):
            line(name, [pair[side][index] for pair in pairs], digits)
    print("A/B")
    for index, (name, _) in enumerate(FIGURES):
        line(name.split()[0], [a[index] / max(b[index], 1e-9) for a, b in pairs], 2)


main()
