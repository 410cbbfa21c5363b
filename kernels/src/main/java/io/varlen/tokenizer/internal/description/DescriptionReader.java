package io.varlen.tokenizer.internal.description;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a {@code tokenizer.json}.
 *
 * <p>Strict: a component, field or value that is not known here is refused, because it could change ids. What does not
 * change ids of a text alone is skipped: {@code truncation}, {@code padding}, {@code post_processor}.
 */
public final class DescriptionReader {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    // the table of names takes a large vocabulary for an attack
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(64 << 20)
                            .build())
                    .build())
            .build();

    private DescriptionReader() {}

    /**
     * Reads the bytes of a file.
     *
     * @throws UnsupportedConstructException if something in it is not known
     */
    public static TokenizerDescription read(byte[] json) {
        try (JsonParser parser = MAPPER.createParser(json)) {
            return read(parser);
        } catch (IOException e) {
            throw new UnsupportedConstructException("JSON that cannot be read ("
                    + e.getMessage().lines().findFirst().orElse("") + ")");
        }
    }

    private static TokenizerDescription read(JsonParser parser) throws IOException {
        ObjectNode small = MAPPER.createObjectNode();
        ModelSpec model = null;
        require(parser.nextToken() == JsonToken.START_OBJECT, "a file that is no JSON object");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "model" -> model = ModelReader.read(parser);
                case "version", "added_tokens", "normalizer", "pre_tokenizer", "decoder" ->
                    small.set(field, parser.readValueAsTree());
                case "truncation", "padding", "post_processor" -> parser.skipChildren();
                default -> throw new UnsupportedConstructException("the top-level field '" + field + "'");
            }
        }
        require(small.path("version").asText().equals("1.0"), "version " + small.path("version"));
        require(model != null, "a file without model");
        return new TokenizerDescription(
                addedTokens(small.path("added_tokens")),
                small.hasNonNull("normalizer") ? NormalizerReader.read(small.get("normalizer")) : null,
                small.hasNonNull("pre_tokenizer") ? PreTokenizerReader.read(small.get("pre_tokenizer")) : null,
                model,
                small.hasNonNull("decoder") ? DecoderReader.read(small.get("decoder")) : null);
    }

    private static List<AddedTokenSpec> addedTokens(JsonNode list) {
        require(list.isArray() || list.isMissingNode(), "added_tokens that are no array");
        List<AddedTokenSpec> tokens = new ArrayList<>();
        for (JsonNode node : list) {
            Component token = Component.untyped("added_tokens", node);
            tokens.add(new AddedTokenSpec(
                    token.integer("id"),
                    token.string("content"),
                    token.bool("single_word"),
                    token.bool("lstrip"),
                    token.bool("rstrip"),
                    token.bool("normalized"),
                    token.bool("special")));
            token.done();
        }
        return tokens;
    }

    static void require(boolean known, String construct) {
        if (!known) {
            throw new UnsupportedConstructException(construct);
        }
    }

    static JsonNode orNull(JsonNode node) {
        return node == null ? NullNode.getInstance() : node;
    }
}
