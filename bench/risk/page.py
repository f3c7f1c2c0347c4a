#!/usr/bin/env python3
"""Puts measured Markdown between the marks of a page: bench/risk/page.py PAGE FILE. The page keeps its words."""
import datetime
import os
import platform
import re
import sys
from pathlib import Path

page, measured = Path(sys.argv[1]), Path(sys.argv[2]).read_text().strip()
model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
stamp = f"Measured {datetime.date.today()}, {model.group(1) if model else platform.processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end."
text = page.read_text()
begin, end = re.search(r"<!-- measured:.*?-->", text), text.find("<!-- end -->")
if not begin or end < 0:
    sys.exit(f"{page}: the marks <!-- measured: … --> and <!-- end --> are missing")
page.write_text(text[: begin.end()] + f"\n\n{stamp}\n\n{measured}\n\n" + text[end:])
