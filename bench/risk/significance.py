#!/usr/bin/env python3
"""Gi*, local Moran and permutations beside esda (PySAL), DBSCAN beside scikit-learn: CPU seconds and agreement on the same city in one run.

    bench/risk/significance.py [--rounds 3] [--permutation-rounds 1]

Every round runs every tool once, in turn; the tables print medians. CPU seconds are user + system time, all threads; esda is
imported, its compiled parts are compiled, and its weights are made before its clock starts. Markdown goes to the standard output.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from shared import attempt, cpu_seconds, enter_venv, example, say, streets, versions

RIVALS = {"numpy": "numpy", "scipy": "scipy", "numba": "numba", "scikit-learn": "sklearn", "libpysal": "libpysal", "esda": "esda"}
OURS = example("significance_figures")
OWN_QUESTIONS = ("many", "excess", "reach", "scan", "change", "disc")


def city(np, side=226, block=100.0, seed=11, n=100_000):
    """A jittered grid of side × side crossings, 2 % of the streets missing, 1 % diagonals, and events on the streets in
    proportion to length times a heavy-tailed danger: 100,231 streets. Deterministic; no download."""
    nodes, e, length = streets(side, block, seed)
    length = np.round(length, 6)
    r = np.random.default_rng(13)
    danger = length * (r.pareto(1.3, len(e)) + 0.02)
    counts = np.bincount(r.choice(len(e), n, p=danger / danger.sum()), minlength=len(e))
    return nodes, e, length, counts


def planar(np, n=100_000, seed=7, w=20_000.0, h=15_000.0):
    """Events over 20 km × 15 km, four fifths along 400 street-like clusters. Deterministic."""
    r = np.random.default_rng(seed)
    k, m = 400, int(n * 0.8)
    cx, cy = r.uniform(0, w, k), r.uniform(0, h, k)
    weight = r.pareto(1.2, k) + 0.05
    angle = r.choice([0, np.pi / 2], k) + r.normal(0, 0.08, k)
    c = r.choice(k, m, p=weight / weight.sum())
    a, b = r.normal(0, 600, m), r.normal(0, 40, m)
    x = np.concatenate([cx[c] + a * np.cos(angle[c]) - b * np.sin(angle[c]), r.uniform(0, w, n - m)])
    y = np.concatenate([cy[c] + a * np.sin(angle[c]) + b * np.cos(angle[c]), r.uniform(0, h, n - m)])
    points = np.column_stack([np.mod(x, w), np.mod(y, h)])
    r.shuffle(points)
    return points


class Case:
    def __init__(self, folder):
        import numpy as np
        import scipy.sparse as sp

        self.np, self.folder = np, folder
        nodes, edges, length, counts = city(np)
        self.net = folder / "city.net"
        with self.net.open("w") as out:
            out.write(f"{nodes} {len(edges)}\n")
            out.writelines(f"{a} {b} {m:.6f} {n}\n" for (a, b), m, n in zip(edges.tolist(), length.tolist(), counts.tolist()))
        self.y = counts / length * 1000.0
        m = len(edges)
        touch = sp.csr_matrix((np.ones(2 * m), (np.repeat(np.arange(m), 2), edges.ravel())), shape=(m, nodes))
        self.near = (touch @ touch.T).tocsr()
        self.near.setdiag(0)
        self.near.eliminate_zeros()
        self.points = planar(np)
        self.points.astype("<f8").tofile(folder / "points.f64")
        self.seconds, self.notes, self.found = {}, {}, {}

    def record(self, name, seconds, note=""):
        self.seconds.setdefault(name, []).append(seconds)
        self.notes[name] = note

    def ours(self, *questions, threads=1):
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        run = subprocess.run([str(OURS), str(self.net), str(self.folder), *questions], check=True, capture_output=True, text=True, env=environment)
        for line in run.stdout.splitlines():
            result = json.loads(line)
            self.record(f"ours {result['name']}", result["cpu_s"], result["found"])

    def file(self, name):
        return self.np.fromfile(self.folder / name, dtype="<f8")

    def weights(self):
        from libpysal.weights import W

        near = self.near
        lists = {i: near.indices[near.indptr[i] : near.indptr[i + 1]].tolist() for i in range(near.shape[0])}
        seconds, self.w = cpu_seconds(lambda: W(lists, silence_warnings=True))
        self.record("libpysal W", seconds)

    def esda(self, permutations):
        from esda.getisord import G_Local
        from esda.moran import Moran_Local

        y, w = self.y, self.w
        if permutations == 0:
            seconds, self.found["gi"] = cpu_seconds(lambda: G_Local(y, w, transform="B", star=False, permutations=0))
            self.record("esda G_Local, Gi", seconds)
            seconds, self.found["gi_star"] = cpu_seconds(lambda: G_Local(y, w, transform="B", star=True, permutations=0))
            self.record("esda G_Local, Gi*", seconds)
            # Without permutations this class fails in some releases; then its row is missing.
            seconds, self.found["moran"] = cpu_seconds(lambda: Moran_Local(y, w, transformation="r", permutations=0))
            self.record("esda Moran_Local", seconds)
            return
        seconds, found = cpu_seconds(lambda: G_Local(y, w, transform="B", star=False, permutations=permutations, keep_simulations=False, seed=1, n_jobs=1))
        self.record(f"esda G_Local, {permutations} permutations", seconds)
        self.found["p_sim"] = found.p_sim
        seconds, _ = cpu_seconds(lambda: Moran_Local(y, w, transformation="r", permutations=permutations, keep_simulations=False, seed=1, n_jobs=1))
        self.record(f"esda Moran_Local, {permutations} permutations", seconds)

    def sklearn(self):
        from sklearn.cluster import DBSCAN

        seconds, found = cpu_seconds(lambda: DBSCAN(eps=50, min_samples=20).fit(self.points))
        self.record("scikit-learn DBSCAN", seconds)
        self.found["dbscan"] = found

    def warm_up(self):
        """Compiles the compiled parts on a small case, so that no clock counts the compiler."""
        from esda.getisord import G_Local
        from esda.moran import Moran_Local
        from libpysal.weights import lat2W

        w, y = lat2W(5, 5), self.np.arange(25.0)
        G_Local(y, w, transform="B", star=False, permutations=9, keep_simulations=False, seed=1, n_jobs=1)
        Moran_Local(y, w, transformation="r", permutations=9, keep_simulations=False, seed=1, n_jobs=1)

    def median(self, name):
        return statistics.median(self.seconds[name])

    def shown(self, name):
        seconds = self.seconds[name]
        spread = f" ({min(seconds):.3g}–{max(seconds):.3g})" if len(seconds) > 1 else ""
        return f"{self.median(name):.3g}{spread}"

    def agreement(self):
        np, lines = self.np, []

        def largest(ours, theirs):
            return float(np.max(np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))))

        for key, file, of in (("gi", "gi.f64", "Zs"), ("gi_star", "gi_star.f64", "Zs"), ("moran", "moran.f64", "Is")):
            if key in self.found:
                worst = largest(self.file(file), getattr(self.found[key], of))
                verdict = "agree" if worst < 1e-9 else "**DO NOT AGREE**"
                lines.append(f"- {key}: largest difference from esda's `{of}` {worst:.1e} over {len(self.y):,} streets: {verdict} (bound 1e-9).")
        if "dbscan" in self.found:
            core = np.zeros(len(self.points))
            core[self.found["dbscan"].core_sample_indices_] = 1
            apart, theirs = int(np.abs(core - self.file("core.f64")).sum()), int(self.found["dbscan"].labels_.max()) + 1
            lines.append(f"- DBSCAN: {apart} of {len(core):,} events are core for one and not for the other; clusters: {self.notes['ours dbscan'].split()[0]} and {theirs}.")
        if "p_sim" in self.found:
            theirs = self.found["p_sim"]
            # esda counts the permutations at least as high, and gives the smaller of that number and the rest.
            higher = self.file("upper.f64") * 1000.0 - 1.0
            ours = (np.minimum(higher, 999.0 - higher) + 1.0) / 1000.0
            apart = np.abs(ours - theirs)
            lines.append(f"- permutations: pseudo p of Gi, mean difference {apart.mean():.4f}, 99 % of streets within {np.quantile(apart, 0.99):.4f}; each has a Monte Carlo error of up to 0.016 (one standard error at p = 0.5). Ours are put into esda's form for this: the smaller of the upper count and the rest.")
        return "\n".join(lines)

    def table(self):
        rows = [("weights from the graph", "ours weights", "libpysal W"), ("Gi, analytic", "ours gi.f64", "esda G_Local, Gi"), ("Gi*, analytic", "ours gi_star.f64", "esda G_Local, Gi*"), ("local Moran, analytic", "ours moran.f64", "esda Moran_Local")]
        rows += [("999 permutations, Gi", "ours permutations", "esda G_Local, 999 permutations"), ("999 permutations, local Moran", "ours permutations", "esda Moran_Local, 999 permutations")]
        rows += [("DBSCAN of 100,000 points, 50 m, 20", "ours dbscan", "scikit-learn DBSCAN")]
        lines = ["| task, 100,231 streets, 592,094 links | ours, CPU-s | rival | rival, CPU-s | rival to ours |", "|---|---:|---|---:|---:|"]
        for task, ours, theirs in rows:
            if ours not in self.seconds:
                continue
            if theirs in self.seconds:
                ratio = self.median(theirs) / self.median(ours)
                lines.append(f"| {task} | **{self.shown(ours)}** | {theirs} | {self.shown(theirs)} | {ratio:,.0f}× |")
            else:
                lines.append(f"| {task} | **{self.shown(ours)}** | {theirs} | not run | |")
        return "\n".join(lines)

    def own_table(self):
        names = {"ours many": "99,999 permutations, shared draws", "ours own": "999 permutations, own draws", "ours excess": "neighbourhood excess, exact binomial", "ours reach": "reach of 500 m on the network", "ours scan": "network scan, 500 m, 999 replicates", "ours change": "two periods by street, exact, FDR", "ours disc": "two heat maps by disc of 500 m, exact, FDR"}
        lines = ["| task | CPU-s | what was found |", "|---|---:|---|"]
        lines += [f"| {task} | {self.shown(name)} | {self.notes[name]} |" for name, task in names.items() if name in self.seconds]
        return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--permutation-rounds", type=int, default=1, help="rounds of esda with 999 permutations, minutes each; 0 leaves them out")
    arguments = parser.parse_args()
    enter_venv(RIVALS)
    warnings.filterwarnings("ignore")
    try:
        importlib.import_module("scipy.sparse")
    except ImportError:
        sys.exit("NumPy and SciPy cannot be installed: neither the city nor rivals can be made. Nothing was measured.")
    with tempfile.TemporaryDirectory() as folder:
        say("making the city …")
        case = Case(Path(folder))
        rivals = attempt("esda", case.warm_up)
        for turn in range(arguments.rounds):
            say(f"round {turn + 1} of {arguments.rounds} …")
            case.ours("gi", "moran", "permutations", "dbscan")
            attempt("scikit-learn", case.sklearn)
            if rivals and attempt("libpysal", case.weights):
                attempt("esda, analytic", lambda: case.esda(0))
            case.ours(*OWN_QUESTIONS, *(["own"] if turn == 0 else []))
        for turn in range(arguments.permutation_rounds if rivals else 0):
            say(f"permutations, round {turn + 1} of {arguments.permutation_rounds} …")
            case.ours("permutations")
            attempt("esda, permutations", lambda: case.esda(999))
        parts = [f"{versions(RIVALS)}.", "### Beside esda and scikit-learn", case.table(), case.agreement(), "### Ours alone", case.own_table()]
    print("\n\n".join(part for part in parts if part))


if __name__ == "__main__":
    main()
