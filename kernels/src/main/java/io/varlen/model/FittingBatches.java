package io.varlen.model;

import io.varlen.attention.OutOfDeviceMemoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a batch whole or, where the device has not the memory for it, in halves of halves of it. The bits are the same, since no
 * sequence's depend on the batch around it.
 */
public final class FittingBatches {
    private static final Logger LOG = LoggerFactory.getLogger(FittingBatches.class);

    /** How often one sequence is tried again, and how long before each time. */
    private static final int ATTEMPTS = 20;

    private static final long PAUSE_NANOS = 100_000_000;

    private FittingBatches() {}

    /**
     * What the work makes of the batch's parts, in their order. Work that fails for memory is begun anew on less, so whatever it
     * counts it must forget when it fails.
     *
     * @throws OutOfDeviceMemoryException if one sequence alone is too much, for seconds
     */
    public static <R> List<R> run(PackedBatch batch, Function<PackedBatch, R> work) {
        List<R> results = new ArrayList<>();
        run(batch, work, results);
        return results;
    }

    private static <R> void run(PackedBatch batch, Function<PackedBatch, R> work, List<R> results) {
        int count = batch.cuSeqlens().count();
        OutOfDeviceMemoryException failure;
        try {
            results.add(work.apply(batch));
            return;
        } catch (OutOfDeviceMemoryException e) {
            failure = e;
        }
        if (count < 2) {
            results.add(patiently(batch, work, failure));
            return;
        }
        int middle = middle(batch);
        LOG.info(
                "a batch of {} tokens in {} sequences is computed in two parts ({}); a smaller token budget saves the attempt",
                batch.inputIds().length,
                count,
                failure.getMessage());
        BatchSplits.add();
        run(batch.sequences(0, middle), work, results);
        run(batch.sequences(middle, count), work, results);
    }

    /** One sequence, as soon as the other tasks of the device have given memory back. */
    private static <R> R patiently(
            PackedBatch batch, Function<PackedBatch, R> work, OutOfDeviceMemoryException failure) {
        OutOfDeviceMemoryException last = failure;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            LockSupport.parkNanos(PAUSE_NANOS);
            try {
                return work.apply(batch);
            } catch (OutOfDeviceMemoryException e) {
                last = e;
            }
        }
        throw last;
    }

    /** The first sequence of the second half: both have a sequence, and about as many tokens. */
    private static int middle(PackedBatch batch) {
        int count = batch.cuSeqlens().count();
        int middle = 1;
        while (middle < count - 1 && batch.cuSeqlens().end(middle) <= batch.inputIds().length / 2) {
            middle++;
        }
        return middle;
    }
}
