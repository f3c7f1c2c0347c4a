#!/usr/bin/env python3
"""The workbench with a million records: how long until the picture has changed, while a person drags.

Records are made: crashes of Porto Alegre (real places and hours, 2011-2016) drawn again and again, each moved by some
30 m, at days spread over three years, until there are a million. They are imported through the program's own import,
and the questions are asked over HTTP as the screen asks them, one after the other, each with another window.

    bench/risk/workbench.py BINARY DATA_FOLDER [--records 1000000] [--keep FOLDER]
"""
import argparse, csv, datetime, gzip, io, json, lzma, os, random, shutil, statistics, subprocess, sys, tempfile, time, urllib.error, urllib.request

PORT = 8097
BASE = f"http://127.0.0.1:{PORT}"
DAY = 86_400_000


def crashes(folder):
    """(longitude, latitude, hour, weekday) of every crash with a position."""
    out = []
    for year in (2014, 2015, 2016):
        text = lzma.open(os.path.join(folder, "crash/porto_alegre", f"acidentes-{year}.csv.xz")).read().decode("utf-8", "replace")
        for row in csv.DictReader(io.StringIO(text)):
            row = {k.strip(): v for k, v in row.items() if k}
            try:
                lon, lat = float(row["LONGITUDE"]), float(row["LATITUDE"])
                at = datetime.datetime.strptime(row["DATA_HORA"].strip()[:13], "%Y-%m-%dT%H")
            except (KeyError, ValueError):
                continue
            if -51.2664 < lon < -51.1322 and -30.1133 < lat < -29.9876:
                out.append((lon, lat, at.hour, at.weekday()))
    return out


def write_calls(path, known, count):
    draw = random.Random(20221122)
    first = datetime.datetime(2022, 11, 1)
    with open(path, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["警情编号", "报警时间", "警情类别", "报警内容", "地点", "经度", "纬度", "报警电话", "有效"])
        for i in range(count):
            lon, lat, hour, weekday = known[draw.randrange(len(known))]
            day = first + datetime.timedelta(days=7 * draw.randrange(156) + (weekday - first.weekday()) % 7)
            at = day.replace(hour=hour, minute=draw.randrange(60), second=draw.randrange(60))
            kind = draw.choices(["事故", "秩序", "其他"], [5, 3, 2])[0]
            w.writerow([f"B{i:07}", at.strftime("%Y-%m-%d %H:%M:%S"), kind, "合成记录", "", f"{lon + draw.gauss(0, 3e-4):.6f}", f"{lat + draw.gauss(0, 3e-4):.6f}", "", "是"])


class Client:
    def __init__(self):
        self.cookie = ""

    def post(self, path, body):
        r = urllib.request.Request(BASE + path, json.dumps(body).encode(), {"Content-Type": "application/json", "X-Gongzhi": "1", "Cookie": self.cookie})
        with urllib.request.urlopen(r) as a:
            self.cookie = (a.headers.get("Set-Cookie") or self.cookie).split(";")[0]
            return json.loads(a.read())

    def get(self, path):
        started = time.perf_counter()
        with urllib.request.urlopen(urllib.request.Request(BASE + path, headers={"Cookie": self.cookie, "Accept-Encoding": "gzip"})) as a:
            body = a.read()
        return time.perf_counter() - started, body


def main():
    p = argparse.ArgumentParser()
    p.add_argument("binary")
    p.add_argument("data")
    p.add_argument("--records", type=int, default=1_000_000)
    p.add_argument("--keep")
    a = p.parse_args()
    if not os.path.isdir(os.path.join(a.data, "crash/porto_alegre")):
        print(f"SKIPPED: no crashes of Porto Alegre in {a.data}", file=sys.stderr)
        return
    work = a.keep or tempfile.mkdtemp()
    state = os.path.join(work, "state")
    city = os.path.join(work, "city")
    env = dict(os.environ)
    server = None
    try:
        if not os.path.exists(state):
            os.makedirs(os.path.join(city, "mappings"), exist_ok=True)
            mapping = open("city/mappings/calls.toml").read().replace('datum = "gcj02"', 'datum = "wgs84"')
            open(os.path.join(city, "mappings/calls.toml"), "w").write(mapping)
            calls = os.path.join(work, "calls.csv")
            print("writing records", file=sys.stderr)
            write_calls(calls, crashes(a.data), a.records)
            run = lambda *args, **kw: subprocess.run([a.binary, *args, "--data", state, "--city", city], check=True, stdout=subprocess.DEVNULL, env=env, **kw)
            run("import", "roads", os.path.join(a.data, "osm/porto_alegre.osm.pbf"), "--datum", "wgs84")
            started = time.perf_counter()
            run("import", "signals", calls, "--mapping", "calls")
            print(f"imported in {time.perf_counter() - started:.0f} s", file=sys.stderr)
            run("account", "--login", "bench", "--name", "Bench", "--unit", "commission", "--roles", "administrator,analyst", input=b"bench-bench-bench\n")
        started = time.perf_counter()
        server = subprocess.Popen([a.binary, "serve", "--data", state, "--city", city, "--listen", f"127.0.0.1:{PORT}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
        while True:
            try:
                urllib.request.urlopen(BASE + "/", timeout=1).read()
                break
            except OSError:
                time.sleep(0.1)
        ready = time.perf_counter() - started
        c = Client()
        c.post("/api/session", {"login": "bench", "password": "bench-bench-bench"})
        _, body = c.get("/api/time?valid=1")
        first, last = json.loads(gzip.decompress(body))["span"]
        draw = random.Random(7)

        def window(days):
            start = first + draw.randrange(max(1, int((last - first) / DAY) - days)) * DAY
            return f"from={start}&to={start + days * DAY}"

        whole = f"from={first}&to={last + 1}"
        questions = [
            ("heat, all records, another class or hour each time", lambda: f"/api/heat?{whole}&width=640&height=480&class={draw.choice(['accident', 'order', 'other', 'accident,order', 'accident,order,other'])}&hours={draw.randrange(12)}-{draw.randrange(12, 24)}"),
            ("heat, a window of a year, dragged", lambda: f"/api/heat?{window(365)}&width=640&height=480"),
            ("heat, all records, 1280 × 960", lambda: f"/api/heat?{whole}&width=1280&height=960&bandwidth={draw.choice([200, 300, 500])}"),
            ("heat minus the year before", lambda: f"/api/heat?{window(365)}&compare=minus&width=640&height=480"),
            ("streets, all records, another class or hour", lambda: f"/api/street-density?{whole}&class={draw.choice(['accident', 'order', 'other', 'accident,order'])}&hours={draw.randrange(12)}-{draw.randrange(12, 24)}"),
            ("streets, a window of a year, dragged", lambda: f"/api/street-density?{window(365)}"),
            ("streets, equal split, continuous, a window of a year", lambda: f"/api/street-density?{window(365)}&estimator=continuous"),
            ("hexagons with Gi*, a window of a year", lambda: f"/api/hexagons?{window(365)}&size=300"),
            ("hexagons, change with significance", lambda: f"/api/hexagons?{window(365)}&size=300&compare=minus"),
            ("ranked list, a window of a year", lambda: f"/api/hotspots?{window(365)}&limit=60"),
            ("time bars and hour × weekday", lambda: f"/api/time?{window(365)}"),
        ]
        print(f"| question | n | median ms | p95 ms | largest ms | answer kB |\n|---|---:|---:|---:|---:|---:|")
        for name, ask in questions:
            try:
                c.get(ask()), c.get(ask())
            except urllib.error.HTTPError as e:
                print(f"| {name} | – | not answered: {e.code} | | | |")
                continue
            times, size = [], 0
            for _ in range(60):
                t, body = c.get(ask())
                times.append(t * 1000)
                size = max(size, len(body))
            times.sort()
            print(f"| {name} | 60 | {statistics.median(times):.0f} | {times[56]:.0f} | {times[-1]:.0f} | {size / 1000:.0f} |", flush=True)
        memory = [l for l in open(f"/proc/{server.pid}/status") if l.startswith("VmRSS")][0].split()[1]
        print(f"\n{a.records:,} records; server answering {ready:.1f} s after its start; resident memory {int(memory) / 1024:.0f} MB; one person, one question at a time, {os.cpu_count()} cores.")
    finally:
        if server:
            server.terminate()
            server.wait()
        if not a.keep:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
