package io.varlen.spark.job;

import io.varlen.spark.dataset.OutputFolder;
import io.varlen.spark.dataset.OutputFolder.CompleteUnit;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.inference.UnitSource;
import io.varlen.spark.inference.UnitWork;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;

/**
 * What one kind of job does, beside what {@link DocumentJob} does for all of them.
 *
 * @param <T> what units consist of
 */
interface DocumentWork<T> {
    /** What is given to the model. */
    UnitSource<T> source();

    /** Every option of this kind that the output depends on, but those of the source. */
    Map<String, String> contentOptions();

    /** Opens what tasks compute with, in the JVM of the caller. */
    void open(Engine engine);

    /**
     * What tasks do.
     *
     * @param trace told of the first batches
     */
    UnitWork<T> in(Staging staging, JobTrace trace);

    /** How many of the source's documents units hold. */
    long documents(Collection<CompleteUnit> units);

    /** The tokens of these documents, with the special tokens that {@code encode(text)} adds once to each. */
    long tokens(Collection<CompleteUnit> units);

    /**
     * Makes what is made of all units together: as a unit behind them, or as files beside the data.
     *
     * @param units all of them
     * @return files by their names in the output folder
     */
    default Map<String, byte[]> conclude(OutputFolder output, Collection<CompleteUnit> units) throws IOException {
        return Map.of();
    }

    /** The names of what computed units. */
    SortedSet<String> backends(Collection<CompleteUnit> units);

    /** How many tokens the model was given for units, of which there may be none. */
    long encodedTokens(Collection<CompleteUnit> units);

    /**
     * The figures of this kind, in the order in which they are printed, and among them {@link DocumentJob#modelFigures}; behind
     * them come how and how fast they were computed.
     *
     * @param units all of them
     */
    LinkedHashMap<String, Object> figures(Collection<CompleteUnit> units);
}
