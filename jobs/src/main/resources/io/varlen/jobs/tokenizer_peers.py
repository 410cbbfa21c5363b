"""Measures one of Python's tokenizer libraries on one thread: tokenizer_peers.py ENGINE NAME SECONDS DOCUMENTS TOKENIZER

DOCUMENTS: for each an int32, big-endian, with its length, and its UTF-8. TOKENIZER: a tokenizer.json, or a vocabulary of tiktoken.
Prints one JSON object with the figures that `varlen bench tokenize` prints; or it fails, and the last line says why.
"""
import base64
import json
import statistics
import struct
import sys
import time


def documents(path):
    found = []
    with open(path, "rb") as stream:
        while length := stream.read(4):
            found.append(stream.read(struct.unpack(">i", length)[0]).decode())
    return found


def tokenizers(name, path):
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizers.__version__, lambda texts: tokenizer.encode_batch_fast(texts, add_special_tokens=False), lambda ids: sum(map(len, ids))


def tiktoken(name, path):
    import tiktoken
    from tiktoken_ext import openai_public

    def ranks(*_, **__):
        with open(path, "rb") as stream:
            return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in stream if line.strip())}

    openai_public.load_tiktoken_bpe = ranks
    encoding = tiktoken.Encoding(**openai_public.ENCODING_CONSTRUCTORS[name.removeprefix("tiktoken:")]())
    return tiktoken.__version__, lambda texts: [encoding.encode_ordinary(text) for text in texts], lambda ids: sum(map(len, ids))


def gigatoken(name, path):
    import importlib.metadata

    import gigatoken

    tokenizer = gigatoken.Tokenizer(path + ".json")
    version = importlib.metadata.version("gigatoken")
    return version, lambda texts: tokenizer.encode_batch(texts, parallel=False), lambda ids: sum(map(len, ids))


def main(engine, name, seconds, texts, tokenizer):
    if engine == "gigatoken":  # knows a tokenizer.json by its name
        import shutil

        shutil.copy(tokenizer, tokenizer + ".json")
    texts = documents(texts)
    size = sum(len(text.encode()) for text in texts)
    version, encode, count = {"tokenizers": tokenizers, "tiktoken": tiktoken, "gigatoken": gigatoken}[engine](name, tokenizer)
    times, end = [], time.perf_counter() + int(seconds)
    while len(times) < 2 or time.perf_counter() < end:
        began = time.perf_counter()
        ids = encode(texts)
        times.append(time.perf_counter() - began)
    tokens, median = int(count(ids)), statistics.median(times[1:])
    speed, first = round(size / 1e6 / median, 1), round(size / 1e6 / times[0], 1)
    print(json.dumps({
        "tokenizer": name, "engine": engine, "version": version, "threads": 1, "tokens": tokens, "mb_per_second": speed,
        "mb_per_second_per_thread": speed, "first_pass_mb_per_second_per_thread": first, "tokens_per_second": round(tokens / median),
    }))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except BaseException as failure:  # a panic of Rust is no Exception
        sys.exit(f"{type(failure).__name__}: {str(failure).splitlines()[0] if str(failure) else 'no message'}")
