#!/usr/bin/env python3
"""Plots what an audit of manifests costs by objects, and what an evaluation costs by controls.

  benches/curves.py ASSAY FOLDER

Writes cost-by-objects.svg and cost-by-controls.svg: CPU seconds, the least of three runs of each.
"""
import os, pathlib, subprocess, sys, tempfile

OBJECTS = [2_000, 5_000, 10_000, 20_000]
CONTROLS = [1, 10, 20, 40, 80]
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 360, 64, 48, 40


def cpu(words):
    """CPU seconds of a command: of several runs the least, since other work only adds."""
    def once():
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"failed: {' '.join(map(str, words))}")
        return usage.ru_utime + usage.ru_stime
    return min(once() for _ in range(3))


def plot(path, title, axis, points):
    """A line through the points, from zero, with each one's figure."""
    most_x, most_y = max(x for x, _ in points), max(y for _, y in points) * 1.15
    right, floor = WIDTH - 24, HEIGHT - BOTTOM
    at = lambda x, y: (LEFT + (right - LEFT) * x / most_x, floor - (floor - TOP) * y / most_y)
    marks = []
    for x, y in points:
        cx, cy = at(x, y)
        marks.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="3.5"/>')
        marks.append(f'<text x="{cx:.1f}" y="{cy - 10:.1f}" text-anchor="middle">{y:.2f}</text>')
        marks.append(f'<text x="{cx:.1f}" y="{floor + 18}" text-anchor="middle">{x:,}</text>')
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
    path.write_text(f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"
 font-family="sans-serif" font-size="12" fill="#1f2a37">
<title>{title}</title>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>
<text x="{LEFT}" y="22" font-size="15" font-weight="600">{title}</text>
<path d="M{LEFT} {TOP}V{floor}H{right}" fill="none" stroke="#9aa5b1"/>
<polyline points="{line}" fill="none" stroke="#2563eb" stroke-width="2"/>
<g fill="#2563eb">{"".join(mark for mark in marks if mark.startswith("<circle"))}</g>
{"".join(mark for mark in marks if mark.startswith("<text"))}
<text x="{(LEFT + right) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{axis}</text>
<text x="18" y="{(TOP + floor) / 2:.0f}" transform="rotate(-90 18 {(TOP + floor) / 2:.0f})" text-anchor="middle">CPU seconds</text>
</svg>
""")
    print(path.name, " ".join(f"{x}:{y:.2f}" for x, y in points))


def main():
    assay, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    here = pathlib.Path(__file__).parent
    with tempfile.TemporaryDirectory() as work:
        work, by_objects = pathlib.Path(work), []
        for count in OBJECTS:
            manifests, store = work / f"m{count}", work / f"s{count}"
            subprocess.run([here / "manifests.py", manifests, "--objects", str(count)], check=True)
            words = [assay, "audit", manifests, "--store", store, "--out", work / "reports", "--quiet"]
            by_objects.append((count, cpu(words)))
        listed = subprocess.run([assay, "controls", "list"], check=True, capture_output=True, text=True)
        ids = [line.split()[1] for line in listed.stdout.splitlines() if line.startswith("  ")]
        by_controls = []
        for count in CONTROLS:
            some = [word for control in ids[:count] for word in ("--select", control)]
            words = [assay, "evaluate", "--store", work / "s10000", *some]
            by_controls.append((min(count, len(ids)), cpu(words)))
    plot(folder / "cost-by-objects.svg", "An audit of manifests, by objects", "objects", by_objects)
    plot(folder / "cost-by-controls.svg", "Evaluating 10,000 objects, by controls", "controls", by_controls)


main()
