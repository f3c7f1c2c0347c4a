#!/usr/bin/env python3
"""Tiles at 500 requests a second: ours, made from the network file, beside martin serving the very same tiles from an MBTiles file.

Called by bench/road/run.sh with the program and the load generator; prints Markdown. martin is looked for on PATH and in
$MARTIN; where it is not there its column is left out, loudly (`cargo install martin` gets it).
"""
import gzip, json, math, os, pathlib, random, shutil, sqlite3, subprocess, sys, tempfile, time, urllib.request

PROGRAM, LOAD, ROADS = sys.argv[1:4]
RATE, SECONDS, ROUNDS = 500, 20, 3
PORT, MARTIN_PORT = 8097, 8096


def wait(url):
    for _ in range(400):
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{url} does not answer")


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def tile_of(lon, lat, z):
    n = 2**z
    return int((lon + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)


def views(bounds, seed):
    """Tiles as people ask for them: a window of 4 × 3 tiles somewhere in the city, at a zoom between 11 and 16."""
    chance, asked = random.Random(seed), []
    west, south, east, north = bounds
    while len(asked) < RATE * SECONDS:
        z = chance.choice([11, 12, 13, 14, 14, 15, 15, 16, 16])
        x, y = tile_of(chance.uniform(west, east), chance.uniform(south, north), z)
        asked += [(z, x + dx, y + dy) for dx in range(-2, 2) for dy in range(-1, 2)]
    return asked[: RATE * SECONDS]


def load(base, asked, path):
    path.write_text("\n".join(f"{base}/{z}/{x}/{y}" for z, x, y in asked))
    return json.loads(subprocess.check_output([LOAD, str(RATE), str(SECONDS), str(path)]))


def main():
    work = pathlib.Path(tempfile.mkdtemp())
    running = []
    try:
        subprocess.run([PROGRAM, "import", "roads", ROADS, "--datum", "wgs84", "--data", str(work / "city")], check=True, stdout=subprocess.DEVNULL)

        def serve():
            process = subprocess.Popen([PROGRAM, "serve", "--data", str(work / "city"), "--listen", f"127.0.0.1:{PORT}"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            running.append(process)
            wait(f"http://127.0.0.1:{PORT}/tiles.json")
            return process

        ours = serve()
        declared = json.loads(wait(f"http://127.0.0.1:{PORT}/tiles.json"))
        bounds = declared["bounds"]
        martin = os.environ.get("MARTIN") or shutil.which("martin")
        asked = [views(bounds, seed) for seed in range(ROUNDS)]
        if martin:
            every = sorted({tile for round_ in asked for tile in round_})
            base = sqlite3.connect(work / "city.mbtiles")
            base.executescript("create table metadata(name text, value text); create table tiles(zoom_level int, tile_column int, tile_row int, tile_data blob);"
                               "create unique index tile on tiles(zoom_level, tile_column, tile_row);")
            base.executemany("insert into metadata values(?,?)", [
                ("name", "city"), ("format", "pbf"), ("minzoom", "11"), ("maxzoom", "16"), ("bounds", ",".join(map(str, bounds))),
                ("json", json.dumps({"vector_layers": declared["vector_layers"]}))])
            for z, x, y in every:
                tile = urllib.request.urlopen(f"http://127.0.0.1:{PORT}/tiles/{z}/{x}/{y}.mvt").read()
                # An empty tile stays an empty answer on both sides.
                base.execute("insert into tiles values(?,?,?,?)", (z, x, 2**z - 1 - y, gzip.compress(tile, 6)))
            base.commit()
            base.close()
            rival = subprocess.Popen([martin, str(work / "city.mbtiles"), "--listen-addresses", f"127.0.0.1:{MARTIN_PORT}"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            running.append(rival)
            wait(f"http://127.0.0.1:{MARTIN_PORT}/health")
        else:
            print("SKIPPED: martin is not there (cargo install martin)", file=sys.stderr)
        rows = []
        for round_, tiles in enumerate(asked):
            # A fresh start each round: every tile is made within the measurement.
            ours.terminate()
            ours.wait()
            running.remove(ours)
            ours = serve()
            for name, process, base in [("Gongzhi, nothing made before", ours, f"http://127.0.0.1:{PORT}/tiles"),
                                        ("Gongzhi, the same again", ours, f"http://127.0.0.1:{PORT}/tiles")] + (
                                       [("martin, tiles made before", rival, f"http://127.0.0.1:{MARTIN_PORT}/city")] if martin else []):
                before = cpu_seconds(process)
                figures = load(base, tiles, work / "addresses")
                rows.append((name, round_, figures, cpu_seconds(process) - before, resident_mb(process)))
                print(rows[-1], file=sys.stderr)
        print(f"{RATE} requests a second for {SECONDS} s, {ROUNDS} rounds, windows of 4 × 3 tiles at zoom 11 to 16, packed with gzip;")
        print("the wait counts from when a request was due. Load generator and server share the machine's cores. Medians of the rounds:")
        print()
        print("| server | p50 | p90 | p99 | longest | failed | CPU of the server for 10,000 tiles | resident |")
        print("|---|---|---|---|---|---|---|---|")
        for name in dict.fromkeys(row[0] for row in rows):
            mine = [row for row in rows if row[0] == name]
            median = lambda values: sorted(values)[len(values) // 2]
            figure = lambda key: median([row[2][key] for row in mine])
            print(f"| {name} | {figure('p50_ms'):.1f} ms | {figure('p90_ms'):.1f} ms | {figure('p99_ms'):.1f} ms | {figure('most_ms'):.0f} ms "
                  f"| {sum(row[2]['failed'] for row in mine)} | {median([row[3] for row in mine]):.2f} s | {median([row[4] for row in mine]):.0f} MB |")
        different = len({tile for tiles in asked for tile in tiles})
        print()
        print(f"{different:,} different tiles, mean {rows[0][2]['mean_kB']} kB packed. martin only hands out what was made before; ours reads the network file.")
    finally:
        for process in running:
            process.terminate()
        shutil.rmtree(work, ignore_errors=True)


main()
