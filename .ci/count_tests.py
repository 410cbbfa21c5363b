#!/usr/bin/env python3
"""Counts tests in the JUnit XML reports of the given folders: `N passed, 0 failed`; fails if one failed or none ran."""
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

passed = failed = skipped = 0
for report in (file for folder in sys.argv[1:] for file in Path(folder).glob("TEST-*.xml")):
    for case in xml.parse(report).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        failed += bool(kinds & {"failure", "error"})
        skipped += "skipped" in kinds
        passed += not kinds & {"failure", "error", "skipped"}
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not passed else 0)
