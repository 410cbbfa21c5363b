package io.varlen.spark.input;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.varlen.spark.input.DocumentColumns.Kind;
import io.varlen.spark.internal.Utf8;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** {@link InputFormat#JSONL}: one JSON object per line, checked to its end. */
final class JsonLineReader extends LineReader {
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final DocumentColumns columns;
    private final String idColumn;
    private boolean sawIdColumn;

    JsonLineReader(InputSplit split, InputOptions options, Configuration hadoop) throws IOException {
        super(split, hadoop);
        this.columns = options.columns();
        this.idColumn = options.effectiveIdColumn();
    }

    @Override
    boolean sawIdColumn() {
        return sawIdColumn;
    }

    @Override
    protected InputRecord record(LineScanner line) {
        if (line.isBlank()) {
            return null;
        }
        byte[] bytes = line.line().array();
        int length = (int) line.length();
        int invalid = Utf8.firstInvalid(bytes, length);
        if (invalid >= 0) {
            return bad(line.start() + invalid, null, invalidUtf8(bytes[invalid]));
        }
        for (int i = 0; i < length; i++) {
            // a parser would take bytes with NULs for UTF-16 or UTF-32
            if (bytes[i] == 0) {
                return bad(line.start() + i, null, "malformed JSON: a NUL byte");
            }
        }
        Fields fields = new Fields(line.start());
        try (JsonParser json = JSON.createParser(bytes, 0, length)) {
            fields.read(json);
        } catch (JsonProcessingException e) {
            long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
            return bad(line.start() + at, fields.id, "malformed JSON: " + oneLine(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new IllegalStateException("an array in memory cannot fail to be read", e);
        }
        sawIdColumn |= fields.hasId;
        return fields.toRecord();
    }

    private static String oneLine(String message) {
        return message.replaceFirst(" \\(start marker at .*", "").replaceAll("\\s+", " ");
    }

    /** What matters of one object: the two values, and the first thing that is wrong with them. */
    private final class Fields {
        private final long start;
        private final List<String> keys = new ArrayList<>();
        private final byte[][] parts = new byte[columns.names().size()][];
        private final boolean[] hasPart = new boolean[parts.length];
        private String id;
        private boolean hasId;
        private long wrongAt;
        private String wrong;

        Fields(long start) {
            this.start = start;
        }

        void read(JsonParser json) throws IOException {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                wrong(json, "the line is no JSON object");
                return;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                json.nextToken();
                int part = columns.names().indexOf(key);
                if (part >= 0) {
                    readPart(json, key, part);
                } else if (key.equals(idColumn)) {
                    readId(json);
                } else {
                    keys.add(key);
                }
                json.skipChildren();
            }
            if (json.nextToken() != null) {
                wrong(json, "there is more than one JSON value on the line");
            }
        }

        InputRecord toRecord() {
            for (int part = 0; wrong == null && part < parts.length; part++) {
                if (!hasPart[part]) {
                    wrong = "there is no key '" + columns.names().get(part) + "'; the record has " + quoted();
                }
            }
            if (wrong == null && columns.kind() == Kind.TOKENS && columns.masked()) {
                wrong = DocumentContent.mismatch(columns, parts[0], parts[1]);
            }
            return wrong == null
                    ? new Document(id, file.source(), content(), file.path(), start)
                    : bad(start + wrongAt, id, wrong);
        }

        private byte[] content() {
            return columns.kind() == Kind.TEXT
                    ? parts[0]
                    : DocumentContent.of(parts[0], parts.length == 1 ? null : parts[1]);
        }

        private void readPart(JsonParser json, String key, int part) throws IOException {
            if (hasPart[part]) {
                wrong(json, "the key '" + key + "' is there twice");
            }
            hasPart[part] = true;
            parts[part] = columns.kind() == Kind.TOKENS ? numbers(json, key, part == 1) : utf8(json, key);
        }

        private byte[] utf8(JsonParser json, String key) throws IOException {
            String value = string(json, key, json.currentToken() == JsonToken.VALUE_STRING, "a string");
            return value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        }

        private byte[] numbers(JsonParser json, String key, boolean mask) throws IOException {
            if (json.currentToken() != JsonToken.START_ARRAY) {
                wrong(json, wrongKind(json, key, "an array of whole numbers"));
                return null;
            }
            DocumentContent.Numbers numbers = new DocumentContent.Numbers(mask);
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
                        && json.getNumberType() != NumberType.BIG_INTEGER) {
                    numbers.add(json.getLongValue());
                } else {
                    numbers.wrong("holds " + kind(json.currentToken()) + "; it must hold small whole numbers");
                    json.skipChildren();
                }
                if (numbers.wrong() != null) {
                    wrong(json, "the value of '" + key + "' " + numbers.wrong());
                }
            }
            return numbers.bytes();
        }

        private void readId(JsonParser json) throws IOException {
            if (hasId) {
                wrong(json, "the key '" + idColumn + "' is there twice");
            }
            hasId = true;
            JsonToken token = json.currentToken();
            id = string(json, idColumn, token == JsonToken.VALUE_STRING || token.isNumeric(), "a string or a number");
        }

        private String string(JsonParser json, String key, boolean right, String what) throws IOException {
            if (!right) {
                wrong(json, wrongKind(json, key, what));
                return null;
            }
            String value = json.getText();
            if (Utf8.firstLoneSurrogate(value) >= 0) {
                wrong(
                        json,
                        "the value of '" + key + "' has a \\u escape of half a surrogate pair, which is no character");
                return null;
            }
            return value;
        }

        private static String wrongKind(JsonParser json, String key, String right) {
            return "the value of '" + key + "' is " + kind(json.currentToken()) + "; it must be " + right;
        }

        private void wrong(JsonParser json, String what) {
            if (wrong == null) {
                wrong = what;
                wrongAt = Math.max(0, json.currentTokenLocation().getByteOffset());
            }
        }

        private String quoted() {
            return keys.isEmpty() && !hasId
                    ? "no keys"
                    : "the keys " + String.join(", ", keys) + (hasId ? (keys.isEmpty() ? "" : ", ") + idColumn : "");
        }
    }

    private static String kind(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NULL -> "null";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "a number";
        };
    }
}
