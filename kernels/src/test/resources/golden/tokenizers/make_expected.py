"""Writes the tokenizers of this folder and expected.jsonl: what the reference libraries of Python give for a seeded sample.

make_expected.py TIKTOKEN_FILES MINILM_TOKENIZER_JSON TRAINING_TEXT...

Needs tiktoken 0.14.0 and tokenizers 0.21.4. TIKTOKEN_FILES is a folder with OpenAI's *.tiktoken files, so that nothing is
downloaded. Ids are those of the text alone, for short texts also those of encode(text), without the files' truncation
and padding. The Unigram trainer does not give the same vocabulary twice, so commit all files of one run.
"""

import json
import pathlib
import random
import sys

import tiktoken
from tiktoken.load import load_tiktoken_bpe
from tiktoken_ext import openai_public
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
FILES, MINILM, TEXTS = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]

WORDS = (
    "the The THE Alice's they'll I'M we've don't x86_64 3.14159 12345678 naïve café déjà Straße ﬁancée ǅ "
    "привет мир 深層学習 面白い 한국어 مرحبا שלום नमस्ते ไทย 🙂 👩‍👩‍👧‍👦 🏳️‍🌈 é ñ Å ½ ² ① Ⅷ ٣ https://example.org/a?b=c#d "
    "foo(bar, baz); {\"k\":[1,2]} <|endoftext|> [SEP] </s> ... !!! --- \\n // /* */ aaaaaaaaaaaaaaaaaaaaaaaaaaaa "
    "HTTPServer camelCase snake_case 'quoted' “curly” ‘ˈ’ €100 ±5% \u200b \ufeff \u00ad \ufffd \U00010000"
).split(" ")
GAPS = [" ", " ", " ", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", " \n ", "\u00a0", "\u3000", "\u2028", "\u0085", "\x00", "", ""]


def sample():
    rng = random.Random(20260101)
    texts = ["", " ", "a", "\n", "\x00", "   \n\n   x", "a" * 700, " " * 700, "é" * 300, "ab " * 200, "\r\n" * 300, "1" * 300]
    for _ in range(85):
        text = ""
        for _ in range(rng.randrange(1, 16)):
            text += rng.choice(WORDS) + rng.choice(GAPS)
        texts.append(text)
    return texts


def tiktoken_encodings():
    def local(url, **kwargs):
        return load_tiktoken_bpe(str(FILES / url.rsplit("/", 1)[1]), kwargs.get("expected_hash"))

    openai_public.load_tiktoken_bpe = local
    openai_public.data_gym_to_mergeable_bpe_ranks = lambda **_: local("https://x/r50k_base.tiktoken")
    for name in ("cl100k_base", "o200k_base", "p50k_base", "r50k_base"):
        yield name, tiktoken.Encoding(**getattr(openai_public, name)())


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<s>", "<pad>", "</s>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train(TEXTS, trainer)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]),
        ]
    )
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=400, special_tokens=["<unk>", "</s>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train(TEXTS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def main():
    own = {"byte-level": byte_level(), "unigram": unigram()}
    for name, tokenizer in own.items():
        tokenizer.enable_truncation(8)
        tokenizer.enable_padding(length=12, pad_id=1, pad_token=tokenizer.id_to_token(1))
        (HERE / f"{name}.json").write_text(tokenizer.to_str(), encoding="utf-8")
        own[name] = Tokenizer.from_str(tokenizer.to_str())
    own["minilm"] = Tokenizer.from_file(MINILM)
    for tokenizer in own.values():
        tokenizer.no_truncation()
        tokenizer.no_padding()
    encodings = dict(tiktoken_encodings())
    with open(HERE / "expected.jsonl", "w", encoding="utf-8") as out:
        for text in sample():
            line = {"text": text}
            for name, encoding in encodings.items():
                line[name] = encoding.encode_ordinary(text)
            for name, tokenizer in own.items():
                line[name] = tokenizer.encode(text, add_special_tokens=False).ids
                if len(text) < 30:
                    line[name + "_special"] = tokenizer.encode(text).ids
            out.write(json.dumps(line, separators=(",", ":")) + "\n")


main()
