package io.varlen.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.varlen.InvalidInputException;
import java.io.IOException;

/**
 * An untrusted JSON document and where it comes from. Depth, number lengths and string lengths are bounded by Jackson's
 * defaults, and a key that comes twice is an error.
 *
 * @param name the file, for messages
 */
record JsonFile(String name, JsonNode root) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    /** @throws InvalidInputException if the bytes are no JSON document */
    static JsonFile parse(String name, byte[] bytes) {
        try {
            return new JsonFile(name, MAPPER.readTree(bytes));
        } catch (JsonProcessingException e) {
            throw new InvalidInputException(name + " is not valid JSON: " + oneLine(e), e);
        } catch (IOException e) {
            throw new InvalidInputException(name + " is not valid JSON: " + e.getMessage(), e);
        }
    }

    /** Stands for a file that is not there. */
    static JsonFile empty(String name) {
        return new JsonFile(name, MAPPER.createObjectNode());
    }

    /** The document as an object. */
    JsonNode object() {
        if (!root.isObject()) {
            throw wrong("it must be a JSON object");
        }
        return root;
    }

    /** An integer within bounds. */
    int integer(String key, int min, int max) {
        JsonNode value = object().get(key);
        if (value == null || value.isNull()) {
            throw wrong("'" + key + "' is missing");
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            throw wrong("'" + key + "' is " + excerpt(value) + "; it must be an integer from " + min + " to " + max);
        }
        return value.intValue();
    }

    /** The same, where the key may be missing or null. */
    int integer(String key, int min, int max, int otherwise) {
        return absent(key) ? otherwise : integer(key, min, max);
    }

    /** A number within bounds, where the key may be missing or null. */
    double number(String key, double min, double max, double otherwise) {
        return absent(key) ? otherwise : number(key, min, max);
    }

    /** A number within bounds. */
    double number(String key, double min, double max) {
        if (absent(key)) {
            throw wrong("'" + key + "' is missing");
        }
        JsonNode value = object().get(key);
        double number = value.doubleValue();
        if (!value.isNumber() || !(number >= min && number <= max)) {
            throw wrong("'" + key + "' is " + excerpt(value) + "; it must be a number from " + min + " to " + max);
        }
        return number;
    }

    boolean flag(String key) {
        if (absent(key)) {
            return false;
        }
        JsonNode value = object().get(key);
        if (!value.isBoolean()) {
            throw wrong("'" + key + "' is " + excerpt(value) + "; it must be true or false");
        }
        return value.booleanValue();
    }

    /** A string; null where the key is missing or null. */
    String text(String key) {
        if (absent(key)) {
            return null;
        }
        JsonNode value = object().get(key);
        if (!value.isTextual()) {
            throw wrong("'" + key + "' is " + excerpt(value) + "; it must be a string");
        }
        return value.textValue();
    }

    /** The object below a key, empty where the key is missing or null; it names itself in messages. */
    JsonFile child(String key) {
        if (absent(key)) {
            return empty(name);
        }
        JsonNode value = object().get(key);
        if (!value.isObject()) {
            throw wrong("'" + key + "' is " + excerpt(value) + "; it must be a JSON object");
        }
        return new JsonFile(name + ": '" + key + "'", value);
    }

    boolean absent(String key) {
        return object().path(key).isMissingNode() || object().path(key).isNull();
    }

    InvalidInputException wrong(String what) {
        return new InvalidInputException(name + ": " + what);
    }

    /** A value of the file as it may stand in a message: one short line. */
    static String excerpt(JsonNode value) {
        return excerpt(value.isContainerNode() ? "a JSON " + value.getNodeType() : value.toString());
    }

    /** Text of the file as it may stand in a message: one short line. */
    static String excerpt(String text) {
        String line = text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?");
        return line.length() <= 80 ? line : line.substring(0, 80) + "…";
    }

    private static String oneLine(JsonProcessingException e) {
        String where =
                e.getLocation() == null ? "" : ", at byte " + e.getLocation().getByteOffset();
        return excerpt(e.getOriginalMessage()) + where;
    }
}
