package io.varlen.spark.python;

import io.varlen.spark.job.JobProgress;
import java.util.ArrayList;
import java.util.List;

/** How far a job is, for somebody who looks from time to time. */
public final class ProgressBoard implements JobProgress {
    private final List<String> notes = new ArrayList<>();
    private String stage;
    private long done;
    private long total;
    private String unit;

    @Override
    public synchronized void stage(String name, long total, String unit) {
        this.stage = name;
        this.done = 0;
        this.total = total;
        this.unit = unit;
    }

    @Override
    public synchronized void advance(long done) {
        this.done = done;
    }

    @Override
    public synchronized void note(String line) {
        notes.add(line);
    }

    /** The stage and how much of it is done, as a line; empty before the first. */
    public synchronized String line() {
        return stage == null ? "" : stage + ": " + done + " of " + total + " " + unit;
    }

    /** The notes since the last call, a line each. */
    public synchronized String takeNotes() {
        String lines = String.join("\n", notes);
        notes.clear();
        return lines;
    }
}
