#!/usr/bin/env python3
"""Import of road networks beside osmium and pyrosm: CPU seconds and MB/s on the same files in one run.

Every round runs every tool once, in turn, so that a busy machine is busy for all; the table prints medians. Each run is a
process of its own and says how much CPU (user and system, all threads) the work itself took: starting a program and importing
its modules is not counted. Prints Markdown to stdout, progress to stderr.

    python3 bench/road/file.py [--rounds 5] [--data DIR] [--python VENV/bin/python]

The rivals' Python is made in bench/venv if it is not there: pip install --only-binary :all: osmium pyrosm.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "target" / "release" / "examples" / "file_figures"
FILES = [
    ("Helsinki, centre (PBF)", "osm/helsinki_centre.osm.pbf"),
    ("Porto Alegre (PBF)", "osm/porto_alegre.osm.pbf"),
    ("Lower Saxony, main roads (XML, gzip)", "osm/lower_saxony_main_roads.osm.gz"),
]
TOOLS = ["gongzhi", "osmium C++", "osmium Python", "pyrosm"]
WHAT = {
    "gongzhi": "the whole network file: graph, crossings, sections, roads, areas, landmarks, house numbers, stakes, names, indexes",
    "osmium C++": "every element read and every way's nodes located, in C++, without keeping anything",
    "osmium Python": "as above, and each highway way's tags and coordinates taken into a Python list",
    "pyrosm": "the driving network as tables of nodes and edges with geometries (`get_network('driving', nodes=True)`); PBF only",
}


def say(text):
    print(text, file=sys.stderr, flush=True)


def osmium_cpp(path):
    import osmium

    started = time.process_time()
    index = osmium.index.create_map("flex_mem")
    locations = osmium.NodeLocationsForWays(index)
    locations.ignore_errors()
    osmium.apply(osmium.io.Reader(path), locations)
    return time.process_time() - started, {}


def osmium_python(path):
    import osmium

    started = time.process_time()
    ways = []
    for way in osmium.FileProcessor(path).with_locations().with_filter(osmium.filter.KeyFilter("highway")).with_filter(
        osmium.filter.EntityFilter(osmium.osm.WAY)
    ):
        ways.append((way.id, dict(way.tags), [(n.lon, n.lat) for n in way.nodes if n.location.valid()]))
    return time.process_time() - started, {"ways": len(ways)}


def pyrosm_network(path):
    import pyrosm

    started = time.process_time()
    nodes, edges = pyrosm.OSM(path).get_network("driving", nodes=True)
    return time.process_time() - started, {"nodes": len(nodes), "edges": len(edges)}


WORKERS = {"osmium C++": osmium_cpp, "osmium Python": osmium_python, "pyrosm": pyrosm_network}


def measure(tool, path, python):
    """CPU seconds of one run, or None where the tool cannot read the file."""
    if tool == "pyrosm" and not path.endswith(".pbf"):
        return None
    command = [str(FIGURES), "import", path] if tool == "gongzhi" else [python, __file__, "--worker", tool, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        say(f"SKIPPED: {tool} on {path}: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def rivals_python(given):
    if given:
        return given
    venv = ROOT / "bench" / "venv"
    python = venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    if subprocess.run([str(python), "-c", "import osmium, pyrosm"], capture_output=True, check=False).returncode != 0:
        say("installing osmium and pyrosm …")
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "osmium", "pyrosm"], check=False)
    return str(python)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", default=os.environ.get("GONGZHI_TEST_DATA", "../shared/data"))
    parser.add_argument("--python")
    parser.add_argument("--worker", nargs=2)
    arguments = parser.parse_args()
    if arguments.worker:
        tool, path = arguments.worker
        seconds, found = WORKERS[tool](path)
        print(json.dumps({"cpu_s": seconds, **found}))
        return
    python = rivals_python(arguments.python)
    versions = subprocess.run(
        [python, "-c", "import importlib.metadata as m\nfor p in ('osmium', 'pyrosm'):\n    print(p, m.version(p))"],
        capture_output=True, text=True, check=False,
    ).stdout.split("\n")
    files = [(label, str(Path(arguments.data) / path)) for label, path in FILES]
    folder = tempfile.TemporaryDirectory()
    source, tiled = files[1][1], str(Path(folder.name) / "tiled.osm.pbf")
    if Path(source).exists():
        say("making the network ten times larger …")
        subprocess.run([str(FIGURES), "tiled", source, tiled], check=True)
        files.append(("Porto Alegre's roads, 10 tiles (PBF)", tiled))
    results = {}
    for round_ in range(arguments.rounds):
        for label, path in files:
            if not Path(path).exists():
                say(f"SKIPPED: {path} is not there; set GONGZHI_TEST_DATA")
                continue
            for tool in TOOLS:
                say(f"round {round_ + 1}: {tool} on {label}")
                result = measure(tool, path, python)
                if result:
                    results.setdefault((label, tool), []).append((result["cpu_s"], Path(path).stat().st_size))
    print("### Import beside osmium and pyrosm\n")
    print("| file | " + " | ".join(TOOLS) + " |\n|---|" + "---|" * len(TOOLS))
    for label, _ in files:
        cells = []
        for tool in TOOLS:
            runs = results.get((label, tool))
            if not runs:
                cells.append("not read")
                continue
            seconds = statistics.median(run[0] for run in runs)
            cells.append(f"{seconds:.2f} s, {runs[0][1] / 1e6 / seconds:.1f} MB/s")
        print(f"| {label} | " + " | ".join(cells) + " |")
    print("\nCPU seconds and megabytes of the packed file a CPU second; medians of", arguments.rounds, "interleaved rounds. What each does:\n")
    for tool in TOOLS:
        print(f"- **{tool}**: {WHAT[tool]}.")
    print(f"\n{', '.join(v for v in versions if v)}; Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores.")


main()
