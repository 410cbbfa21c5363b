package io.varlen.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.InvalidInputException;
import java.util.ArrayList;
import java.util.List;

/** Reads which special tokens the {@code post_processor} of a {@code tokenizer.json} puts around one text. */
final class PostProcessor {
    private static final SpecialTokens NONE = new SpecialTokens(new int[0], new int[0], 0);

    private final String name;
    private final int vocabularySize;

    private PostProcessor(String name, int vocabularySize) {
        this.name = name;
        this.vocabularySize = vocabularySize;
    }

    /**
     * The prefix and the suffix; the padding id is left 0.
     *
     * @throws InvalidInputException if the result is not prefix, text, suffix
     */
    static SpecialTokens parse(String name, JsonNode postProcessor, int vocabularySize) {
        return new PostProcessor(name, vocabularySize).parse(postProcessor);
    }

    private SpecialTokens parse(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return NONE;
        }
        return switch (node.path("type").asText()) {
            case "ByteLevel" -> NONE;
            case "BertProcessing", "RobertaProcessing" ->
                new SpecialTokens(new int[] {pairId(node, "cls")}, new int[] {pairId(node, "sep")}, 0);
            case "TemplateProcessing" -> template(node);
            case "Sequence" -> sequence(node.path("processors"));
            default -> throw refused("its type " + node.path("type") + " is not known");
        };
    }

    private SpecialTokens sequence(JsonNode processors) {
        SpecialTokens only = NONE;
        for (JsonNode processor : processors) {
            SpecialTokens next = parse(processor);
            if (only.count() > 0 && next.count() > 0) {
                throw refused("more than one of its processors adds special tokens");
            }
            only = next.count() > 0 ? next : only;
        }
        return only;
    }

    private SpecialTokens template(JsonNode node) {
        List<Integer> prefix = new ArrayList<>();
        List<Integer> suffix = new ArrayList<>();
        boolean behindText = false;
        for (JsonNode piece : node.path("single")) {
            if (piece.has("Sequence")) {
                if (behindText || !piece.path("Sequence").path("id").asText().equals("A")) {
                    throw refused("its template for one text is " + node.path("single"));
                }
                behindText = true;
            } else {
                (behindText ? suffix : prefix).addAll(idsOf(piece.path("SpecialToken"), node.path("special_tokens")));
            }
        }
        if (!behindText) {
            throw refused("its template leaves out the text");
        }
        return new SpecialTokens(toArray(prefix), toArray(suffix), 0);
    }

    private List<Integer> idsOf(JsonNode specialToken, JsonNode definitions) {
        String token = specialToken.path("id").asText();
        JsonNode ids = definitions.path(token).path("ids");
        if (!ids.isArray()) {
            throw refused("its template uses '" + token + "', for which special_tokens gives no ids");
        }
        List<Integer> checked = new ArrayList<>();
        ids.forEach(id -> checked.add(checked(id)));
        return checked;
    }

    private static int[] toArray(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private int pairId(JsonNode node, String field) {
        return checked(node.path(field).path(1));
    }

    private int checked(JsonNode id) {
        if (!id.isInt() || id.asInt() < 0 || id.asInt() >= vocabularySize) {
            throw refused("it adds the id " + (id.isMissingNode() ? "(none)" : id) + ", the vocabulary has ids below "
                    + vocabularySize);
        }
        return id.asInt();
    }

    private InvalidInputException refused(String why) {
        return new InvalidInputException(
                name + " has a post_processor that does not put a fixed prefix and suffix around one text: " + why);
    }
}
