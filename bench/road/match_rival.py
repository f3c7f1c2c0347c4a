#!/usr/bin/env python3
"""Map matching beside Valhalla's Meili on the same simulated traces: share of fixes laid on the right OSM way.

`match_rival.py DATA TRACES`: DATA holds osm/*, TRACES the files that the example `match_figures` wrote. Prints Markdown.
Meili builds its tiles from the same extract. It is told the true noise (`gps_accuracy`) and searches as far as its limit of
100 m allows; its own defaults are a second row. Outliers are in the traces but are not scored. A fix Meili interpolates
counts by the edge it reports, a fix without an edge counts as wrong, for both.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / "bench" / "venv" / "meili"
PACKAGES = ["pyvalhalla==3.9.1", "osmium==4.3.2"]
FILES = {"Porto_Alegre": "porto_alegre.osm.pbf", "Shanghai": "shanghai_center.osm.bz2", "Helsinki": "helsinki_centre.osm.pbf"}


def say(text):
    print(text, file=sys.stderr, flush=True)


def enter_venv():
    """Starts this script again where Valhalla is; its newest wheels need Python 3.12."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    python = VENV / "bin" / "python"
    if not python.exists():
        wanted = os.environ.get("PYTHON312", "python3.12")
        made = subprocess.run([wanted, "-m", "venv", str(VENV)], check=False)
        if made.returncode != 0:
            say("SKIPPED: Meili needs Python 3.12; name one in PYTHON312")
            sys.exit(0)
        if subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *PACKAGES], check=False).returncode:
            say("SKIPPED: Meili cannot be installed")
            sys.exit(0)
    os.execv(str(python), [str(python), __file__, *sys.argv[1:]])


def tiles(data, folder, name):
    """Valhalla's tiles of one extract, and an actor on them."""
    import osmium
    import valhalla

    home = folder / f"meili_{name}"
    pbf = folder / f"{name}.osm.pbf"
    if not pbf.exists():
        with osmium.SimpleWriter(str(pbf)) as writer:
            for item in osmium.FileProcessor(str(data / "osm" / FILES[name])):
                writer.add(item)
    home.mkdir(exist_ok=True)
    (home / "none.tar").touch()
    config = valhalla.get_config(tile_extract=str(home / "none.tar"), tile_dir=str(home))
    config["mjolnir"]["tile_extract"] = ""
    config["mjolnir"]["concurrency"] = 1
    config["mjolnir"]["logging"] = {"type": "", "color": False}
    config["service_limits"]["trace"]["max_distance"] = 1e7
    config["service_limits"]["trace"]["max_shape"] = 100_000
    path = home / "config.json"
    path.write_text(json.dumps(config))
    if not any(home.glob("*/**/*.gph")):
        say(f"building tiles of {name} …")
        done = subprocess.run(
            [sys.executable, "-m", "valhalla", "valhalla_build_tiles", "-c", str(path), str(pbf)],
            env={**os.environ, "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            say(done.stderr[-2000:])
            sys.exit(1)
    return valhalla.Actor(str(path))


def ways(actor, track, options):
    """OSM way of each fix by Meili."""
    query = {
        "shape": [{"lat": lat, "lon": lon, "time": at} for at, lon, lat, *_ in track],
        "costing": "auto",
        "shape_match": "map_snap",
        "trace_options": options,
        "filters": {"attributes": ["edge.way_id", "matched.edge_index", "matched.type"], "action": "include"},
    }
    try:
        answer = actor.trace_attributes(query)
    except Exception as error:  # the binding raises its own kinds
        say(f"  Meili refuses a track: {str(error)[:120]}")
        return [None] * len(track)
    edges = answer["edges"]
    found = []
    for point in answer["matched_points"]:
        index = point.get("edge_index", len(edges))
        found.append(edges[index]["way_id"] if index < len(edges) and point.get("type") != "unmatched" else None)
    return found


def main():
    enter_venv()
    data, folder = Path(sys.argv[1]), Path(sys.argv[2])
    import valhalla

    print(f"Meili: Valhalla {valhalla.__version__}, its newest wheel. CPU of Meili includes JSON in and out.\n")
    print("| network | every | noise σ | fixes | ours | ours with heading | Meili, noise told | Meili, defaults | ours fixes/CPU s | Meili fixes/CPU s |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    actors = {}
    for file in sorted(folder.glob("*_*_*.json"), key=lambda f: (f.stem.rsplit("_", 2)[0], *map(float, f.stem.rsplit("_", 2)[1:]))):
        name = file.stem.rsplit("_", 2)[0]
        if name not in FILES:
            continue
        if name not in actors:
            actors[name] = tiles(data, folder, name)
        case = json.loads(file.read_text())
        sigma = case["sigma_m"]
        told = {"gps_accuracy": sigma, "search_radius": min(100.0, max(50.0, 4 * sigma + 10))}
        right = {"ours": 0, "heading": 0, "told": 0, "default": 0}
        count = fixes = 0
        before = time.process_time()
        answers = [ways(actors[name], track, told) for track in case["tracks"]]
        cpu = time.process_time() - before
        plain = [ways(actors[name], track, {}) for track in case["tracks"]]
        for track, by_told, by_default in zip(case["tracks"], answers, plain):
            fixes += len(track)
            for fix, way_told, way_default in zip(track, by_told, by_default):
                *_, truth, ours, heading, outlier = fix
                if outlier:
                    continue
                count += 1
                right["ours"] += ours == truth
                right["heading"] += heading == truth
                right["told"] += way_told == truth
                right["default"] += way_default == truth
        share = {k: 100 * v / count for k, v in right.items()}
        print(
            f"| {name.replace('_', ' ')} | {case['every_s']} s | {sigma:g} m | {count} | {share['ours']:.2f} % | {share['heading']:.2f} % | "
            f"{share['told']:.2f} % | {share['default']:.2f} % | {fixes / case['cpu_s']:.0f} | {fixes / cpu:.0f} |",
            flush=True,
        )


main()
