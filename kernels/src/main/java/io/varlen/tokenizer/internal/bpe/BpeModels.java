package io.varlen.tokenizer.internal.bpe;

import io.varlen.tokenizer.internal.Model;
import io.varlen.tokenizer.internal.TokenTable;
import io.varlen.tokenizer.internal.description.ModelSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** Makes byte-pair encodings from Hugging Face's description of them, and from tiktoken's. */
public final class BpeModels {
    private BpeModels() {}

    /**
     * Hugging Face's {@code BPE}.
     *
     * @param byteLevel whether pieces come in the characters that {@code ByteLevel} writes for bytes; here they come in bytes
     *     all the same, and the vocabulary is read through that alphabet
     * @throws UnsupportedConstructException if an option of it is not known
     */
    public static Model of(ModelSpec.Bpe spec, boolean byteLevel) {
        BpeModel model = withoutCuts(spec, byteLevel);
        return byteLevel ? model : CuttingModel.of(spec, model);
    }

    static BpeModel withoutCuts(ModelSpec.Bpe spec, boolean byteLevel) {
        require(spec.continuingSubwordPrefix().isEmpty(), "a continuing_subword_prefix");
        require(spec.endOfWordSuffix().isEmpty(), "an end_of_word_suffix");
        Map<String, Integer> vocabulary = spec.vocabulary();
        String[] names = names(vocabulary);
        byte[][] texts = new byte[names.length][];
        for (int id = 0; id < names.length; id++) {
            if (names[id] != null) {
                texts[id] = byteLevel ? ByteAlphabet.bytesOf(names[id]) : TokenTable.utf8(names[id]);
            }
        }
        SymbolReader reader = byteLevel ? byteReader(spec) : characterReader(spec);
        return new BpeModel(names, texts, reader, merges(spec), spec.ignoreMerges());
    }

    private static String[] names(Map<String, Integer> vocabulary) {
        require(!vocabulary.isEmpty(), "an empty vocabulary");
        int largest = Collections.max(vocabulary.values());
        require(largest < 1 << 24, "the id " + largest);
        String[] names = new String[largest + 1];
        vocabulary.forEach((token, id) -> names[id] = token);
        return names;
    }

    private static MergeTable merges(ModelSpec.Bpe spec) {
        MergeTable merges = new MergeTable(spec.mergeLefts().length);
        for (int rank = 0; rank < spec.mergeLefts().length; rank++) {
            String left = spec.mergeLefts()[rank];
            String right = spec.mergeRights()[rank];
            merges.put(id(spec, left), id(spec, right), rank, id(spec, left + right));
        }
        return merges;
    }

    private static int id(ModelSpec.Bpe spec, String token) {
        Integer id = spec.vocabulary().get(token);
        require(id != null, "a merge with '" + token + "', which is not in the vocabulary");
        return id;
    }

    private static SymbolReader byteReader(ModelSpec.Bpe spec) {
        int[] idOfByte = new int[256];
        Arrays.setAll(
                idOfByte, b -> spec.vocabulary().getOrDefault(Character.toString(ByteAlphabet.characterOf(b)), -1));
        boolean complete = Arrays.stream(idOfByte).allMatch(id -> id >= 0);
        require(complete || !spec.byteFallback(), "byte_fallback behind ByteLevel");
        return new ByteSymbolReader(idOfByte, complete ? new Unknown(-1, false) : unknown(spec));
    }

    private static SymbolReader characterReader(ModelSpec.Bpe spec) {
        Map<Integer, Integer> idOfCodePoint = new HashMap<>();
        spec.vocabulary().forEach((token, id) -> {
            if (!token.isEmpty() && token.codePointCount(0, token.length()) == 1) {
                idOfCodePoint.put(token.codePointAt(0), id);
            }
        });
        int[] idOfByte = spec.byteFallback() ? fallback(spec.vocabulary()) : null;
        return new CharacterSymbolReader(
                idOfCodePoint, idOfByte, idOfByte == null ? unknown(spec) : new Unknown(-1, false));
    }

    /** The ids of {@code <0x00>} to {@code <0xFF>}; null if the vocabulary has none of them. */
    private static int[] fallback(Map<String, Integer> vocabulary) {
        int[] idOfByte = new int[256];
        Arrays.setAll(idOfByte, b -> vocabulary.getOrDefault("<0x%02X>".formatted(b), -1));
        long present = Arrays.stream(idOfByte).filter(id -> id >= 0).count();
        require(present == 0 || present == 256, "byte_fallback to " + present + " of 256 bytes");
        return present == 0 ? null : idOfByte;
    }

    private static Unknown unknown(ModelSpec.Bpe spec) {
        if (spec.unkToken() == null) {
            return new Unknown(-1, false);
        }
        Integer id = spec.vocabulary().get(spec.unkToken());
        require(id != null, "the unk_token '" + spec.unkToken() + "', which is not in the vocabulary");
        return new Unknown(id, spec.fuseUnk());
    }

    private static void require(boolean known, String construct) {
        if (!known) {
            throw new UnsupportedConstructException("model BPE with " + construct);
        }
    }

    /**
     * An encoding of tiktoken, where neighbours merge if their bytes together are a token, in the order of the tokens' ranks.
     *
     * @param tokens the bytes of each token, its rank being its id; null for ranks that are not used
     */
    public static BpeModel ofRanks(byte[][] tokens) {
        int[] idOfByte = new int[256];
        Arrays.fill(idOfByte, -1);
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id] != null && tokens[id].length == 1) {
                idOfByte[tokens[id][0] & 0xFF] = id;
            }
        }
        require(Arrays.stream(idOfByte).allMatch(id -> id >= 0), "tiktoken ranks without all 256 bytes");
        SymbolReader reader = new ByteSymbolReader(idOfByte, new Unknown(-1, false));
        String[] names = new String[tokens.length];
        Arrays.setAll(names, id -> tokens[id] == null ? null : ByteAlphabet.nameOf(tokens[id]));
        return new BpeModel(names, tokens, reader, new RankMerges(tokens).toTable(), true);
    }
}
