package io.varlen.packing;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What packing will do to a corpus, from nothing but the lengths of its documents.
 *
 * <p>Under best-fit- and first-fit-decreasing it is what the one plan of all documents does. A dataset of several groups has
 * a plan for each, and so a part-filled row or so more per group. The other strategies depend on the order of the
 * documents: they are run over a sample of at most {@value #SAMPLE} documents, drawn evenly over the lengths and shuffled,
 * and scaled up.
 *
 * @param strategy which documents share a row
 * @param limits what fits into one
 * @param sampled whether the rows are scaled up from a run in a random order, and not from a plan
 * @param documents that there are
 * @param splitDocuments those in several pieces, or cut short
 * @param droppedDocuments those left out for that
 * @param rows that come out
 * @param segments in all rows
 * @param packedTokens in all rows
 * @param repeatedTokens of these, those that are there once more than in the documents
 * @param lostTokens that are in no row: truncated or dropped
 * @param largestSegmentCount the most segments of a row
 * @param squaredLength Σ (slots of a segment)² over all rows, which attention's cost follows
 * @param largestSquaredLength the same, of the row that has most
 */
public record PackingForecast(
        PackingStrategy strategy,
        RowLimits limits,
        boolean sampled,
        long documents,
        long splitDocuments,
        long droppedDocuments,
        long rows,
        long segments,
        long packedTokens,
        long repeatedTokens,
        long lostTokens,
        int largestSegmentCount,
        double squaredLength,
        long largestSquaredLength) {
    /** As many as pass in some milliseconds, and enough for a relative error of about one in a thousand. */
    private static final int SAMPLE = 200_000;

    /** @param documents the lengths of the documents, special tokens included */
    public static PackingForecast of(LengthHistogram documents, PackingRules rules) {
        Overflowed overflowed = new Overflowed(documents, rules);
        Rows rows =
                switch (rules.strategy()) {
                    case BFD, FFD -> Rows.planned(rules.plan(overflowed.slots));
                    case WRAPPED -> Rows.wrapped(documents, rules.limits().seqLen());
                    case SEQUENTIAL -> Rows.fitted(documents, rules, new NextFit(rules.limits()));
                    case RANDOM_FIT -> Rows.fitted(documents, rules, new RandomFit(rules.limits(), new Random(0)));
                };
        return new PackingForecast(
                rules.strategy(),
                rules.limits(),
                rows.sampled,
                documents.total(),
                rules.strategy() == PackingStrategy.WRAPPED ? rows.splitDocuments : overflowed.split,
                overflowed.dropped,
                rows.count,
                rows.segments,
                overflowed.kept,
                overflowed.repeated,
                overflowed.lost,
                rows.largestSegmentCount,
                rows.squaredLength,
                rows.largestSquaredLength);
    }

    /** Slots of rows without a token. */
    public long paddingTokens() {
        return Math.subtractExact(Math.multiplyExact(rows, (long) limits.seqLen()), packedTokens);
    }

    /** The share of the rows' slots that hold tokens; 1 if there is no row. */
    public double efficiency() {
        return rows == 0 ? 1 : (double) packedTokens / ((double) rows * limits.seqLen());
    }

    /** What becomes of the documents before any row is built. */
    private static final class Overflowed {
        private final LengthHistogram slots = new LengthHistogram();
        private long split;
        private long dropped;
        private long kept;
        private long repeated;
        private long lost;

        Overflowed(LengthHistogram documents, PackingRules rules) {
            for (int length : documents.lengths()) {
                long count = documents.count(length);
                long keptOfEach = rules.keptTokens(length);
                rules.count(length, count, slots);
                kept = add(kept, count, keptOfEach);
                repeated = add(repeated, count, Math.max(0, keptOfEach - length));
                lost = add(lost, count, Math.max(0, length - keptOfEach));
                split += rules.isTooLong(length) && keptOfEach > 0 ? count : 0;
                dropped += keptOfEach == 0 ? count : 0;
            }
        }

        private static long add(long sum, long count, long each) {
            return Math.addExact(sum, Math.multiplyExact(count, each));
        }
    }

    /** What is in the rows. */
    private static final class Rows {
        private boolean sampled;
        private long count;
        private long segments;
        private long splitDocuments;
        private int largestSegmentCount;
        private double squaredLength;
        private long largestSquaredLength;

        static Rows planned(PackingPlan plan) {
            Rows rows = new Rows();
            plan.patterns().forEach(rows::add);
            return rows;
        }

        /** The pieces of a sample, each where {@code fit} puts it. */
        static Rows fitted(LengthHistogram documents, PackingRules rules, RowFit fit) {
            int[] sample = sampleOf(documents);
            List<RowPattern> patterns = new ArrayList<>();
            for (int length : sample) {
                rules.overflow().cut(length, rules.limits().pieceLimit(), (start, count) -> {
                    int slots = rules.limits().slots(count);
                    int row = fit.place(slots);
                    if (row == patterns.size()) {
                        patterns.add(RowPattern.EMPTY.times(1));
                    }
                    RowPattern filled = patterns.get(row).plus(slots, 1);
                    // without its lengths, of which nobody asks
                    patterns.set(
                            row, new RowPattern(null, filled.tokens(), filled.documents(), filled.squaredLength(), 1));
                });
            }
            Rows rows = new Rows();
            patterns.forEach(rows::add);
            return rows.scaledTo(documents.total(), sample.length);
        }

        /** A sample end to end; the number of all rows is known. */
        static Rows wrapped(LengthHistogram documents, int seqLen) {
            Rows rows = new Rows();
            RowPattern open = RowPattern.EMPTY;
            int[] sample = sampleOf(documents);
            for (int length : sample) {
                rows.splitDocuments += length > seqLen - open.tokens() ? 1 : 0;
                for (int left = length; left > 0; ) {
                    int piece = Math.min(left, seqLen - open.tokens());
                    open = open.plus(piece, 1);
                    left -= piece;
                    if (open.tokens() == seqLen) {
                        rows.add(open.times(1));
                        open = RowPattern.EMPTY;
                    }
                }
            }
            if (open.tokens() > 0) {
                rows.add(open.times(1));
            }
            rows.scaledTo(documents.total(), sample.length);
            rows.count = (documents.tokens() + seqLen - 1) / seqLen;
            return rows;
        }

        private void add(RowPattern pattern) {
            count = Math.addExact(count, pattern.rows());
            segments = Math.addExact(segments, Math.multiplyExact(pattern.rows(), (long) pattern.documents()));
            largestSegmentCount = Math.max(largestSegmentCount, pattern.documents());
            squaredLength += (double) pattern.rows() * pattern.squaredLength();
            largestSquaredLength = Math.max(largestSquaredLength, pattern.squaredLength());
        }

        private Rows scaledTo(long all, int sample) {
            double factor = sample == 0 ? 0 : (double) all / sample;
            sampled = true;
            count = Math.round(count * factor);
            segments = Math.round(segments * factor);
            splitDocuments = Math.round(splitDocuments * factor);
            squaredLength *= factor;
            return this;
        }

        /** Lengths in a random order that is always the same, drawn so that each is there in proportion. */
        private static int[] sampleOf(LengthHistogram lengths) {
            long all = lengths.total();
            int size = (int) Math.min(SAMPLE, all);
            int[] sample = new int[size];
            long before = 0;
            int drawn = 0;
            for (int length : lengths.lengths()) {
                before += lengths.count(length);
                while (drawn < size && Math.floor((drawn + 0.5) * all / size) < before) {
                    sample[drawn++] = length;
                }
            }
            Random random = new Random(0);
            for (int i = size - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int swapped = sample[i];
                sample[i] = sample[j];
                sample[j] = swapped;
            }
            return sample;
        }
    }
}
