"""What the risk benchmarks have in common: rivals in an environment of their own, CPU seconds, a made-up city."""
import datetime
import importlib.metadata
import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / "bench" / "venv"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def say(text):
    print(text, file=sys.stderr, flush=True)


def enter_venv(rivals, alone=()):
    """Starts the script again with the benchmark's own Python, where the rivals are: {package: module}.

    `alone` is {package: what it truly needs} for packages that name too much among what they need.
    """
    alone = dict(alone)
    python = VENV / "bin" / "python"
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    if not python.exists():
        say(f"making {VENV.relative_to(ROOT)} …")
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    for package, module in rivals.items():
        if subprocess.run([str(python), "-c", f"import {module}"], capture_output=True, check=False).returncode == 0:
            continue
        say(f"installing {package} …")
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        if package in alone:
            subprocess.run([*pip, *alone[package]], check=False)
            pip.append("--no-deps")
        if subprocess.run([*pip, package], check=False).returncode != 0:
            say(f"SKIPPED: {package} cannot be installed; its rows will be missing")
    for name in ONE_THREAD:
        os.environ[name] = "1"
    os.execv(str(python), [str(python), *sys.argv])


def example(name):
    """The path of one of our measuring examples, built before."""
    return str(Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "examples" / name)


def cpu_seconds(work):
    """User and system time of this process while it does the work, and what came of it."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    result = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, result


def attempt(name, work):
    """Does the work; a rival that fails must not hide the others' figures. Whether it went well."""
    try:
        work()
        return True
    except ImportError as missing:
        say(f"SKIPPED: {name}: {missing}")
    except Exception as failure:
        say(f"SKIPPED: {name} failed: {failure!r}")
    return False


def machine():
    """Date, processor and load, for a page."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{datetime.date.today().isoformat()}, {model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"


def versions(rivals):
    """Which Rust, which Python, which rivals."""
    found = []
    for package in rivals:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{package} missing")
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout.split(" (")[0]
    return f"{rustc}, release profile; Python {platform.python_version()}, {', '.join(found)}; rivals on one thread"


def streets(side, block=100.0, seed=11):
    """side × side crossings, shaken; 2 % of the streets taken out, 1 % of the blocks cut by a diagonal: nodes, ends, lengths."""
    import numpy as np

    r = np.random.default_rng(seed)
    gx, gy = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    xy = np.column_stack([gx.ravel(), gy.ravel()]) * block + r.normal(0, 12, (side * side, 2))
    at = np.arange(side * side).reshape(side, side)
    e = np.concatenate([np.column_stack([at[:-1].ravel(), at[1:].ravel()]), np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()])])
    e = e[r.random(len(e)) > 0.02]
    d = np.column_stack([at[:-1, :-1].ravel(), at[1:, 1:].ravel()])
    e = np.concatenate([e, d[r.random(len(d)) < 0.01]])
    length = np.hypot(*(xy[e[:, 0]] - xy[e[:, 1]]).T) * r.uniform(1.0, 1.15, len(e))
    return len(xy), e, length
