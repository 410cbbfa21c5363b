package io.varlen.spark.job;

import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.input.Document;
import io.varlen.spark.input.DocumentColumns;
import io.varlen.spark.input.DocumentContent;
import io.varlen.spark.metrics.TaskMetrics;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import java.util.Arrays;

/**
 * Turns what a document is made of into token ids and, if it has one, a loss mask. Not safe for concurrent use.
 *
 * <p>Prompt and completion are tokenized each by itself, as a model is given the prompt alone when it has to complete it. The
 * mask is 1 on the completion and on the special tokens behind it, so that a model learns to stop.
 */
final class DocumentTokenizer {
    private final Tokenizer tokenizer;
    private final DocumentColumns columns;
    private final SpecialTokensPolicy policy;
    private final int pieceLimit;
    private final SpecialTokens special;
    private final SpecialTokens learned;
    private final TokenBuffer text = new TokenBuffer();

    /**
     * A document's tokens.
     *
     * @param ids with special tokens
     * @param lossMask null if the document has none
     * @param textTokens how many of the ids are no special tokens that were added
     */
    record Tokens(int[] ids, byte[] lossMask, int textTokens) {}

    DocumentTokenizer(Tokenizer tokenizer, DocumentColumns columns, SpecialTokensPolicy policy, int pieceLimit) {
        this.tokenizer = tokenizer;
        this.columns = columns;
        this.policy = policy;
        this.pieceLimit = pieceLimit;
        this.special = tokenizer.specialTokens();
        int[] behind = new int[special.suffix().length];
        Arrays.fill(behind, 1);
        this.learned = new SpecialTokens(new int[special.prefix().length], behind, 0);
    }

    Tokens tokenize(Document document) {
        byte[] content = document.text();
        if (columns.kind() == DocumentColumns.Kind.TOKENS) {
            return tokens(content);
        }
        long began = System.nanoTime();
        try {
            return columns.kind() == DocumentColumns.Kind.TEXT ? text(content) : promptCompletion(content);
        } finally {
            text.clear();
            TaskMetrics.current().tokenized(System.nanoTime() - began);
        }
    }

    private Tokens text(byte[] utf8) {
        tokenizer.encode(utf8, 0, utf8.length, text);
        int[] ids = text.toArray();
        return new Tokens(sequence(ids, ids.length, special), null, ids.length);
    }

    private Tokens promptCompletion(byte[] content) {
        int completion = DocumentContent.secondStart(content);
        tokenizer.encode(content, DocumentContent.firstStart(), completion, text);
        int promptTokens = text.size();
        tokenizer.encode(content, completion, content.length, text);
        int[] ids = text.toArray();
        int[] mask = new int[ids.length];
        Arrays.fill(mask, promptTokens, mask.length, 1);
        // the mask goes the way of the ids, with the mask of the special tokens in their place
        int[] spread = sequence(mask, mask.length, learned);
        byte[] lossMask = new byte[spread.length];
        for (int i = 0; i < spread.length; i++) {
            lossMask[i] = (byte) spread[i];
        }
        return new Tokens(sequence(ids, ids.length, special), lossMask, ids.length);
    }

    private Tokens tokens(byte[] content) {
        int[] ids = DocumentContent.ids(content);
        return new Tokens(ids, columns.masked() ? DocumentContent.lossMask(content) : null, ids.length);
    }

    private int[] sequence(int[] ids, int count, SpecialTokens around) {
        return policy.sequenceOf(ids, 0, count, around, pieceLimit);
    }
}
