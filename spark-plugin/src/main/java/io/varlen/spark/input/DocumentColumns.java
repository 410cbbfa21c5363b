package io.varlen.spark.input;

import io.varlen.InvalidInputException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Which columns or keys make up a document; used by formats with columns.
 *
 * @param first the column of the text, prompt or token ids
 * @param second the column of the completion or loss mask; null if there is none
 */
public record DocumentColumns(Kind kind, String first, String second) implements Serializable {

    /** What a document is made of. */
    public enum Kind {
        /** A text. */
        TEXT("text"),
        /** Two texts, of which the second is to be learned. */
        PROMPT_COMPLETION("prompt-completion"),
        /** Token ids with all special tokens that they shall have, and maybe for each 1 if it is to be learned, else 0. */
        TOKENS("tokens");

        private final String manifestName;

        Kind(String manifestName) {
            this.manifestName = manifestName;
        }

        /** The name that manifests use. */
        public String manifestName() {
            return manifestName;
        }
    }

    public static DocumentColumns text(String column) {
        return new DocumentColumns(Kind.TEXT, column, null);
    }

    public static DocumentColumns promptCompletion(String prompt, String completion) {
        return new DocumentColumns(Kind.PROMPT_COMPLETION, prompt, Objects.requireNonNull(completion));
    }

    /** @param mask null if the ids have no loss mask */
    public static DocumentColumns tokens(String ids, String mask) {
        return new DocumentColumns(Kind.TOKENS, ids, mask);
    }

    /** Those that a packed dataset's documents were made of, under names that stand for any. */
    public static DocumentColumns packed(String manifestName, boolean masked) {
        Kind kind = Arrays.stream(Kind.values())
                .filter(any -> any.manifestName.equals(manifestName))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException(
                        "the manifest says that documents are made of '" + manifestName + "', which no version knows"));
        return switch (kind) {
            case TEXT -> text("text");
            case PROMPT_COMPLETION -> promptCompletion("prompt", "completion");
            case TOKENS -> tokens("ids", masked ? "mask" : null);
        };
    }

    /** Whether documents have a loss mask. */
    public boolean masked() {
        return kind == Kind.PROMPT_COMPLETION || kind == Kind.TOKENS && second != null;
    }

    /** The option of the command line that names a column of this document. */
    String optionOf(String column) {
        boolean isFirst = column.equals(first);
        return switch (kind) {
            case TEXT -> "--text-column";
            case PROMPT_COMPLETION -> isFirst ? "--prompt-column" : "--completion-column";
            case TOKENS -> isFirst ? "--ids-column" : "--mask-column";
        };
    }

    /** One column or two. */
    public List<String> names() {
        return Stream.of(first, second).filter(Objects::nonNull).toList();
    }
}
