#!/usr/bin/env python3
"""Makes documents for fine-tuning of the words of text files: chats.py OUT DOCUMENTS FILE...

Writes JSON lines of id, prompt and completion, of 1 to 24 words; more than 100,000 make a packed dataset of several parts.
"""
import json
import random
import sys
from pathlib import Path

out, documents, *files = sys.argv[1:]
words = [word for file in files for word in Path(file).read_text(encoding="utf-8").split()]
choose = random.Random(1)
with open(out, "w", encoding="utf-8") as lines:
    for i in range(int(documents)):
        start, length = choose.randrange(len(words)), choose.randint(1, 24)
        cut = start + choose.randint(0, length - 1)
        prompt, completion = words[start:cut], words[cut : start + length]
        lines.write(json.dumps({"id": f'chat "{i}", for tests', "prompt": " ".join(prompt), "completion": " ".join(completion)}) + "\n")
