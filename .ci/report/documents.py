#!/usr/bin/env python3
"""Writes texts of the checkout as JSON lines, some under ids that would do harm in a page that believed them, and one line that is none.

    documents.py FILE TEXT...
"""
import json
import sys
from pathlib import Path

IDS = [
    "<script>alert(1)</script>", '"><img src=http://127.0.0.1:9/x.png onerror=alert(1)>', "</title></svg></style><script>alert(2)</script>",
    "'; alert(3); '", "javascript:alert(4)", "<style>@import url(http://127.0.0.1:9/x.css)</style>", "<!-- ]]> &lt;b&gt; &amp;",
    "right\u202eto left\u2066 and \u0000\u0007", "日本語/עברית 🦊 é", "s3a://me:secret@bucket/key", "unbroken" * 2000, "a" * 300 + " b" * 300,
]


def main(target, sources):
    texts = [text for source in sources for text in Path(source).read_text().split("\n\n") if text.strip()]
    with open(target, "w") as out:
        for i, text in enumerate(texts):
            out.write(json.dumps({"id": IDS[i] if i < len(IDS) else f"text {i}", "text": text}) + "\n")
        out.write('{"id": "<b>broken</b>", "text": \n')


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
