#!/usr/bin/env python3
"""Routing rivals in Python on the node graph that the example `route_figures` wrote, and Valhalla on the extract itself.

    routing.py STEM [EXTRACT.osm.pbf TILES]     STEM.net as written; prints Markdown rows, CPU milliseconds of the process

pandana answers on the same graph as ours and is checked against our answers. Valhalla reads the extract with its own speeds and turns and
snaps each place, so that its times on the road differ from ours: only its speed is compared.
A rival that is not installed is skipped, loudly: pip install --only-binary :all: pandana==0.8 pyvalhalla==3.9.1 (Python 3.12;
the wheel for 3.11 has no builder of tiles).
"""

import json
import os
import statistics
import subprocess
import sys
import time

if "PYTHONHASHSEED" not in os.environ:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])


def timed(work):
    before = time.process_time()
    done = work()
    return done, (time.process_time() - before) * 1e3


def row(tool, task, times, note=""):
    times = sorted(times)
    print(f"| {task} | {tool} | {statistics.median(times):.3f} | {times[(len(times) - 1) * 95 // 100]:.3f} | {note} |", flush=True)


def read(stem):
    lines = open(stem + ".net", encoding="ascii").read().split("\n")
    n, m = map(int, lines[0].split())
    nodes = [tuple(map(float, line.split())) for line in lines[1 : n + 1]]
    arcs = [tuple(map(int, line.split())) for line in lines[n + 1 : n + m + 1]]
    rest = [list(map(int, line.split())) for line in lines[n + m + 1 :] if line]
    return nodes, arcs, rest[0], rest[1], rest[2], rest[3], rest[4:304], rest[304][0]


def with_pandana(stem):
    try:
        import numpy as np
        import pandana
        import pandas as pd
    except ImportError as error:
        print(f"SKIPPED: pandana ({error})", file=sys.stderr)
        return
    nodes, arcs, units, places, _, _, truth, total = read(stem)
    at = np.array(nodes)
    arcs = np.array(arcs)
    tool = f"pandana {getattr(pandana, '__version__', '')} (C++ CH)"

    def build(closed=None):
        keep = arcs if closed is None else np.delete(arcs, closed, axis=0)
        # Reversed: from the place outward to the units.
        return pandana.Network(
            pd.Series(at[:, 1]), pd.Series(at[:, 0]), pd.Series(keep[:, 1]), pd.Series(keep[:, 0]), pd.DataFrame({"ms": keep[:, 2] * 1.0}), twoway=False
        )

    net, ms = timed(build)
    row(tool, "prepare", [ms])
    # Its nearest search snaps places to nodes by coordinates and does it for all nodes at once.
    def nearest(net):
        net.set_pois("units", 1e9, 5, pd.Series(at[units, 1]), pd.Series(at[units, 0]))
        return net.nearest_pois(1e9, "units", num_pois=5)

    found, ms = timed(lambda: nearest(net))
    wrong = sum(sorted(round(v) for v in found.iloc[p]) != t for p, t in zip(places, truth))
    row(tool, "5 nearest of 300", [ms / len(nodes)], f"a node's share of {ms:.0f} ms for all nodes at once; wrong {wrong}")
    one, ms = timed(lambda: net.shortest_path_lengths([places[0]] * len(units), units))
    row(tool, "5 nearest of 300", [timed(lambda p=p: sorted(net.shortest_path_lengths([p] * len(units), units))[:5])[1] for p in places[:60]], "asked place by place: 300 single queries")
    sources, targets = np.repeat(places, len(units)), np.tile(units, len(places))
    answer, ms = timed(lambda: net.shortest_path_lengths(sources, targets))
    row(tool, "300 × 300 matrix", [ms], "90 000 single queries; " + ("sum equal" if round(sum(answer)) == total else f"sum {round(sum(answer))} is not {total}"))
    row(tool, "one way with its edges", [timed(lambda i=i: net.shortest_path(places[i], units[i]))[1] for i in range(100)], "nodes")
    times = []
    for i in range(2):
        def again(i=i):
            fresh = build(i * 1000)
            return sorted(fresh.shortest_path_lengths([places[i]] * len(units), units))[:5]

        times.append(timed(again)[1])
    row(tool, "close an edge → 5 nearest again", times, "prepared again; 2 edges")


def with_valhalla(stem, extract, tiles):
    try:
        import valhalla
        from valhalla import Actor, get_config
    except ImportError as error:
        print(f"SKIPPED: pyvalhalla ({error})", file=sys.stderr)
        return
    nodes, _, units, places, *_ = read(stem)
    os.makedirs(tiles, exist_ok=True)
    config = get_config(tile_dir=tiles, tile_extract="")
    for key in ("max_matrix_location_pairs", "max_matrix_distance"):
        config["service_limits"]["auto"][key] = 10**7
    path = os.path.join(tiles, "valhalla.json")
    json.dump(config, open(path, "w", encoding="utf-8"))
    if not os.path.isdir(os.path.join(tiles, "2")):
        started = time.time()
        tool = os.path.join(os.path.dirname(valhalla.__file__), "bin", "valhalla_build_tiles")
        done = subprocess.run([tool, "-c", path, "-j", "2", extract], capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"SKIPPED: pyvalhalla's tiles: {done.stderr[-300:]}", file=sys.stderr)
            return
        row("Valhalla", "prepare", [(time.time() - started) * 1e3], "tiles; wall, two threads")
    actor = Actor(path)
    point = lambda n: {"lat": nodes[n][0], "lon": nodes[n][1]}
    sources, targets = [point(u) for u in units], [point(p) for p in places]

    def matrix(sources, targets, **more):
        return actor.matrix({"sources": sources, "targets": targets, "costing": "auto", "verbose": False, **more})

    row("Valhalla", "5 nearest of 300", [timed(lambda t=t: matrix(sources, [t]))[1] for t in targets[:8]], "300 × 1 with its own snapping, speeds and turns; 8 places")
    row("Valhalla", "one way with its edges", [timed(lambda i=i: actor.route({"locations": [sources[i], targets[i]], "costing": "auto", "directions_type": "none"}))[1] for i in range(60)], "as above")
    row("Valhalla", "reach in 10 minutes", [timed(lambda i=i: actor.isochrone({"locations": [targets[i]], "costing": "auto", "contours": [{"time": 10}], "polygons": True}))[1] for i in range(8)], "polygon")

    part = 60
    row("Valhalla", "300 × 300 matrix", [timed(lambda: matrix(sources[:part], targets[:part]))[1] * 25], f"25 times one of {part} × {part}")


if __name__ == "__main__":
    stem = sys.argv[1]
    with_pandana(stem)
    if len(sys.argv) > 3:
        with_valhalla(stem, sys.argv[2], sys.argv[3])
