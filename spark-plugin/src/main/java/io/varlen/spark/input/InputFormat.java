package io.varlen.spark.input;

import io.varlen.Choice;
import io.varlen.InvalidInputException;
import java.util.Locale;

/** How files hold documents. Text formats may be compressed with a codec that Hadoop knows by the file's extension. */
public enum InputFormat {
    /** One document per file: all of its bytes. */
    TEXT,
    /**
     * One document per line. LF ends a line, and one CR before it belongs to the terminator; everything else, a lone CR
     * too, is text. An empty line is an empty document.
     */
    LINES,
    /**
     * Paragraphs are separated by lines of nothing but ASCII white space. Consecutive paragraphs are one document until
     * the next would take it beyond {@value #PARAGRAPH_WORDS} words (separated by ASCII white space); a longer paragraph
     * stands alone. The text is the file's own bytes, from the first paragraph's first to the last one's last before its
     * line terminator.
     */
    PARAGRAPHS,
    /** One JSON object per line, the text under the text column's key. Lines of nothing but white space are skipped. */
    JSONL,
    /** One document per row; text columns are strings, id columns strings or whole numbers. */
    PARQUET;

    static final int PARAGRAPH_WORDS = 200;

    /**
     * The format of that lower-case name.
     *
     * @throws InvalidInputException naming those there are
     */
    public static InputFormat ofName(String name) {
        return Choice.ofName("input format", values(), InputFormat::optionName, name);
    }

    /** The name that options and manifests use. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether records have named columns, and so may carry their own ids. */
    boolean hasColumns() {
        return this == JSONL || this == PARQUET;
    }

    /** Whether a part of an uncompressed file can be read without what is before it. */
    boolean isSplittable() {
        return this == LINES || this == JSONL || this == PARQUET;
    }

    /** Whether bytes are read as they are, through the codec of the file's extension. */
    boolean isText() {
        return this != PARQUET;
    }
}
