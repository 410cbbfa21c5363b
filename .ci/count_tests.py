#!/usr/bin/env python3
"""Counts tests in the JUnit XML reports of the given folders: `N passed, 0 failed`; fails if one failed or none ran. Before that
line, each failed test with its message and the first lines of its stack trace: in a long log they are hard to find."""
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

TRACE_LINES = 12

passed = failed = skipped = 0
for report in (file for folder in sys.argv[1:] for file in Path(folder).glob("TEST-*.xml")):
    for case in xml.parse(report).getroot().iter("testcase"):
        outcomes = {child.tag: child for child in case}
        problem = outcomes.get("failure", outcomes.get("error"))
        failed += problem is not None
        skipped += "skipped" in outcomes
        passed += not outcomes.keys() & {"failure", "error", "skipped"}
        if problem is not None:
            print(f"FAILED {case.get('classname')}: {case.get('name')}\n  {problem.get('message')}")
            print("\n".join("  " + line for line in (problem.text or "").strip().splitlines()[:TRACE_LINES]))
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not passed else 0)
