package io.varlen.spark.statistics;

import io.varlen.spark.dataset.Staging;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.TaskModel;
import io.varlen.spark.inference.JobTrace;
import io.varlen.spark.inference.UnitWork;
import java.io.IOException;
import java.util.Iterator;

/**
 * Gives the rows of one unit to a model and remembers what its heads do, in a task.
 *
 * @param model found again on the executor
 * @param window see {@link io.varlen.attention.AttentionStatistic#WINDOW_MASS}
 * @param leakage whether rows hold more than one document
 * @param staging where the unit is written
 * @param trace told of the first batches
 */
public record UnitListener(TaskModel model, int window, boolean leakage, Staging staging, JobTrace trace)
        implements UnitWork<TokenRow> {

    @Override
    public void run(int unit, Iterator<TokenRow> rows) throws IOException {
        Engine engine = Engine.get();
        try (Staging.Unit attempt = staging.begin(unit);
                JobTrace.Part traced = trace.part(() -> engine.backend(model.compute()))) {
            HeadStatistics statistics = new HeadStatistics(
                    engine.transformer(model.reference(), model.compute()),
                    engine.backend(model.compute()),
                    window,
                    leakage,
                    model.batchTokens(engine),
                    traced.attention());
            while (rows.hasNext()) {
                statistics.add(rows.next());
            }
            HeadSums sums = statistics.finish();
            attempt.complete(sums.rows(), sums.toJson());
        }
    }
}
