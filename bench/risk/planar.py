#!/usr/bin/env python3
"""Planar kernel density, exact, beside what others use: CPU seconds and error on the same points in one run.

Every round runs every tool once, in turn, so that a busy machine is busy for all; the table prints medians.
CPU seconds are user + system time of the process, all threads. The error is the largest difference from the direct
sum on random cells, over the largest value of that sum, in events per km² and without fitting a scale.
"""

import argparse
import csv
import importlib
import io
import json
import lzma
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from shared import ROOT, attempt, cpu_seconds, enter_venv, example, say, versions

RIVALS = {"numpy": "numpy", "scipy": "scipy", "scikit-learn": "sklearn", "KDEpy": "KDEpy", "libkdv": "libkdv"}
# It names a whole desktop among what it needs; its own library is in its wheel, and of the rest it wants these.
ALONE = {"libkdv": ["pandas"]}

COLUMNS, ROWS, BANDWIDTH_M = 1280, 960, 500.0
# The box of the street network that goes with the crashes of Porto Alegre.
PORTO_ALEGRE = (-51.2664, -30.1133, -51.1322, -29.9876)


def figures(arguments, threads):
    """The lines of one run of our example."""
    run = subprocess.run(
        [example("planar_figures"), *arguments],
        env={**os.environ, "RAYON_NUM_THREADS": str(threads)},
        check=True, capture_output=True, text=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


class Case:
    """n events, the direct sum on random cells, and the tools that have been run on them."""

    def __init__(self, n, folder, cells=400):
        import numpy as np
        import points

        self.np, self.n = np, n
        self.width, self.height = points.WIDTH_M, points.HEIGHT_M
        self.points = points.city(n)
        self.file = Path(folder) / f"{n}.f64"
        self.points.tofile(self.file)
        self.dx, self.dy = self.width / COLUMNS, self.height / ROWS
        self.x = (np.arange(COLUMNS) + 0.5) * self.dx
        self.y = (np.arange(ROWS) + 0.5) * self.dy
        rng = np.random.default_rng(1)
        self.sample = np.column_stack([rng.integers(0, COLUMNS, cells), rng.integers(0, ROWS, cells)])
        self.scale = 2.0 / (np.pi * BANDWIDTH_M**2) * 1e6
        self.exact = np.array([self.direct(self.x[i], self.y[j]) for i, j in self.sample])
        self.seconds, self.errors, self.notes, self.part = {}, {}, {}, {}

    def direct(self, x, y):
        u2 = ((self.points[:, 0] - x) ** 2 + (self.points[:, 1] - y) ** 2) / BANDWIDTH_M**2
        return (1.0 - u2[u2 <= 1.0]).sum() * self.scale

    def at_sample(self):
        return self.np.column_stack([self.x[self.sample[:, 0]], self.y[self.sample[:, 1]]])

    def record(self, tool, seconds, error, note):
        self.seconds.setdefault(tool, []).append(seconds)
        self.errors[tool], self.notes[tool] = error, note

    def error_of(self, values):
        return float(self.np.abs(values - self.exact).max() / self.exact.max())

    def error_of_map(self, grid):
        """grid[j, i], south row first, events per km²."""
        return self.error_of(grid[self.sample[:, 1], self.sample[:, 0]])

    def ours(self, folder, threads):
        dump = Path(folder) / "map.f64"
        size = [f"{v:g}" for v in (self.width, self.height, COLUMNS, ROWS, BANDWIDTH_M)]
        lines = figures(["map", *size, "5", str(self.file), "--dump", str(dump)], threads)
        grid = self.np.fromfile(dump).reshape(ROWS, COLUMNS)[::-1]
        dump.unlink()
        for result in lines:
            slow = "triangular" in result["name"] or "gaussian" in result["name"]
            if threads > 1 and (slow or "within" in result["name"]):
                continue
            error = self.error_of_map(grid) if result["name"] == "exact, epanechnikov" else result.get("off")
            note = f"whole map; {result['wall_s']:.3f} s by the clock"
            if result.get("method") == "Cells":
                note += f"; **proven** ≤ {result['bound']:.1e} of the peak, {result['places']:,} groups"
            elif result.get("method") == "Exact":
                note += "; fell back to exact: groups do not pay"
            name = f"Gongzhi, {result['name']}, {threads} thread" + ("s" if threads > 1 else "")
            self.record(name, result["cpu_s"], error, note)

    def libkdv(self, n=10_000, columns=320, rows=240):
        """Too slow for the whole task: a part of it, beside ours of the same part."""
        from libkdv import kdv
        from libkdv.kdv import compute_kdv

        # It doubles the bandwidth it is given, makes the largest value 1, returns text, and swaps rows and columns.
        # The bandwidth is 500 m here as there: on a grid four times as coarse, 8 cells.
        task = kdv(self.points[:n], GPS=False, KDV_type="KDV", num_threads=1, row_pixels=columns, col_pixels=rows, bandwidth=BANDWIDTH_M / 2)
        task.set_args()
        seconds, _ = cpu_seconds(lambda: compute_kdv(task.args))
        self.part.setdefault("libkdv, its compiled part, 1 thread", []).append(seconds)
        few = self.file.with_name("few.f64")
        self.points[:n].tofile(few)
        size = [f"{v:g}" for v in (self.width, self.height, columns, rows, BANDWIDTH_M)]
        for result in figures(["map", *size, "5", str(few)], 1):
            if result["name"] == "exact, epanechnikov":
                self.part.setdefault("Gongzhi, exact, epanechnikov, 1 thread", []).append(result["cpu_s"])

    def kdepy(self):
        from KDEpy import FFTKDE

        np = self.np
        support = FFTKDE(kernel="epa", norm=2, bw=1.0).kernel.practical_support(1.0)
        # It wants every event inside the grid, and its map wraps round at the edges: room for one bandwidth each way.
        i, j = (int(np.ceil(BANDWIDTH_M * 1.01 / d)) for d in (self.dx, self.dy))
        x = self.x[0] + self.dx * np.arange(-i, COLUMNS + i)
        y = self.y[0] + self.dy * np.arange(-j, ROWS + j)
        grid = np.column_stack([np.repeat(x, len(y)), np.tile(y, len(x))])
        seconds, values = cpu_seconds(lambda: FFTKDE(kernel="epa", norm=2, bw=BANDWIDTH_M / support).fit(self.points).evaluate(grid))
        values = values.reshape(len(x), len(y))[i : i + COLUMNS, j : j + ROWS].T * (self.n * 1e6)
        self.record("KDEpy FFTKDE", seconds, self.error_of_map(values), "whole map, binned; making the grid not counted")

    def histogram_fft(self):
        from scipy.signal import fftconvolve

        np = self.np

        def work():
            counts, _, _ = np.histogram2d(self.points[:, 1], self.points[:, 0], bins=[ROWS, COLUMNS], range=[[0, self.height], [0, self.width]])
            j, i = int(BANDWIDTH_M / self.dy), int(BANDWIDTH_M / self.dx)
            kx, ky = np.meshgrid(np.arange(-i, i + 1) * self.dx, np.arange(-j, j + 1) * self.dy)
            kernel = np.maximum(0.0, 1.0 - (kx * kx + ky * ky) / BANDWIDTH_M**2) * self.scale
            return fftconvolve(counts, kernel, mode="same")

        seconds, grid = cpu_seconds(work)
        self.record("NumPy histogram2d + SciPy fftconvolve", seconds, self.error_of_map(grid), "whole map, binned")

    def sklearn(self, cells=2000):
        from sklearn.neighbors import KernelDensity

        np = self.np
        rng = np.random.default_rng(2)
        query = np.column_stack([self.x[rng.integers(0, COLUMNS, cells)], self.y[rng.integers(0, ROWS, cells)]])
        tree = KernelDensity(kernel="epanechnikov", bandwidth=BANDWIDTH_M, algorithm="kd_tree", rtol=0, atol=0)
        build, _ = cpu_seconds(lambda: tree.fit(self.points))
        seconds, _ = cpu_seconds(lambda: tree.score_samples(query))
        values = np.exp(tree.score_samples(self.at_sample())) * (self.n * 1e6)
        note = f"**extrapolated** from {cells} random cells"
        self.record("scikit-learn KernelDensity, kd-tree", build + seconds * COLUMNS * ROWS / cells, self.error_of(values), note)

    def scipy_tree(self, cells=300):
        from scipy.spatial import cKDTree

        np = self.np
        rng = np.random.default_rng(3)
        query = np.column_stack([self.x[rng.integers(0, COLUMNS, cells)], self.y[rng.integers(0, ROWS, cells)]])
        build, tree = cpu_seconds(lambda: cKDTree(self.points))

        def sums(at):
            out = np.empty(len(at))
            for k, members in enumerate(tree.query_ball_point(at, BANDWIDTH_M)):
                d = self.points[members] - at[k]
                out[k] = (1.0 - (d * d).sum(1) / BANDWIDTH_M**2).sum() * self.scale
            return out

        seconds, _ = cpu_seconds(lambda: sums(query))
        note = f"**extrapolated** from {cells} random cells"
        self.record("SciPy cKDTree, range query and sum", build + seconds * COLUMNS * ROWS / cells, self.error_of(sums(self.at_sample())), note)

    def scipy_gaussian(self, cells=200):
        from scipy.stats import gaussian_kde

        np = self.np
        rng = np.random.default_rng(4)
        query = np.vstack([self.x[rng.integers(0, COLUMNS, cells)], self.y[rng.integers(0, ROWS, cells)]])
        kde = gaussian_kde(self.points.T)
        seconds, _ = cpu_seconds(lambda: kde(query))
        note = f"**extrapolated** from {cells} random cells; Gaussian kernel, so no error is given"
        self.record("SciPy gaussian_kde", seconds * COLUMNS * ROWS / cells, None, note)

    def table(self, reference):
        base = statistics.median(self.seconds[reference])
        lines = ["| tool | CPU-s | to ours | largest error | how |", "|---|---:|---:|---:|---|"]
        for tool, seconds in self.seconds.items():
            value = statistics.median(seconds)
            spread = f" ({min(seconds):.3g}–{max(seconds):.3g})" if len(seconds) > 1 else ""
            error = "" if self.errors[tool] is None else f"{self.errors[tool]:.1e}"
            bold = "**" if tool == reference else ""
            lines.append(f"| {bold}{tool}{bold} | {value:.3g}{spread} | {value / base:.3g}× | {error} | {self.notes[tool]} |")
        return "\n".join(lines)


def measure(n, rounds, folder, with_trees):
    case = Case(n, folder)
    threads = os.cpu_count() or 1
    for turn in range(rounds):
        say(f"{n:,} events, round {turn + 1} of {rounds} …")
        case.ours(folder, 1)
        if threads > 1:
            case.ours(folder, threads)
        attempt("KDEpy", case.kdepy)
        attempt("NumPy + SciPy FFT", case.histogram_fft)
        if with_trees:
            attempt("scikit-learn", case.sklearn)
            attempt("SciPy cKDTree", case.scipy_tree)
            attempt("libkdv", case.libkdv)
            if turn == 0:
                attempt("SciPy gaussian_kde", case.scipy_gaussian)
    text = case.table("Gongzhi, exact, epanechnikov, 1 thread")
    if len(case.part) == 2:
        rows = [f"| {tool} | {statistics.median(seconds):.3g} |" for tool, seconds in case.part.items()]
        text += "\n\n" + "\n".join(["10,000 of these events at 320 × 240, the same bandwidth in metres:", "", "| tool | CPU-s |", "|---|---:|", *rows])
    return text


def live(folder, rounds):
    """Filtering a million sorted events again; slices; single events."""
    import points

    file = Path(folder) / "live.f64"
    points.city(1_000_000).tofile(file)
    seconds, walls, notes = {}, {}, {}
    for turn in range(rounds):
        say(f"filtering again, round {turn + 1} of {rounds} …")
        for result in figures(["live", f"{points.WIDTH_M:g}", f"{points.HEIGHT_M:g}", f"{BANDWIDTH_M:g}", "3", str(file)], os.cpu_count() or 1):
            seconds.setdefault(result["name"], []).append(result["cpu_s"])
            walls.setdefault(result["name"], []).append(result["wall_s"])
            if "method" in result:
                kind = "moments" if result["method"] == "Cells" else "exact"
                notes[result["name"]] = f"{kind}; proven ≤ {result['bound']:.1e}, off by {result['off']:.1e}" if kind == "moments" else kind
    lines = ["| what | CPU-s | s by the clock | |", "|---|---:|---:|---|"]
    lines += [f"| {name} | {statistics.median(seconds[name]):.3g} | {statistics.median(walls[name]):.3g} | {notes.get(name, '')} |" for name in seconds]
    return "\n".join(lines)


def curves(folder, most):
    """CPU seconds by number of events and bandwidth."""
    import points

    file = Path(folder) / "curves.f64"
    points.city(most).tofile(file)
    say("cost curves …")
    results = figures(["curves", f"{points.WIDTH_M:g}", f"{points.HEIGHT_M:g}", str(COLUMNS), str(ROWS), "3", str(file)], 1)
    cells, widths = {}, []
    for result in results:
        n, width, mode = result["name"].split()
        widths = widths if width in widths else [*widths, width]
        text = f"{result['cpu_s']:.3g}"
        if mode == "within":
            text = f"{text} ({result['bound']:.0e})" if result["method"] == "Cells" else "exact"
        cells.setdefault(n, {}).setdefault(width, []).append(text)
    lines = ["| events | " + " | ".join(f"b = {w} m" for w in widths) + " |", "|---:|" + "---:|" * len(widths)]
    lines += [f"| {int(n):,} | " + " | ".join(" / ".join(row[w]) for w in widths) + " |" for n, row in cells.items()]
    return "\n".join(lines)


def crashes(data, year, folder):
    """Coordinates of a year's crashes, as lines lon,lat; rows without coordinates are left out and counted."""
    packed = data / "crash" / "porto_alegre" / f"acidentes-{year}.csv.xz"
    rows = csv.DictReader(io.StringIO(lzma.decompress(packed.read_bytes()).decode("utf-8", "replace")))
    target, total, bad = Path(folder) / f"{year}.csv", 0, 0
    with target.open("w") as out:
        for row in rows:
            total += 1
            try:
                out.write(f"{float(row['LONGITUDE'])},{float(row['LATITUDE'])}\n")
            except (TypeError, ValueError):
                bad += 1
    return target, total, bad


def porto_alegre(folder):
    data = Path(os.environ.get("GONGZHI_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (data / "crash" / "porto_alegre").is_dir():
        say("SKIPPED: Porto Alegre: set GONGZHI_TEST_DATA to the folder of test data")
        return None
    now, total_now, bad_now = crashes(data, 2015, folder)
    then, total_then, bad_then = crashes(data, 2014, folder)
    run = subprocess.run(
        [example("periods"), "500", "365", "365", *map(str, PORTO_ALEGRE), str(now), str(then)],
        check=True, capture_output=True, text=True,
    )
    head = f"2014: {total_then:,} rows, {bad_then} without coordinates; 2015: {total_now:,} rows, {bad_now} without. Counted: those in the box of the street network."
    return f"{head}\n\n```text\n{run.stdout.rstrip()}\n```"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, default=3_000_000, help="events of the longest cost curve")
    arguments = parser.parse_args()
    enter_venv(RIVALS, ALONE)
    try:
        importlib.import_module("numpy")
    except ImportError:
        sys.exit("numpy cannot be installed: neither points nor rivals can be made. Nothing was measured.")
    with tempfile.TemporaryDirectory() as folder:
        parts = [
            "### 100,000 events", measure(100_000, arguments.rounds, folder, True),
            "### 1,000,000 events", measure(1_000_000, max(1, arguments.rounds * 3 // 5), folder, False),
            "### 1,000,000 events sorted once (Epanechnikov, all threads)", live(folder, max(1, arguments.rounds * 3 // 5)),
            "### CPU seconds by events and bandwidth (Epanechnikov, 1280 × 960, 1 thread): exact / within 5e-3 (proven)",
            curves(folder, arguments.most),
        ]
        real = porto_alegre(folder)
        if real:
            parts += ["### Crashes of Porto Alegre, 2015 against 2014", real]
    print("\n\n".join([f"{versions(RIVALS)}.", *parts]))


if __name__ == "__main__":
    main()
