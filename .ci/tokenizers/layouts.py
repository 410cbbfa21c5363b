"""Trains small tokenizers in the layouts of well-known models: the same normalizers, pre-tokenizers, model options, added tokens and
decoders as their published files have, over a small vocabulary.

Usage: layouts.py OUTPUT TEXT...                    writes OUTPUT/<layout>.json
       layouts.py --random OUTPUT SEED N TEXT...    writes N layouts put together at random, by SEED
TEXT are files to train on, beside sample_texts.txt.
"""
import functools
import json
import pathlib
import random
import sys
import tempfile

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SAMPLE = pathlib.Path(__file__).parents[2] / "kernels/src/test/resources/io/varlen/tokenizer/sample_texts.txt"
VOCABULARY = 1500
WORD_PIECE_VOCABULARY = 4000  # it holds every character twice

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
TEKKEN = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
          r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
          r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK3 = ("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
             " ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+")


class Trainer:
    def __init__(self, files):
        self.texts = SAMPLE.read_text().replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").splitlines(True)
        for file in files:
            self.texts += pathlib.Path(file).read_text(errors="replace")[:200_000].splitlines(True)
        self.charsmap = self._charsmap()

    def train(self, tokenizer, trainer):
        tokenizer.train_from_iterator(self.texts, trainer)
        return tokenizer

    def byte_level(self, pre_tokenizer, normalizer=None, **options):
        tokenizer = Tokenizer(models.BPE(**options))
        if normalizer:
            tokenizer.normalizer = normalizer
        tokenizer.pre_tokenizer = pre_tokenizer
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        return self.train(tokenizer, trainers.BpeTrainer(vocab_size=VOCABULARY, initial_alphabet=alphabet, show_progress=False))

    def word_piece(self, normalizer):
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizer
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece()
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        self.train(tokenizer, trainers.WordPieceTrainer(vocab_size=WORD_PIECE_VOCABULARY, special_tokens=special, show_progress=False))
        ids = tokenizer.get_vocab()
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))
        return tokenizer

    def sentence_bpe(self, across_words):
        """The vocabulary and merges of a SentencePiece BPE model: <unk>, <s>, </s>, a token of each byte, then pieces."""
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=not across_words)
        self.train(tokenizer, trainers.BpeTrainer(vocab_size=VOCABULARY, limit_alphabet=300, show_progress=False))
        model = json.loads(tokenizer.to_str())["model"]
        pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
        pieces += [token for token in sorted(model["vocab"], key=model["vocab"].get) if token not in pieces]
        return {token: i for i, token in enumerate(pieces)}, [tuple(pair) for pair in model["merges"]]

    def unigram(self, normalizer, pre_tokenizer, special, byte_fallback=False):
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizer
        tokenizer.pre_tokenizer = pre_tokenizer
        tokenizer.decoder = decoders.Metaspace()
        special = special + ([f"<0x{b:02X}>" for b in range(256)] if byte_fallback else [])
        self.train(tokenizer, trainers.UnigramTrainer(
            vocab_size=VOCABULARY, special_tokens=special, unk_token="<unk>", show_progress=False))
        file = json.loads(tokenizer.to_str())
        file["model"]["byte_fallback"] = byte_fallback
        if byte_fallback:
            file["added_tokens"] = [token for token in file["added_tokens"] if not token["content"].startswith("<0x")]
        return Tokenizer.from_str(json.dumps(file))

    def precompiled(self):
        return normalizers.Precompiled(self.charsmap)

    def _charsmap(self):
        """SentencePiece's nmt_nfkc, out of a model trained with it (field 2 of the message in field 3)."""
        import sentencepiece

        with tempfile.TemporaryDirectory() as folder:
            texts = pathlib.Path(folder, "texts")
            texts.write_text("".join(self.texts))
            sentencepiece.SentencePieceTrainer.train(
                input=str(texts), model_prefix=f"{folder}/m", vocab_size=1000, hard_vocab_limit=False, minloglevel=2)
            message = pathlib.Path(folder, "m.model").read_bytes()
        return fields(fields(message)[3][-1])[2][-1]


def fields(message):
    """The length-delimited fields of a protocol buffer, by number."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = varint()
        if tag & 7 == 2:
            size = varint()
            found.setdefault(tag >> 3, []).append(message[at:at + size])
            at += size
        else:
            at += {0: 0, 1: 8, 5: 4}[tag & 7]
            if tag & 7 == 0:
                varint()
    return found


def isolated(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def bytes_only():
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)


def with_special(tokenizer, *tokens, **options):
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False, **options) for token in tokens])
    return tokenizer


# Byte-level BPE

def gpt2(t):
    tokenizer = t.byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))
    tokenizer.add_special_tokens([AddedToken("<|endoftext|>", normalized=True)])
    return tokenizer


def roberta(t):
    tokenizer = with_special(t.byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True)), "<s>", "</s>", "<pad>", "<unk>")
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    ids = tokenizer.get_vocab()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", ids["</s>"]), ("<s>", ids["<s>"]))
    return tokenizer


def llama3(t):
    tokenizer = t.byte_level(pre_tokenizers.Sequence([isolated(LLAMA3), bytes_only()]), ignore_merges=True)
    return with_special(tokenizer, "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")


def qwen2(t):
    tokenizer = t.byte_level(pre_tokenizers.Sequence([isolated(QWEN2), bytes_only()]), normalizers.NFC())
    return with_special(tokenizer, "<|endoftext|>", "<|im_start|>", "<|im_end|>")


def starcoder(t):
    pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return with_special(t.byte_level(pre_tokenizer), "<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>")


def modernbert(t):
    tokenizer = t.byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), normalizers.NFC())
    runs = [" " * n for n in range(24, 1, -1)] + ["|||IP_ADDRESS|||", "|||EMAIL_ADDRESS|||"]
    tokenizer.add_tokens([AddedToken(run, normalized=True, special=False) for run in runs])
    with_special(tokenizer, "<|padding|>", "<|endoftext|>", "[UNK]", "[CLS]", "[SEP]", "[PAD]")
    return with_special(tokenizer, "[MASK]", lstrip=True)


def mistral_nemo(t):
    tokenizer = t.byte_level(pre_tokenizers.Sequence([isolated(TEKKEN), bytes_only()]), ignore_merges=True)
    return with_special(tokenizer, "<unk>", "<s>", "</s>", "[INST]", "[/INST]")


def gpt4o(t):
    tokenizer = t.byte_level(pre_tokenizers.Sequence([isolated(O200K), bytes_only()]))
    return with_special(tokenizer, "<|endoftext|>", "<|endofprompt|>")


def deepseek3(t):
    splits = [isolated(r"\p{N}{1,3}"), isolated("[一-龥\u3040-ゟ゠-ヿ]+"), isolated(DEEPSEEK3)]
    tokenizer = t.byte_level(pre_tokenizers.Sequence(splits + [bytes_only()]), normalizers.Sequence([]))
    return with_special(tokenizer, "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>")


def phi2(t):
    tokenizer = t.byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))
    tokenizer.add_tokens([AddedToken(" " * n, normalized=False) for n in range(31, 1, -1)])
    tokenizer.add_tokens([AddedToken("\t" * n, normalized=False) for n in range(9, 1, -1)])
    return with_special(tokenizer, "<|endoftext|>")


def falcon(t):
    pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.Digits(False),
        pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated")])
    return with_special(t.byte_level(pre_tokenizer), "<|endoftext|>", ">>TITLE<<")


# WordPiece

def bert_uncased(t):
    return t.word_piece(normalizers.BertNormalizer())


def bert_cased(t):
    return t.word_piece(normalizers.BertNormalizer(lowercase=False))


def bert_accents(t):
    """Lower-cased with accents kept, as German and Turkish models are; the added tokens as users add them."""
    tokenizer = t.word_piece(normalizers.BertNormalizer(lowercase=True, strip_accents=False))
    tokenizer.add_tokens([AddedToken("COVID-19"), AddedToken("İstanbul"), AddedToken("don", single_word=True)])
    return tokenizer


def bert_raw(t):
    return t.word_piece(normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False))


# SentencePiece BPE

def sentence_bpe(t, normalizer, pre_tokenizer, across_words=False, normalized=False, **options):
    vocabulary, merges = t.sentence_bpe(across_words)
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, **options))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([AddedToken(token, normalized=normalized) for token in ("<unk>", "<s>", "</s>")])
    return tokenizer


def llama2(t):
    return sentence_bpe(t, normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None, byte_fallback=True)


def llama1(t):
    """With added tokens that are looked for in normalized text, and, unlike Llama, tokens of more than one word."""
    normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return sentence_bpe(t, normalizer, None, across_words=True, normalized=True, byte_fallback=True)


def mistral(t):
    return sentence_bpe(t, None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False), byte_fallback=True)


def gemma(t):
    tokenizer = sentence_bpe(t, normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"), byte_fallback=True)
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in ("\n\n", "▁▁", "<table>", "</h1>")])
    return tokenizer


def nllb(t):
    normalizer = normalizers.Sequence([t.precompiled(), normalizers.Replace(Regex(" {2,}"), " ")])
    return sentence_bpe(t, normalizer, pre_tokenizers.Metaspace(prepend_scheme="always"))


# Unigram

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def words_then_metaspace():
    return pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])


def xlm_roberta(t):
    return with_special(t.unigram(t.precompiled(), words_then_metaspace(), SPECIAL), "<mask>", lstrip=True)


def t5(t):
    normalizer = normalizers.Sequence([
        t.precompiled(), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")])
    tokenizer = t.unigram(normalizer, pre_tokenizers.Metaspace(prepend_scheme="always"), ["<pad>", "</s>", "<unk>"])
    return with_special(tokenizer, "<extra_id_0>", "<extra_id_1>", lstrip=True, rstrip=True)


def t5_first(t):
    """As T5 is converted with legacy=False."""
    normalizer = normalizers.Sequence([t.precompiled(), normalizers.Replace(Regex(" {2,}"), "▁")])
    return t.unigram(normalizer, pre_tokenizers.Metaspace(prepend_scheme="first"), ["<pad>", "</s>", "<unk>"])


def albert(t):
    normalizer = normalizers.Sequence([
        normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
        normalizers.Lowercase(), t.precompiled(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer = t.unigram(normalizer, pre_tokenizers.Metaspace(), ["<pad>", "<unk>", "[CLS]", "[SEP]"])
    return with_special(tokenizer, "[MASK]", lstrip=True)


def deberta3(t):
    normalizer = normalizers.Sequence([normalizers.Strip(), t.precompiled(), normalizers.Replace(Regex(" {2,}"), " ")])
    return t.unigram(normalizer, pre_tokenizers.Metaspace(), ["[PAD]", "[CLS]", "[SEP]", "<unk>"])


def unigram_bytes(t):
    """Unigram with byte fallback and no splitting, as newer SentencePiece models have."""
    normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Nmt()])
    return t.unigram(normalizer, pre_tokenizers.Metaspace(split=False), SPECIAL, byte_fallback=True)


# Not a model's layout, but nothing that a normalizer or a splitter does differently stays hidden behind an unknown token.

def every_character(normalizer):
    characters = [chr(c) for c in range(0x20000) if not 0xD800 <= c < 0xE000]
    tokens = ["[UNK]"] + characters + ["##" + c for c in characters]
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(dict.fromkeys(tokens))}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def every_byte(normalizer):
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = bytes_only()
    return tokenizer


def every_character_bert(t):
    return every_character(normalizers.BertNormalizer())


def every_character_bert_raw(t):
    return every_character(normalizers.BertNormalizer(
        clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False))


def every_byte_nfc(t):
    return every_byte(normalizers.NFC())


def every_byte_nfd(t):
    return every_byte(normalizers.NFD())


def every_byte_nfkc(t):
    return every_byte(normalizers.Sequence([normalizers.NFKC(), normalizers.Strip()]))


def every_byte_nfkd(t):
    return every_byte(normalizers.Sequence([
        normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Replace("aa", "b")]))


def every_byte_precompiled(t):
    return every_byte(t.precompiled())


def every_byte_charsmap(t):
    """A table whose keys show the grapheme clusters of five bytes and fewer."""
    from charsmap import charsmap

    keys = ["a", "\u00a9", "\u00e9", "e\u0301", "\u0600", "\u0915", "\u0958", "\u1100", "\u1161", "\u11a8", "\uac00", "\u2764", "\u3042\u3099",
            "\r\n", "\u200d", "\u0301", "\U0001d165", "\U0001f44d"]
    return every_byte(normalizers.Precompiled(charsmap({key: f"<{i}>" for i, key in enumerate(keys)} | {"\u0001": "", "b": ""})))


LAYOUTS = [gpt2, roberta, llama3, qwen2, starcoder, modernbert, mistral_nemo, gpt4o, deepseek3, phi2, falcon,
           bert_uncased, bert_cased, bert_accents, bert_raw, llama2, llama1, mistral, gemma, nllb,
           xlm_roberta, t5, t5_first, albert, deberta3, unigram_bytes]
EXHAUSTIVE = [every_character_bert, every_character_bert_raw, every_byte_nfc, every_byte_nfd, every_byte_nfkc, every_byte_nfkd,
              every_byte_precompiled, every_byte_charsmap]


class RandomLayouts:
    """Components put together at random: each must be equal, or be refused."""

    def __init__(self, trainer, seed):
        self.random = random.Random(seed)
        self.trainer = trainer

    def next(self):
        byte_level = self.random.random() < 0.4
        normalizer = normalizers.Sequence([self.normalizer() for _ in range(self.random.choice([0, 0, 1, 1, 2, 3]))])
        splits = [self.pre_tokenizer() for _ in range(self.random.choice([0, 1, 1, 2]))]
        if byte_level:
            splits.append(pre_tokenizers.ByteLevel(add_prefix_space=self.random.random() < 0.5, use_regex=self.random.random() < 0.5))
        tokenizer = self.model(byte_level)
        if self.random.random() < 0.9:
            tokenizer.normalizer = normalizer
        tokenizer.pre_tokenizer = splits[0] if len(splits) == 1 else pre_tokenizers.Sequence(splits)
        contents = ["<x>", "<xy>", "Don", " ", "\u00c9t\u00e9", "\u2581the", "\n\n", "[MASK]", "the", "\u4eba", "1", "<unk>", "\u0130"]
        tokenizer.add_tokens([AddedToken(
            content, single_word=self.chance(), lstrip=self.chance(), rstrip=self.chance(), normalized=self.chance(), special=self.chance())
            for content in self.random.sample(contents, self.random.randrange(5))])
        return tokenizer

    def chance(self):
        return self.random.random() < 0.3

    def normalizer(self):
        return self.random.choice([
            normalizers.NFC, normalizers.NFD, normalizers.NFKC, normalizers.NFKD, normalizers.Lowercase, normalizers.StripAccents,
            normalizers.Nmt, self.trainer.precompiled, lambda: normalizers.Strip(self.chance(), not self.chance()),
            lambda: normalizers.Prepend("\u2581"), lambda: normalizers.Replace(" ", "\u2581"),
            lambda: normalizers.Replace(Regex(" {2,}"), " "), lambda: normalizers.Replace("th", ""), lambda: normalizers.Replace("``", "e\u0301"),
            lambda: normalizers.BertNormalizer(self.chance(), self.chance(), self.random.choice([None, True, False]), self.chance())])()

    def pre_tokenizer(self):
        behavior = self.random.choice(["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"])
        return self.random.choice([
            pre_tokenizers.BertPreTokenizer, pre_tokenizers.WhitespaceSplit, pre_tokenizers.Whitespace,
            lambda: pre_tokenizers.Punctuation(behavior), lambda: pre_tokenizers.Digits(self.chance()),
            lambda: pre_tokenizers.CharDelimiterSplit("e"), lambda: pre_tokenizers.Split(" ", behavior, self.chance()),
            lambda: pre_tokenizers.Split(Regex(self.random.choice([LLAMA3, QWEN2, TEKKEN, O200K, r"\p{N}{1,3}"])), behavior, self.chance()),
            lambda: pre_tokenizers.Metaspace("\u2581", self.random.choice(["always", "first", "never"]), self.chance()),
            lambda: pre_tokenizers.Metaspace("_", self.random.choice(["always", "first", "never"]), not self.chance())])()

    def model(self, byte_level):
        trained = {"bytes": gpt2, "words": bert_cased, "bpe": llama2, "nobytes": nllb, "unigram": xlm_roberta, "unigram bytes": unigram_bytes}
        kind = "bytes" if byte_level else self.random.choice([name for name in trained if name != "bytes"])
        file = json.loads(self._cached(trained[kind]))
        model = file["model"]
        if model["type"] == "BPE":
            model["fuse_unk"], model["ignore_merges"] = self.chance(), self.chance()
            if kind == "bpe" and self.chance():
                model["byte_fallback"] = False
        if model["type"] == "WordPiece":
            model["max_input_chars_per_word"] = self.random.choice([5, 100])
        return Tokenizer.from_str(json.dumps({
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
            "post_processor": None, "decoder": None, "model": model}))

    @functools.lru_cache
    def _cached(self, layout):
        return layout(self.trainer).to_str()


def main(output, files):
    trainer = Trainer(files)
    folder = pathlib.Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    for layout in LAYOUTS + EXHAUSTIVE:
        layout(trainer).save(str(folder / f"{layout.__name__}.json"), pretty=False)


def random_main(output, seed, count, files):
    layouts = RandomLayouts(Trainer(files), int(seed))
    folder = pathlib.Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(int(count)):
        layouts.next().save(str(folder / f"random_{seed}_{i}.json"), pretty=False)


if __name__ == "__main__":
    if sys.argv[1] == "--random":
        random_main(*sys.argv[2:5], sys.argv[5:])
    else:
        main(sys.argv[1], sys.argv[2:])
