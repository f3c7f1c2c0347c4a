#!/usr/bin/env python3
"""Network density beside what one would write in Python, in the same run.

  bench/risk/network.py [--rounds N] [--short]

Makes two street networks with a fixed seed (a city of 100,231 streets with 1 M events, a town of 10,076 with 100 k), runs the
example `network_figures` on them, and the town once more through SciPy: Dijkstra with a bound from both ends of every street
(`scipy.sparse.csgraph.dijkstra(limit=…)`), distances and kernel in NumPy. No package that computes network density can be
installed from PyPI on Linux; the rival is therefore ours as well, written as plainly as its libraries allow.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from shared import ROOT, cpu_seconds, enter_venv, example, say, streets, versions

RIVALS = {"numpy": "numpy", "scipy": "scipy"}
LIXEL_M = 10.0


def events(e, length, n, seed=13):
    """Events on streets of very unlike danger (Pareto), sorted by street and offset."""
    import numpy as np

    r = np.random.default_rng(seed)
    w = length * (r.pareto(1.3, len(e)) + 0.02)
    k = np.sort(r.choice(len(e), n, p=w / w.sum()))
    offset = r.random(n) * length[k]
    order = np.lexsort((offset, k))
    return k[order], offset[order]


def on_a_curve(nodes, e, length, k, offset, side):
    """The same with nodes and streets numbered along a space-filling curve, as a caller with coordinates does."""
    import numpy as np

    at = np.arange(nodes)
    spread = lambda v: sum(((v >> b) & 1) << (2 * b) for b in range(10))
    new_node = np.empty(nodes, int)
    new_node[np.argsort(spread(at // side) | spread(at % side) << 1, kind="stable")] = at
    e = new_node[e]
    order = np.argsort(e[:, 0], kind="stable")
    new_street = np.empty(len(e), int)
    new_street[order] = np.arange(len(e))
    k = new_street[k]
    by_street = np.lexsort((offset, k))
    return e[order], length[order], k[by_street], offset[by_street]


def write_net(path, nodes, e, length, k, offset):
    import numpy as np

    start = np.searchsorted(k, np.arange(len(e) + 1))
    with path.open("w") as f:
        f.write(f"{nodes} {len(e)}\n")
        for i in range(len(e)):
            o = offset[start[i] : start[i + 1]]
            f.write(f"{e[i, 0]} {e[i, 1]} {length[i]:.6f} {len(o)}" + "".join(f" {v:.6f}" for v in o) + "\n")


def scipy_density(nodes, e, length, k, offset, bandwidth, chosen):
    """Simple estimator, Epanechnikov, at the slices of the chosen streets: one search per end, every event in reach by itself."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    graph = csr_matrix((np.r_[length, length], (np.r_[e[:, 0], e[:, 1]], np.r_[e[:, 1], e[:, 0]])), shape=(nodes, nodes))
    ends = e[k]
    rest = length[k] - offset
    out = []
    for street in chosen:
        near = dijkstra(graph, directed=True, indices=e[street], limit=bandwidth)
        u, v = (np.minimum(near[i, ends[:, 0]] + offset, near[i, ends[:, 1]] + rest) for i in (0, 1))
        reach = np.flatnonzero(np.minimum(u, v) <= bandwidth)
        pieces = int(np.ceil(length[street] / LIXEL_M))
        t = ((np.arange(pieces) + 0.5) * length[street] / pieces)[:, None]
        d = np.minimum(u[reach] + t, v[reach] + (length[street] - t))
        own = k[reach] == street
        d[:, own] = np.minimum(d[:, own], np.abs(offset[reach][own] - t))
        out.append(np.where(d <= bandwidth, 1.0 - (d / bandwidth) ** 2, 0.0).sum(1) * 0.75 / bandwidth * 1000.0)
    return np.concatenate(out)


def rival(town, rounds, streets_timed=200):
    import numpy as np

    nodes, e, length, k, offset = town
    lines = ["| tool | bandwidth | CPU-s | how |", "|---|---:|---:|---|"]
    chosen = np.random.default_rng(1).choice(len(e), streets_timed, replace=False)
    scipy_density(nodes, e, length, k, offset, 500.0, chosen[:2])  # loads what is loaded on first use
    for bandwidth in (500.0, 1000.0):
        seconds = [cpu_seconds(lambda: scipy_density(nodes, e, length, k, offset, bandwidth, chosen))[0] for _ in range(rounds)]
        whole = statistics.median(seconds) * len(e) / streets_timed
        lines.append(f"| SciPy dijkstra(limit) + NumPy, town, simple | {bandwidth:g} m | {whole:.3g} | **extrapolated** from {streets_timed} random streets, median of {rounds} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--short", action="store_true", help="one round of ours")
    arguments = parser.parse_args()
    enter_venv(RIVALS)
    data = Path(os.environ.get("GONGZHI_TEST_DATA", ROOT.parent / "shared" / "data"))
    with tempfile.TemporaryDirectory() as folder:
        town = None
        for name, side, n in (("city", 226, 1_000_000), ("town", 72, 100_000)):
            say(f"making the {name} …")
            nodes, e, length = streets(side)
            e, length, k, offset = on_a_curve(nodes, e, length, *events(e, length, n), side)
            write_net(Path(folder) / f"{name}.net", nodes, e, length, k, offset)
            town = (nodes, e, length, k, offset)
        command = [example("network_figures"), folder, *(["--short"] if arguments.short else [])]
        if (data / "crash" / "porto_alegre").is_dir():
            command += ["--data", str(data)]
        else:
            say("SKIPPED: Porto Alegre: set GONGZHI_TEST_DATA to the folder of test data")
        say("ours …")
        ours = subprocess.run(command, env={**os.environ, "RAYON_NUM_THREADS": "1"}, check=True, stdout=subprocess.PIPE, text=True).stdout
        say("SciPy …")
        theirs = rival(town, arguments.rounds)
    print(f"{versions(RIVALS)}.\n\n{ours.rstrip()}\n\n### The town in Python\n\n{theirs}")


if __name__ == "__main__":
    main()
