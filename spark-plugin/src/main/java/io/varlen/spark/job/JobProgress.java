package io.varlen.spark.job;

/** Hears how far a job is. Called from the driver only, one call at a time, but from more than one thread. */
public interface JobProgress {
    /** Hears nothing. */
    JobProgress NONE = new JobProgress() {
        @Override
        public void stage(String name, long total, String unit) {}

        @Override
        public void advance(long done) {}

        @Override
        public void note(String line) {}
    };

    /**
     * A stage of the job begins, and the one before it is over.
     *
     * @param name a verb, e.g. {@code tokenize}
     * @param total how much there is to do
     * @param unit what {@code total} counts, in the plural, e.g. {@code partitions}
     */
    void stage(String name, long total, String unit);

    /** {@code done} of the stage's total is done. Never decreases within a stage. */
    void advance(long done);

    /** One line that the user should see. */
    void note(String line);
}
