#!/usr/bin/env python3
"""Puts measured Markdown between the marks of a page: bench/risk/page.py PAGE FILE. The page keeps its words."""
import re
import sys
from pathlib import Path

from shared import machine

page, measured = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8").strip()
text = page.read_text(encoding="utf-8")
begin, end = re.search(r"<!-- measured:.*?-->", text), text.find("<!-- end -->")
if not begin or end < 0:
    sys.exit(f"{page}: the marks <!-- measured: … --> and <!-- end --> are missing")
page.write_text(text[: begin.end()] + f"\n\nMeasured {machine()}.\n\n{measured}\n\n" + text[end:], encoding="utf-8")
