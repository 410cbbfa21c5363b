package io.varlen.spark.frame;

import io.varlen.InvalidInputException;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.inference.PromptedText;
import io.varlen.spark.internal.Utf8;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSource;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;

/**
 * One row's document as the token ids of its text, without special tokens.
 *
 * @param column what the document's column is called
 * @param tokenizer makes ids of text
 * @param prompt stands before each text when it is tokenized; "" for none
 * @param idsWith where the special tokens are in a column of token ids; null if the column is text
 * @param special those that there are
 * @param vocabularySize token ids are below it
 */
record DocumentReader(
        String column,
        Broadcast<TokenizerSource> tokenizer,
        String prompt,
        SpecialTokensPolicy idsWith,
        SpecialTokens special,
        int vocabularySize)
        implements Serializable {

    /** A document, or what is wrong with it; with neither, there is none. */
    record Read(int[] ids, String wrong) {
        static final Read NOTHING = new Read(null, null);
    }

    /** For the rows of one task. Not safe for concurrent use. */
    final class InTask {
        private final byte[] before = prompt.getBytes(StandardCharsets.UTF_8);
        private final TokenBuffer buffer = new TokenBuffer();
        private Tokenizer opened;

        /** @param cell the number of the document's column */
        Read read(Row row, int cell) {
            if (row.isNullAt(cell)) {
                return Read.NOTHING;
            }
            return idsWith == null ? text(row.getAs(cell)) : ids(row.getList(cell));
        }

        private Read text(byte[] utf8) {
            int invalid = Utf8.firstInvalid(utf8, utf8.length);
            if (invalid >= 0) {
                return wrong(String.format("is invalid UTF-8 at byte %d (0x%02X)", invalid, utf8[invalid]));
            }
            if (opened == null) {
                opened = Engine.get().tokenizer(tokenizer.value());
            }
            byte[] text = PromptedText.of(before, utf8);
            long began = System.nanoTime();
            buffer.clear();
            try {
                opened.encode(text, 0, text.length, buffer);
            } catch (InvalidInputException e) {
                return wrong("cannot be tokenized: " + e.getMessage());
            }
            TaskMetrics.current().tokenized(System.nanoTime() - began);
            return new Read(buffer.toArray(), null);
        }

        private Read ids(List<Number> given) {
            int[] ids = new int[given.size()];
            for (int i = 0; i < ids.length; i++) {
                Number id = given.get(i);
                if (id == null) {
                    return wrong("holds a null; it must hold whole numbers");
                }
                if (id.longValue() < 0 || id.longValue() >= vocabularySize) {
                    return wrong("holds " + id + "; token ids of this model are from 0 to " + (vocabularySize - 1));
                }
                ids[i] = id.intValue();
            }
            try {
                return new Read(idsWith.textOf(ids, special, Integer.MAX_VALUE), null);
            } catch (IllegalArgumentException e) {
                return wrong("has not the special tokens that special-tokens=" + idsWith.optionName() + " says ("
                        + e.getMessage() + "); ids of text alone are special-tokens=none");
            }
        }

        private Read wrong(String what) {
            return new Read(null, "the value of '" + column + "' " + what);
        }
    }

    InTask inTask() {
        return new InTask();
    }
}
