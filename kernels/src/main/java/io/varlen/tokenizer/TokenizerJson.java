package io.varlen.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.varlen.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A {@code tokenizer.json} that was read and checked in Java before the native library sees it.
 *
 * <p>The native library is Rust, and its panics abort the JVM, so whatever is known to make it panic is refused here: the
 * components by {@link ComponentCheck}, the vocabulary by this class. Both rest on the sources of tokenizers 0.21.
 *
 * @param name for messages
 * @param text the whole file
 * @param special derived from the post-processor and the padding rule of {@link SpecialTokens}
 * @param vocabularySize one more than the largest id
 * @param maxPartBytes the most bytes of text that the library can take at once
 * @param cuts where long texts may be cut without changing an id
 */
record TokenizerJson(
        String name, String text, SpecialTokens special, int vocabularySize, int maxPartBytes, TextCuts cuts) {

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    // the table of names takes a large vocabulary for an attack
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    /** What models call these two where no tokenizer_config.json says so, in the order of preference. */
    private static final List<String> PAD_TOKENS = List.of("[PAD]", "<pad>", "<|pad|>", "<|padding|>", "<PAD>");

    private static final List<String> EOS_TOKENS =
            List.of("</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>", "[EOS]", "<|im_end|>");

    static TokenizerJson parse(TokenizerSource source) {
        return new Reader(source).read();
    }

    private static final class Reader {
        private final TokenizerSource source;
        private final String text;
        private final Map<String, Integer> idsOfNames = new HashMap<>();
        private int vocabularySize;

        Reader(TokenizerSource source) {
            this.source = source;
            this.text = utf8(source.json(), source.name());
        }

        TokenizerJson read() {
            ObjectNode root = parsing(source.name(), this::readAllButVocabulary);
            ObjectNode config = source.configJson() == null ? MAPPER.createObjectNode() : readConfig();
            String configuredPad = tokenName(config, "pad_token");
            String configuredEos = tokenName(config, "eos_token");
            wanted(configuredPad, configuredEos).forEach(token -> idsOfNames.put(token, -1));

            JsonNode model = object(root, "model");
            checkModel(model);
            String prefix = model.path("continuing_subword_prefix").asText("");
            parsing(source.name(), () -> readVocabulary(prefix));
            readAddedTokens(root.path("added_tokens"));
            if (vocabularySize == 0) {
                throw refused("its vocabulary is empty");
            }

            ComponentCheck check = new ComponentCheck(source.name());
            check.normalizer(root.path("normalizer"));
            check.preTokenizer(root.path("pre_tokenizer"));
            check.decoder(root.path("decoder"));
            SpecialTokens template = PostProcessor.parse(source.name(), root.path("post_processor"), vocabularySize);
            int padId = padId(configuredPad, configuredEos, root.path("padding").path("pad_id"));
            return new TokenizerJson(
                    source.name(),
                    text,
                    new SpecialTokens(template.prefix(), template.suffix(), padId),
                    vocabularySize,
                    check.maxPartBytes(),
                    TextCuts.of(root));
        }

        /** The top-level object with {@code model.vocab} and {@code model.merges}, which may be huge, left out. */
        private ObjectNode readAllButVocabulary() throws IOException {
            ObjectNode root = MAPPER.createObjectNode();
            try (JsonParser parser = MAPPER.createParser(text)) {
                expect(parser.nextToken() == JsonToken.START_OBJECT, "it is no JSON object");
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String field = parser.currentName();
                    parser.nextToken();
                    root.set(field, field.equals("model") ? readModel(parser) : parser.readValueAsTree());
                }
                expect(parser.nextToken() == null, "something follows the JSON object");
            }
            return root;
        }

        private JsonNode readModel(JsonParser parser) throws IOException {
            expect(parser.currentToken() == JsonToken.START_OBJECT, "its model is no object");
            ObjectNode model = MAPPER.createObjectNode();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals("vocab") || field.equals("merges")) {
                    expect(value.isStructStart(), "its model." + field + " is neither object nor array");
                    parser.skipChildren();
                } else {
                    model.set(field, parser.readValueAsTree());
                }
            }
            return model;
        }

        private void checkModel(JsonNode model) {
            if (model.path("dropout").asDouble(0) != 0) {
                throw refused(
                        "its model has dropout " + model.path("dropout") + ", so that ids are random; set it to null");
            }
            JsonNode prefix = model.path("continuing_subword_prefix");
            expect(
                    prefix.isMissingNode() || prefix.isNull() || prefix.isTextual(),
                    "its model.continuing_subword_prefix is no string");
        }

        private Void readVocabulary(String prefix) throws IOException {
            try (JsonParser parser = MAPPER.createParser(text)) {
                parser.nextToken();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    boolean model = parser.currentName().equals("model");
                    parser.nextToken();
                    if (!model) {
                        parser.skipChildren();
                        continue;
                    }
                    while (parser.nextToken() == JsonToken.FIELD_NAME) {
                        String field = parser.currentName();
                        JsonToken value = parser.nextToken();
                        if (field.equals("vocab") && value == JsonToken.START_OBJECT) {
                            readVocabularyMap(parser);
                        } else if (field.equals("vocab")) {
                            readVocabularyList(parser);
                        } else if (field.equals("merges") && !prefix.isEmpty()) {
                            checkMerges(parser, prefix);
                        } else {
                            parser.skipChildren();
                        }
                    }
                }
            }
            return null;
        }

        /** Token to id, as BPE, WordPiece and WordLevel have it. */
        private void readVocabularyMap(JsonParser parser) throws IOException {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String token = parser.currentName();
                expect(
                        parser.nextToken() == JsonToken.VALUE_NUMBER_INT,
                        "the id of vocabulary entry '" + token + "' is no integer");
                see(token, parser.getLongValue());
            }
        }

        /** A list of (token, score), the position being the id, as Unigram has it. */
        private void readVocabularyList(JsonParser parser) throws IOException {
            for (int id = 0; parser.nextToken() != JsonToken.END_ARRAY; id++) {
                boolean pair = parser.currentToken() == JsonToken.START_ARRAY;
                boolean text = pair && parser.nextToken() == JsonToken.VALUE_STRING;
                String token = parser.getText();
                boolean number = text && parser.nextToken().isNumeric();
                // the best path is found by comparing sums of scores, which must not become infinite or NaN
                boolean sane = number && Math.abs(parser.getDoubleValue()) <= 1e6;
                expect(
                        text && sane && parser.nextToken() == JsonToken.END_ARRAY,
                        "vocabulary entry " + id + " is no pair of a string and a score within ±1e6");
                see(token, id);
            }
        }

        /** The library cuts {@code prefix} off each merge's right token without looking whether it is there. */
        private void checkMerges(JsonParser parser, String prefix) throws IOException {
            expect(parser.currentToken() == JsonToken.START_ARRAY, "its model.merges is no array");
            for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
                String right;
                if (parser.currentToken() == JsonToken.START_ARRAY) {
                    parser.nextToken();
                    right = parser.nextTextValue();
                    expect(parser.nextToken() == JsonToken.END_ARRAY, "merge " + i + " is no pair");
                } else {
                    right = parser.getText().substring(parser.getText().indexOf(' ') + 1);
                }
                expect(
                        right != null && right.startsWith(prefix),
                        "the right token of merge " + i + " does not start with the model's continuing_subword_prefix '"
                                + prefix + "'");
            }
        }

        private void readAddedTokens(JsonNode added) {
            for (JsonNode token : added) {
                JsonNode content = token.path("content");
                expect(
                        content.isTextual() && token.path("id").isIntegralNumber(),
                        "an entry of added_tokens has no string 'content' or no integer 'id'");
                idsOfNames.put(content.asText(), -1);
                see(content.asText(), token.path("id").asLong());
            }
        }

        private void see(String token, long id) {
            expect(
                    id >= 0 && id < Integer.MAX_VALUE,
                    "the id of '" + token + "' is " + id + ", not an int32 from 0 on");
            vocabularySize = Math.max(vocabularySize, (int) id + 1);
            idsOfNames.computeIfPresent(token, (t, before) -> (int) id);
        }

        private int padId(String configuredPad, String configuredEos, JsonNode paddingId) {
            Stream<Integer> pad = Stream.concat(
                    idOf(configuredPad),
                    Stream.concat(
                            paddingId.isInt() && paddingId.asInt() >= 0 && paddingId.asInt() < vocabularySize
                                    ? Stream.of(paddingId.asInt())
                                    : Stream.empty(),
                            PAD_TOKENS.stream().flatMap(this::idOf)));
            Stream<Integer> eos =
                    Stream.concat(idOf(configuredEos), EOS_TOKENS.stream().flatMap(this::idOf));
            return Stream.concat(pad, eos).findFirst().orElse(0);
        }

        private Stream<Integer> idOf(String token) {
            int id = token == null ? -1 : idsOfNames.getOrDefault(token, -1);
            return id < 0 ? Stream.empty() : Stream.of(id);
        }

        private static Stream<String> wanted(String... configured) {
            return Stream.concat(
                    Stream.of(configured).filter(Objects::nonNull),
                    Stream.concat(PAD_TOKENS.stream(), EOS_TOKENS.stream()));
        }

        private ObjectNode readConfig() {
            String name = configName();
            JsonNode config = parsing(name, () -> MAPPER.readTree(utf8(source.configJson(), name)));
            if (!config.isObject()) {
                throw new InvalidInputException(name + ": it is no JSON object");
            }
            return (ObjectNode) config;
        }

        /** A token of tokenizer_config.json: a string, or an object with the string as {@code content}; null if absent. */
        private String tokenName(ObjectNode config, String field) {
            JsonNode token = config.path(field);
            JsonNode content = token.isObject() ? token.path("content") : token;
            if (content.isMissingNode() && !token.isObject() || content.isNull()) {
                return null;
            }
            if (!content.isTextual()) {
                throw new InvalidInputException(configName() + ": its " + field + " is no string");
            }
            return content.asText();
        }

        private String configName() {
            return "the tokenizer_config.json beside " + source.name();
        }

        private JsonNode object(ObjectNode root, String field) {
            expect(root.path(field).isObject(), "it has no object '" + field + "'");
            return root.get(field);
        }

        private void expect(boolean right, String wrong) {
            if (!right) {
                throw refused(wrong);
            }
        }

        private InvalidInputException refused(String why) {
            return new InvalidInputException(source.name() + " is not a usable tokenizer.json: " + why);
        }
    }

    private interface JsonReading<T> {
        T read() throws IOException;
    }

    private static <T> T parsing(String name, JsonReading<T> reading) {
        try {
            return reading.read();
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new InvalidInputException(
                    name + " is not valid JSON" + where + ": "
                            + e.getOriginalMessage().replaceAll("\\s+", " "),
                    e);
        } catch (IOException e) {
            throw new InvalidInputException(name + " cannot be read: " + e, e);
        }
    }

    private static String utf8(byte[] bytes, String name) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidInputException(name + " is not UTF-8: " + e.getMessage(), e);
        }
    }
}
