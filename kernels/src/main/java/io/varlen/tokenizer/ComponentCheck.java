package io.varlen.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.InvalidInputException;
import java.util.Base64;
import java.util.Set;

/**
 * Refuses components of a {@code tokenizer.json} that make the native library panic: unknown or untyped ones, regular
 * expressions that backtrack without bound, damaged character maps, cuts of length 0.
 */
final class ComponentCheck {
    private static final Set<String> NORMALIZERS = Set.of(
            "BertNormalizer",
            "Strip",
            "StripAccents",
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
            "Sequence",
            "Lowercase",
            "Nmt",
            "Precompiled",
            "Replace",
            "Prepend",
            "ByteLevel");
    private static final Set<String> PRE_TOKENIZERS = Set.of(
            "BertPreTokenizer",
            "ByteLevel",
            "CharDelimiterSplit",
            "Metaspace",
            "Whitespace",
            "Sequence",
            "Split",
            "Punctuation",
            "WhitespaceSplit",
            "Digits",
            "UnicodeScripts",
            "FixedLength");
    private static final Set<String> DECODERS = Set.of(
            "BPEDecoder",
            "ByteLevel",
            "WordPiece",
            "Metaspace",
            "CTC",
            "Sequence",
            "Replace",
            "Fuse",
            "Strip",
            "ByteFallback");

    /** GPT-2's, which the library's ByteLevel pre-tokenizer uses. */
    static final String BYTE_LEVEL_REGEX =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private static final int MAX_PART_BYTES = 64 << 20;

    /** Below Oniguruma's limit of ten million. */
    private static final int MAX_RETRIES = 8_000_000;

    private final String name;
    private int maxPartBytes = MAX_PART_BYTES;

    ComponentCheck(String name) {
        this.name = name;
    }

    /**
     * How many bytes of text the components seen so far take at once: few enough that none of their regular expressions
     * comes near ten million retries.
     */
    int maxPartBytes() {
        return maxPartBytes;
    }

    void normalizer(JsonNode normalizer) {
        if (isNone(normalizer)) {
            return;
        }
        switch (type("normalizer", normalizer, NORMALIZERS)) {
            case "Sequence" -> normalizer.path("normalizers").forEach(this::normalizer);
            case "Replace" -> checkPattern("normalizer", normalizer);
            case "Precompiled" -> checkCharsMap(normalizer.path("precompiled_charsmap"));
            default -> {}
        }
    }

    void preTokenizer(JsonNode preTokenizer) {
        if (isNone(preTokenizer)) {
            return;
        }
        switch (type("pre_tokenizer", preTokenizer, PRE_TOKENIZERS)) {
            case "Sequence" -> preTokenizer.path("pretokenizers").forEach(this::preTokenizer);
            case "Split" -> checkPattern("pre_tokenizer", preTokenizer);
            case "ByteLevel" -> {
                if (preTokenizer.path("use_regex").asBoolean(true)) {
                    checkRegex("pre_tokenizer", BYTE_LEVEL_REGEX);
                }
            }
            case "FixedLength" -> {
                if (preTokenizer.path("length").asLong() < 1) {
                    throw refused("pre_tokenizer", "FixedLength has length " + preTokenizer.path("length"));
                }
            }
            default -> {}
        }
    }

    void decoder(JsonNode decoder) {
        if (isNone(decoder)) {
            return;
        }
        switch (type("decoder", decoder, DECODERS)) {
            case "Sequence" -> decoder.path("decoders").forEach(this::decoder);
            case "Replace" -> checkPattern("decoder", decoder);
            case "Strip" -> {
                // the library strips the end of a token without looking whether enough is left
                if (decoder.path("stop").asLong() != 0) {
                    throw refused("decoder", "Strip with stop " + decoder.path("stop") + " is not supported");
                }
            }
            default -> {}
        }
    }

    private static boolean isNone(JsonNode component) {
        return component.isMissingNode() || component.isNull();
    }

    private String type(String kind, JsonNode component, Set<String> known) {
        String type = component.path("type").asText();
        if (!known.contains(type)) {
            throw refused(kind, "its type " + component.path("type") + " is not known");
        }
        return type;
    }

    private void checkPattern(String kind, JsonNode component) {
        JsonNode regex = component.path("pattern").path("Regex");
        if (regex.isTextual()) {
            checkRegex(kind, regex.asText());
        }
    }

    private void checkRegex(String kind, String regex) {
        try {
            int retries = Backtracking.retriesPerCharacter(regex);
            if (retries > 0) {
                // the well-known ones were measured: what they retry is one run of letters or of spaces, once
                int perCharacter = TextCuts.SPLIT_PATTERNS.contains(regex) ? 1 : retries;
                maxPartBytes = Math.min(maxPartBytes, MAX_RETRIES / perCharacter);
            }
        } catch (Backtracking.UnboundedException e) {
            throw refused(kind, "its regular expression '" + regex + "' " + e.getMessage());
        }
    }

    private void checkCharsMap(JsonNode base64) {
        byte[] map;
        try {
            map = Base64.getDecoder().decode(base64.asText());
        } catch (IllegalArgumentException e) {
            throw refused("normalizer", "its precompiled_charsmap is not base64");
        }
        PrecompiledCharsMap.damage(map).ifPresent(damage -> {
            throw refused("normalizer", "its precompiled_charsmap is damaged: " + damage);
        });
    }

    private InvalidInputException refused(String kind, String why) {
        return new InvalidInputException(name + " has a " + kind + " that cannot be used: " + why);
    }
}
