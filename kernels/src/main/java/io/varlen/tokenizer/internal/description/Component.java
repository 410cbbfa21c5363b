package io.varlen.tokenizer.internal.description;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;

/** One JSON object whose fields must all be asked for, and have the type asked for. */
final class Component {
    private final String where;
    private final JsonNode node;
    private final Set<String> asked = new HashSet<>();

    private Component(String where, JsonNode node) {
        this.where = where;
        this.node = node;
        DescriptionReader.require(node.isObject(), where + " that is no JSON object");
    }

    static Component untyped(String where, JsonNode node) {
        return new Component(where, node);
    }

    /** An object with a field {@code type}. */
    static Component typed(String where, JsonNode node) {
        Component component = new Component(where, node);
        String type = component.string("type");
        Component named = new Component(where + " " + type, node);
        named.asked.add("type");
        return named;
    }

    String type() {
        return node.path("type").asText();
    }

    /** A description for messages, e.g. {@code pre_tokenizer Split}. */
    String where() {
        return where;
    }

    boolean has(String field) {
        return node.hasNonNull(field);
    }

    JsonNode any(String field) {
        asked.add(field);
        return DescriptionReader.orNull(node.get(field));
    }

    String string(String field) {
        JsonNode value = any(field);
        DescriptionReader.require(value.isTextual(), bad(field));
        return value.asText();
    }

    /** A string of one character. */
    int codePoint(String field) {
        String value = string(field);
        DescriptionReader.require(value.codePointCount(0, value.length()) == 1, bad(field));
        return value.codePointAt(0);
    }

    boolean bool(String field) {
        JsonNode value = any(field);
        DescriptionReader.require(value.isBoolean(), bad(field));
        return value.asBoolean();
    }

    /** @param absent the value if there is none, or null */
    boolean bool(String field, boolean absent) {
        return has(field) ? bool(field) : any(field).asBoolean(absent);
    }

    int integer(String field) {
        JsonNode value = any(field);
        DescriptionReader.require(value.isInt() && value.asInt() >= 0, bad(field));
        return value.asInt();
    }

    Iterable<JsonNode> array(String field) {
        JsonNode value = any(field);
        DescriptionReader.require(value.isArray(), bad(field));
        return value;
    }

    /** {@code {"String": …}} or {@code {"Regex": …}}. */
    PatternSpec pattern(String field) {
        JsonNode value = any(field);
        for (String kind : new String[] {"String", "Regex"}) {
            if (value.size() == 1 && value.path(kind).isTextual()) {
                return new PatternSpec(kind.equals("Regex"), value.get(kind).asText());
            }
        }
        throw new UnsupportedConstructException(bad(field));
    }

    SplitBehavior behavior(String field) {
        return switch (string(field)) {
            case "Removed" -> SplitBehavior.REMOVED;
            case "Isolated" -> SplitBehavior.ISOLATED;
            case "MergedWithPrevious" -> SplitBehavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> SplitBehavior.MERGED_WITH_NEXT;
            case "Contiguous" -> SplitBehavior.CONTIGUOUS;
            default -> throw new UnsupportedConstructException(bad(field));
        };
    }

    PreTokenizerSpec.PrependScheme prependScheme() {
        PreTokenizerSpec.PrependScheme scheme = !node.has("prepend_scheme")
                ? PreTokenizerSpec.PrependScheme.ALWAYS
                : switch (string("prepend_scheme")) {
                    case "always" -> PreTokenizerSpec.PrependScheme.ALWAYS;
                    case "first" -> PreTokenizerSpec.PrependScheme.FIRST;
                    case "never" -> PreTokenizerSpec.PrependScheme.NEVER;
                    default -> throw new UnsupportedConstructException(bad("prepend_scheme"));
                };
        // files from before prepend_scheme say add_prefix_space; together they must agree
        boolean prefix = bool("add_prefix_space", true);
        DescriptionReader.require(prefix || scheme == PreTokenizerSpec.PrependScheme.NEVER, bad("add_prefix_space"));
        return scheme;
    }

    /** Checks that every field was asked for. */
    void done() {
        for (Iterator<String> fields = node.fieldNames(); fields.hasNext(); ) {
            String field = fields.next();
            DescriptionReader.require(asked.contains(field), where + " with the field '" + field + "'");
        }
    }

    private String bad(String field) {
        return where + " with " + field + " " + DescriptionReader.orNull(node.get(field));
    }
}
