"""documents.py FILE TEXT…: the paragraphs of text files as JSON lines of id and text, and an empty document."""

import json
import sys
from pathlib import Path

with open(sys.argv[1], "w", encoding="utf-8") as out:
    for name in sys.argv[2:]:
        for i, paragraph in enumerate(Path(name).read_text(encoding="utf-8").split("\n\n")):
            out.write(json.dumps({"id": f"{name}#{i}", "text": paragraph}, ensure_ascii=False) + "\n")
    out.write(json.dumps({"id": "empty", "text": ""}) + "\n")
