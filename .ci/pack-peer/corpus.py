"""Writes a corpus of JSON lines of about 4 KiB each from text files, again and again in another order until it is large enough.

Usage: corpus.py MEGABYTES OUTPUT.jsonl TEXT...
"""
import json
import random
import sys

DOCUMENT_BYTES = 4096


def documents(path):
    with open(path, "rb") as file:
        text = file.read()
    start = 0
    while start < len(text):
        line_end = text.find(b"\n", min(len(text), start + DOCUMENT_BYTES) - 1)
        end = len(text) if line_end < 0 else line_end + 1
        yield text[start:end].decode()
        start = end


def main(megabytes, output, *files):
    texts = [text for file in files for text in documents(file)]
    shuffled, size, number = random.Random(1), 0, 0
    with open(output, "w", encoding="utf-8") as out:
        while size < int(megabytes) * 1_000_000:
            shuffled.shuffle(texts)
            for text in texts:
                if size >= int(megabytes) * 1_000_000:
                    break
                out.write(json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n")
                size += len(text.encode())
                number += 1
    print(f"{number} documents, {size} bytes of text")


if __name__ == "__main__":
    main(*sys.argv[1:])
