package io.varlen.spark.job;

import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.inference.TokenSource;
import io.varlen.spark.inference.UnitWork;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** What one kind of job does to documents, beside what {@link DocumentJob} does for all of them. */
interface DocumentWork {
    /** Every option that the output depends on, but those of the source, and the SHA-256 of model and tokenizer. */
    Map<String, String> contentOptions();

    /** What tasks do. */
    UnitWork in(Staging staging);

    /** How many documents units hold. */
    long documents(Collection<CompleteUnit> units);

    /** The tokens of these documents, with the special tokens that {@code encode(text)} adds once to each. */
    long tokens(Collection<CompleteUnit> units);

    /**
     * The job's figures, in the order in which they are printed.
     *
     * @param before the units that an earlier run left complete
     * @param units all of them
     */
    LinkedHashMap<String, Object> figures(
            TokenSource source, Collection<CompleteUnit> before, Collection<CompleteUnit> units, double seconds);
}
