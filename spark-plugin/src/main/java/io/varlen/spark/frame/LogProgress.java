package io.varlen.spark.frame;

import io.varlen.spark.job.JobProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Progress of a job that nobody watches, in the log. */
public final class LogProgress implements JobProgress {
    private static final Logger LOG = LoggerFactory.getLogger(LogProgress.class);

    @Override
    public void stage(String name, long total, String unit) {
        LOG.info("{}: {} {}", name, total, unit);
    }

    @Override
    public void advance(long done) {
        LOG.debug("{} done", done);
    }

    @Override
    public void note(String line) {
        LOG.warn(line);
    }
}
