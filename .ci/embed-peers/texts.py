"""Writes texts of mixed length out of the English words of a tokenizer's vocabulary, and their token ids.

Usage: texts.py TOKENIZER.json COUNT SEED FOLDER
Lengths are log-normal with median 57 tokens and sigma 0.8, special tokens included, at most 256. Leaves texts.jsonl and ids.txt, and prints
what it wrote; the same arguments give the same texts.
"""
import json
import math
import random
import sys

from tokenizers import Tokenizer

MEDIAN, SIGMA, CAP = 57, 0.8, 256
SPECIAL_TOKENS = 2


def main(tokenizer_file, count, seed, folder):
    tokenizer = Tokenizer.from_file(tokenizer_file)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    words = [word for word, _ in vocabulary if len(word) > 1 and word.isascii() and word.isalpha()]
    weights = [1 / (rank + 10) for rank in range(len(words))]  # the vocabulary begins with the commonest words
    source = random.Random(int(seed))
    texts = []
    for _ in range(int(count)):
        length = round(math.exp(math.log(MEDIAN) + SIGMA * source.gauss(0, 1)))
        length = max(1 + SPECIAL_TOKENS, min(CAP, length))
        texts.append(" ".join(source.choices(words, weights, k=length - SPECIAL_TOKENS)))
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    lengths = sorted(map(len, ids))
    assert lengths[-1] <= CAP
    with open(f"{folder}/texts.jsonl", "w", encoding="utf-8") as out:
        for number, text in enumerate(texts):
            out.write(json.dumps({"id": str(number), "text": text}) + "\n")
    with open(f"{folder}/ids.txt", "w", encoding="ascii") as out:
        out.writelines(" ".join(map(str, row)) + "\n" for row in ids)
    tokens, median = sum(lengths), lengths[len(lengths) // 2]
    print(f"{count} texts, seed {seed}: {tokens} tokens, median {median}, mean {tokens / len(lengths):.1f}, longest {lengths[-1]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
