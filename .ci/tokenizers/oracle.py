"""Encodes texts with the library that defines a tokenizer, over standard input and output.

Usage: oracle.py TOKENIZER.json | tiktoken:NAME JTOKKIT.jar

Request: int32 number of texts, then per text int32 length and UTF-8. Reply: per text int32 number of ids and the ids; -1 for a text that
makes the library panic. All big-endian. The ids are those of the text alone, as `encode(text, add_special_tokens=False)` and `encode_ordinary(text)` return them.
"""
import array
import os
import struct
import sys

os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")


def encoder(arguments):
    if arguments[0].startswith("tiktoken:"):
        return tiktoken_encoder(arguments[0].removeprefix("tiktoken:"), arguments[1])
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(arguments[0])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda texts: [e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


def tiktoken_encoder(name, jar):
    """tiktoken's own definition of the encoding, its vocabulary from jtokkit's jar instead of the network."""
    import base64
    import zipfile

    import tiktoken
    from tiktoken_ext import openai_public

    def ranks(url, **_):
        with zipfile.ZipFile(jar) as archive:
            lines = archive.read("com/knuddels/jtokkit/" + url.rsplit("/", 1)[1]).splitlines()
        return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}

    openai_public.load_tiktoken_bpe = ranks
    encoding = tiktoken.Encoding(**openai_public.ENCODING_CONSTRUCTORS[name]())
    return lambda texts: encoding.encode_ordinary_batch(texts)


def encode_all(encode, texts):
    try:
        return encode(texts)
    except BaseException:  # a panic of Rust is no Exception
        if len(texts) == 1:
            return [None]
        return [ids for text in texts for ids in encode_all(encode, [text])]


def main(arguments):
    encode = encoder(arguments)
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    while header := requests.read(4):
        texts = []
        for _ in range(struct.unpack(">i", header)[0]):
            (length,) = struct.unpack(">i", requests.read(4))
            texts.append(requests.read(length).decode())
        for ids in encode_all(encode, texts):
            reply = array.array("i", [-1] if ids is None else [len(ids), *ids])
            reply.byteswap()
            replies.write(reply.tobytes())
        replies.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
