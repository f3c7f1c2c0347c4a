#!/usr/bin/env python3
"""Porto Alegre's records joined to the network with rapidfuzz, beside what the road crate's example prints.

The common way to join dirty street names in Python: spell out a table of abbreviations, take the street of the network with the best
token_set_ratio for each of the two names, then the first crossing the two share. Also with a tie broken by the plain ratio, and with the
five best streets of each name tried until a pair crosses. Same records, same network, same table as the example's own join, which is
repeated here with equal names so that the two programs can be checked against each other.

    bench/road/records_rival.py [DATA]          prints Markdown rows; DATA as in GONGZHI_TEST_DATA
"""

import math
import os
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / "bench" / "venv"
LEAST = 85.0
SURE = 90.0


def say(text):
    print(text, file=sys.stderr, flush=True)


def enter_venv():
    """Starts this script again with the benchmark's own Python, where rapidfuzz is."""
    python = VENV / "bin" / "python"
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    if not python.exists():
        say(f"making {VENV.relative_to(ROOT)} …")
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    known = subprocess.run([str(python), "-c", "import rapidfuzz"], capture_output=True, check=False)
    if known.returncode != 0:
        say("installing rapidfuzz …")
        done = subprocess.run([str(python), "-m", "pip", "install", "--quiet", "rapidfuzz"], check=False)
        if done.returncode != 0:
            print("SKIPPED: rapidfuzz cannot be installed")
            sys.exit(0)
    os.execv(str(python), [str(python), __file__, *sys.argv[1:]])


def table():
    """The forty abbreviations of the example's own join, read from it so that they stay the same."""
    text = (ROOT / "crates/road/examples/records_figures/join.rs").read_text(encoding="utf-8")
    pairs = dict(re.findall(r'\("([A-Z]+)", "([A-Z ]+)"\)', text))
    assert len(pairs) == 40, len(pairs)
    return pairs


def plain(name, short):
    letters = unicodedata.normalize("NFKD", name.lower()).replace("'", "")
    letters = "".join(c for c in letters if not unicodedata.combining(c)).upper()
    words = re.sub(r"[^0-9A-Z]+", " ", letters).split()
    return " ".join(short.get(w, w) for w in words)


def metres(a, b):
    x = (a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(x, a[1] - b[1]) * math.radians(6_371_008.8)


def main():
    enter_venv()
    from rapidfuzz import fuzz, process

    data = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("GONGZHI_TEST_DATA", str(ROOT.parent / "shared" / "data"))
    with tempfile.TemporaryDirectory() as folder:
        example = ["cargo", "run", "--release", "-q", "-p", "gongzhi-road", "--example", "records_figures", "--", data, "--rival", folder]
        subprocess.run(example, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        if not (Path(folder) / "records.tsv").exists():
            print("SKIPPED: Porto Alegre's data is not there")
            return
        short = table()
        at, streets, pairs = [], {}, {}
        for line in (Path(folder) / "crossings.tsv").read_text(encoding="utf-8").splitlines():
            lon, lat, *roads = line.split("\t")
            at.append((float(lon), float(lat)))
            names = sorted({plain(r, short) for r in roads if r})
            for name in names:
                streets.setdefault(name, len(streets))
            for i, a in enumerate(names):
                for b in names[i + 1:]:
                    pairs.setdefault((a, b), len(at) - 1)
        records = []
        for line in (Path(folder) / "records.tsv").read_text(encoding="utf-8").splitlines():
            year, lon, lat, contradicts, first, second = line.split("\t")
            records.append((int(year), (float(lon), float(lat)), contradicts == "1", plain(first, short), plain(second, short)))
    choices = list(streets)

    def crossing(a, b):
        return pairs.get((a, b) if a <= b else (b, a))

    def equal(a, b):
        return crossing(a, b), 100.0

    memory = {}

    def best(name, most, tie):
        key = (name, most, tie)
        if key not in memory:
            found = process.extract(name, choices, scorer=fuzz.token_set_ratio, limit=10 if tie else most, score_cutoff=LEAST)
            found = [(street, score) for street, score, _ in found]
            if tie:
                found.sort(key=lambda f: (-f[1], -fuzz.ratio(name, f[0])))
            memory[key] = found[:most]
        return memory[key]

    def alike(most, tie):
        def find(a, b):
            combos = [(s + t, x, y) for x, s in best(a, most, tie) for y, t in best(b, most, tie) if x != y]
            for total, x, y in sorted(combos, reverse=True):
                place = crossing(x, y)
                if place is not None:
                    return place, total / 2
            return None, 0.0
        return find

    def percent(part, whole):
        return f"{100 * part / max(whole, 1):.1f} %"

    methods = [
        ("join, equal names", equal),
        ("rapidfuzz token_set_ratio, best street", alike(1, False)),
        ("rapidfuzz, ties by ratio", alike(1, True)),
        ("rapidfuzz, five best streets tried", alike(5, True)),
    ]
    print(f"Ratio at least {LEAST:.0f}; *sure* from a mean of {SURE:.0f} on. Records a second on one thread, spellings remembered between "
          "records (without memory every name costs one pass over all street names).\n")
    for title, years in (("2016", (2016,)), ("2014–16", (2014, 2015, 2016))):
        print(f"| {title} | records | within 50 m | within 200 m | no place | wrong and sure | records/s |\n|---|---|---|---|---|---|---|")
        for name, find in methods:
            for clean in (False, True):
                of = [r for r in records if r[0] in years and not (clean and r[2])]
                memory.clear()
                started = time.process_time()
                found = [find(a, b) for _, _, _, a, b in of]
                seconds = time.process_time() - started
                near = far = none = wrong = 0
                for (_, point, _, _, _), (place, score) in zip(of, found):
                    if place is None:
                        none += 1
                        continue
                    distance = metres(at[place], point)
                    near += distance <= 50
                    far += distance <= 200
                    wrong += distance > 200 and score >= SURE
                label = name + (", without those that contradict themselves" if clean else "")
                print(f"| {label} | {len(of)} | {percent(near, len(of))} | {percent(far, len(of))} | {percent(none, len(of))} | "
                      f"{percent(wrong, len(of))} | {len(of) / max(seconds, 1e-9):.0f} |")
        print()


main()
