package io.varlen.tokenizer.internal.description;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the {@code model}; its vocabulary and merges are streamed, being large. */
final class ModelReader {
    private final ObjectNode small = JsonNodeFactory.instance.objectNode();
    private Map<String, Integer> vocabulary;
    private List<String> scoredTokens;
    private double[] scores;
    private List<String> lefts;
    private List<String> rights;

    private ModelReader() {}

    /** @param parser stands at the object's first token, and is left at its last one */
    static ModelSpec read(JsonParser parser) throws IOException {
        DescriptionReader.require(parser.currentToken() == JsonToken.START_OBJECT, "a model that is no JSON object");
        ModelReader reader = new ModelReader();
        reader.readFields(parser);
        return reader.toSpec();
    }

    private void readFields(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("vocab") && value == JsonToken.START_OBJECT) {
                readVocabulary(parser);
            } else if (field.equals("vocab") && value == JsonToken.START_ARRAY) {
                readScoredTokens(parser);
            } else if (field.equals("merges") && value == JsonToken.START_ARRAY) {
                readMerges(parser);
            } else {
                small.set(field, parser.<JsonNode>readValueAsTree());
            }
        }
    }

    private void readVocabulary(JsonParser parser) throws IOException {
        vocabulary = new HashMap<>();
        Set<Integer> ids = new HashSet<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String token = parser.currentName();
            boolean integer = parser.nextToken() == JsonToken.VALUE_NUMBER_INT;
            DescriptionReader.require(
                    integer && parser.getLongValue() >= 0 && parser.getLongValue() < Integer.MAX_VALUE,
                    "an id of the vocabulary that is no int32 from 0 on: '" + token + "'");
            vocabulary.put(token, parser.getIntValue());
            DescriptionReader.require(
                    ids.add(parser.getIntValue()), "the id " + parser.getIntValue() + " twice in the vocabulary");
        }
    }

    private void readScoredTokens(JsonParser parser) throws IOException {
        scoredTokens = new ArrayList<>();
        scores = new double[1024];
        while (parser.nextToken() == JsonToken.START_ARRAY) {
            String token = parser.nextTextValue();
            boolean number = parser.nextToken().isNumeric();
            DescriptionReader.require(token != null && number, "a vocabulary entry that is no pair of token and score");
            if (scoredTokens.size() == scores.length) {
                scores = Arrays.copyOf(scores, 2 * scores.length);
            }
            scores[scoredTokens.size()] = Scores.parse(parser.getText());
            scoredTokens.add(token);
            DescriptionReader.require(parser.nextToken() == JsonToken.END_ARRAY, "a vocabulary entry of three values");
        }
        DescriptionReader.require(
                parser.currentToken() == JsonToken.END_ARRAY, "a vocabulary entry that is no pair of token and score");
    }

    /** Pairs, or before tokenizers 0.20 strings with one space between the two tokens. */
    private void readMerges(JsonParser parser) throws IOException {
        lefts = new ArrayList<>();
        rights = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_ARRAY) {
                addMerge(parser.nextTextValue(), parser.nextTextValue());
                DescriptionReader.require(parser.nextToken() == JsonToken.END_ARRAY, "a merge of three tokens");
            } else {
                addMerge(parser);
            }
        }
    }

    private void addMerge(JsonParser parser) throws IOException {
        DescriptionReader.require(parser.currentToken() == JsonToken.VALUE_STRING, "a merge that is no string");
        String merge = parser.getText();
        // the header of a merges.txt, which the library skips wherever it stands
        if (!merge.startsWith("#version")) {
            int space = merge.indexOf(' ');
            DescriptionReader.require(
                    space >= 0 && space == merge.lastIndexOf(' '), "the merge '" + merge + "', which is no pair");
            addMerge(merge.substring(0, space), merge.substring(space + 1));
        }
    }

    private void addMerge(String left, String right) {
        DescriptionReader.require(left != null && right != null, "a merge that is no pair of strings");
        lefts.add(left);
        rights.add(right);
    }

    private ModelSpec toSpec() {
        // files from before tokenizers 0.9 do not say the type
        if (!small.has("type") && lefts != null) {
            small.put("type", "BPE");
        }
        Component model = Component.typed("model", small);
        ModelSpec spec =
                switch (model.type()) {
                    case "BPE" -> bpe(model);
                    case "WordPiece" -> wordPiece(model);
                    case "WordLevel" -> {
                        requireVocabulary(vocabulary != null);
                        yield new ModelSpec.WordLevel(vocabulary, model.string("unk_token"));
                    }
                    case "Unigram" -> unigram(model);
                    default -> throw new UnsupportedConstructException(model.where());
                };
        model.done();
        return spec;
    }

    private ModelSpec bpe(Component model) {
        requireVocabulary(vocabulary != null && lefts != null);
        double dropout = model.any("dropout").asDouble(0);
        DescriptionReader.require(dropout == 0, "model BPE with dropout " + dropout);
        return new ModelSpec.Bpe(
                vocabulary,
                lefts.toArray(new String[0]),
                rights.toArray(new String[0]),
                model.has("unk_token") ? model.string("unk_token") : nothing(model, "unk_token", null),
                optional(model, "continuing_subword_prefix"),
                optional(model, "end_of_word_suffix"),
                model.bool("fuse_unk", false),
                model.bool("byte_fallback", false),
                model.bool("ignore_merges", false));
    }

    private static String optional(Component model, String field) {
        return model.has(field) ? model.string(field) : nothing(model, field, "");
    }

    /** Marks an absent or null field as known. */
    private static String nothing(Component model, String field, String value) {
        model.any(field);
        return value;
    }

    private ModelSpec wordPiece(Component model) {
        requireVocabulary(vocabulary != null);
        return new ModelSpec.WordPiece(
                vocabulary,
                model.string("unk_token"),
                model.string("continuing_subword_prefix"),
                model.integer("max_input_chars_per_word"));
    }

    private ModelSpec unigram(Component model) {
        requireVocabulary(scoredTokens != null);
        boolean unk = model.has("unk_id");
        int unkId = unk ? model.integer("unk_id") : -1;
        model.any("unk_id");
        return new ModelSpec.Unigram(
                scoredTokens.toArray(new String[0]),
                Arrays.copyOf(scores, scoredTokens.size()),
                unkId,
                model.bool("byte_fallback", false));
    }

    private void requireVocabulary(boolean present) {
        DescriptionReader.require(present, "model " + small.path("type").asText() + " without vocabulary");
    }
}
