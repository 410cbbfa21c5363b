package io.varlen.tokenizer.internal.added;

import io.varlen.tokenizer.internal.Model;
import io.varlen.tokenizer.internal.Normalizer;
import io.varlen.tokenizer.internal.TokenTable;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.description.AddedTokenSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The added tokens of a tokenizer.
 *
 * @param raw cuts text as it is given; null if no token asks for that
 * @param normalized cuts normalized text; null if no token asks for that
 * @param contents the string of each id
 * @param special the ids that a decoder leaves out when it skips special tokens
 */
public record AddedTokens(
        AddedTokenSplitter raw, AddedTokenSplitter normalized, Map<Integer, String> contents, Set<Integer> special) {
    /** None. */
    public static final AddedTokens NONE = new AddedTokens(null, null, Map.of(), Set.of());

    /** One more than the largest id that text can become; 0 if it can become none. */
    public int vocabularySize() {
        return raw == null && normalized == null ? 0 : 1 + Collections.max(contents.keySet());
    }

    /**
     * Reads them as Hugging Face's tokenizers do. Those give a token the id that the model has for it, and the next free id
     * else, whatever the file says.
     *
     * @param normalizer null if there is none
     * @throws UnsupportedConstructException if the file says other ids than these, or one string would be two tokens, or
     *     two strings one id
     */
    public static AddedTokens of(List<AddedTokenSpec> specs, Model model, Normalizer normalizer) {
        Map<String, AddedTokenSpec> byContent = new LinkedHashMap<>();
        Map<String, Integer> idsOfModel = idsOfModel(model);
        int next = (int) IntStream.range(0, model.vocabularySize())
                .filter(id -> model.token(id) != null)
                .count();
        for (AddedTokenSpec spec : specs) {
            AddedTokenSpec same = byContent.put(spec.content(), spec);
            Integer known = same == null ? idsOfModel.get(spec.content()) : Integer.valueOf(same.id());
            int id = known == null ? next++ : known;
            require(id == spec.id(), spec, "the id " + spec.id() + ", to which the library gives " + id);
        }
        Map<Integer, String> contents = new HashMap<>();
        for (AddedTokenSpec spec : byContent.values()) {
            String same = contents.put(spec.id(), spec.content());
            require(same == null, spec, "the id of '" + same + "', which the library then forgets");
        }
        List<AddedTokenSpec> tokens = List.copyOf(byContent.values());
        Set<Integer> special = tokens.stream()
                .filter(AddedTokenSpec::special)
                .map(AddedTokenSpec::id)
                .collect(Collectors.toUnmodifiableSet());
        return new AddedTokens(splitter(tokens, false, null), splitter(tokens, true, normalizer), contents, special);
    }

    private static Map<String, Integer> idsOfModel(Model model) {
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < model.vocabularySize(); id++) {
            byte[] token = model.token(id);
            if (token != null) {
                ids.put(new String(token, StandardCharsets.UTF_8), id);
            }
        }
        return ids;
    }

    private static AddedTokenSplitter splitter(List<AddedTokenSpec> tokens, boolean normalized, Normalizer normalizer) {
        Map<byte[], Integer> numbers = new HashMap<>();
        Set<String> distinct = new HashSet<>();
        for (int i = 0; i < tokens.size(); i++) {
            AddedTokenSpec token = tokens.get(i);
            if (token.normalized() == normalized) {
                byte[] pattern = normalize(TokenTable.utf8(token.content()), normalizer);
                require(pattern.length > 0, token, "nothing to look for");
                require(distinct.add(Arrays.toString(pattern)), token, "the same text as another one");
                numbers.put(pattern, i);
            }
        }
        return numbers.isEmpty() ? null : new AddedTokenSplitter(numbers, tokens);
    }

    private static byte[] normalize(byte[] content, Normalizer normalizer) {
        if (normalizer == null || normalizer.keeps(content, 0, content.length)) {
            return content;
        }
        Utf8Text text = Utf8Text.wrap(content, 0, content.length, false);
        Utf8Text normalized = text.derive();
        normalizer.normalize(text, 0, content.length, normalized);
        return Arrays.copyOfRange(normalized.bytes, normalized.start, normalized.end);
    }

    private static void require(boolean known, AddedTokenSpec token, String construct) {
        if (!known) {
            throw new UnsupportedConstructException("the added token '" + token.content() + "' with " + construct);
        }
    }
}
