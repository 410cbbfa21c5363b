package io.varlen.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Where a long text may be cut so that its parts, encoded one by one, give exactly the ids of the whole. The native
 * library needs some 150 bytes of memory per byte of text it is given at once, so long texts should be cut.
 *
 * <p>That it may be cut follows from the components of the tokenizer: each normalizer maps characters without looking
 * beyond a space, the pre-tokenizer always ends a word there, and no added token reaches across. Where that cannot be
 * seen, nothing is cut.
 */
enum TextCuts {
    /** Nowhere. */
    NEVER,
    /** Before a space that follows a visible ASCII character: the pre-tokenizer hands spaces on, at the head of words. */
    BEFORE_SPACE_AFTER_TEXT,
    /** Before any ASCII whitespace: the pre-tokenizer drops it. */
    BEFORE_WHITESPACE;

    /** The regular expressions of GPT-2, of cl100k and Llama 3, of Qwen 2, and of o200k: none matches "x " across. */
    static final Set<String> SPLIT_PATTERNS = Set.of(
            ComponentCheck.BYTE_LEVEL_REGEX,
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                    + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");

    private static final Set<String> CHARACTER_NORMALIZERS =
            Set.of("BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "StripAccents");
    private static final Set<String> WHITESPACE_DROPPERS = Set.of("BertPreTokenizer", "Whitespace", "WhitespaceSplit");

    /** The cuts that a tokenizer allows; {@code root} is its tokenizer.json, the vocabulary left out. */
    static TextCuts of(ObjectNode root) {
        List<JsonNode> normalizers = flatten(root.path("normalizer"), "normalizers");
        List<JsonNode> preTokenizers = flatten(root.path("pre_tokenizer"), "pretokenizers");
        boolean charactersOnly = normalizers.stream().allMatch(n -> CHARACTER_NORMALIZERS.contains(type(n)));
        boolean staysInWords = normalizers.stream()
                .allMatch(n ->
                        CHARACTER_NORMALIZERS.contains(type(n)) || type(n).equals("Precompiled") || joinsSpaces(n));
        if (!staysInWords || preTokenizers.isEmpty() || addedTokenMayReachAcross(root.path("added_tokens"))) {
            return NEVER;
        }
        for (JsonNode preTokenizer : preTokenizers) {
            if (WHITESPACE_DROPPERS.contains(type(preTokenizer))) {
                return charactersOnly && preTokenizer == preTokenizers.get(0)
                        ? BEFORE_WHITESPACE
                        : BEFORE_SPACE_AFTER_TEXT;
            }
            if (endsWordsBeforeSpaces(preTokenizer)) {
                return BEFORE_SPACE_AFTER_TEXT;
            }
            if (!splitsSingleCharacters(preTokenizer)) {
                return NEVER;
            }
        }
        return NEVER;
    }

    /** The first cut in {@code (from, to)} of the text, at or behind {@code target}; {@code to} if there is none. */
    int next(byte[] utf8, int from, int to, int target) {
        if (this != NEVER) {
            for (int i = Math.max(target, from + 1); i < to; i++) {
                if (this == BEFORE_WHITESPACE
                        ? isWhitespace(utf8[i])
                        : utf8[i] == ' ' && utf8[i - 1] > ' ' && utf8[i - 1] < 0x7F) {
                    return i;
                }
            }
        }
        return to;
    }

    private static boolean isWhitespace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private static List<JsonNode> flatten(JsonNode component, String members) {
        if (component.isMissingNode() || component.isNull()) {
            return List.of();
        }
        if (!type(component).equals("Sequence")) {
            return List.of(component);
        }
        List<JsonNode> flat = new ArrayList<>();
        component.path(members).forEach(member -> flat.addAll(flatten(member, members)));
        return flat;
    }

    private static String type(JsonNode component) {
        return component.path("type").asText();
    }

    /** XLM-RoBERTa's: runs of spaces become one. */
    private static boolean joinsSpaces(JsonNode normalizer) {
        return type(normalizer).equals("Replace")
                && normalizer.path("pattern").path("Regex").asText().equals(" {2,}")
                && normalizer.path("content").asText().equals(" ");
    }

    private static boolean endsWordsBeforeSpaces(JsonNode preTokenizer) {
        return switch (type(preTokenizer)) {
            case "ByteLevel" -> preTokenizer.path("use_regex").asBoolean(true);
            case "Metaspace" ->
                preTokenizer.path("split").asBoolean(true)
                        && Set.of("always", "never")
                                .contains(preTokenizer.path("prepend_scheme").asText("always"));
            case "Split" -> isKnownSplit(preTokenizer);
            default -> false;
        };
    }

    static boolean isKnownSplit(JsonNode preTokenizer) {
        boolean inverted = preTokenizer.path("invert").asBoolean();
        return SPLIT_PATTERNS.contains(
                        preTokenizer.path("pattern").path("Regex").asText())
                && preTokenizer.path("behavior").asText().equals(inverted ? "Removed" : "Isolated");
    }

    private static boolean splitsSingleCharacters(JsonNode preTokenizer) {
        return type(preTokenizer).equals("Digits")
                || type(preTokenizer).equals("Punctuation")
                        && preTokenizer.path("behavior").asText("Isolated").equals("Isolated");
    }

    private static boolean addedTokenMayReachAcross(JsonNode addedTokens) {
        return StreamSupport.stream(addedTokens.spliterator(), false).anyMatch(token -> {
            String content = Normalizer.normalize(token.path("content").asText(), Normalizer.Form.NFKC);
            return token.path("rstrip").asBoolean() || content.chars().anyMatch(Character::isWhitespace);
        });
    }
}
