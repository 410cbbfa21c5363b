package io.varlen.jobs;

import io.varlen.spark.job.JobProgress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * A job's progress for people, on standard error: on a terminal one line that is drawn anew, else a line every ten
 * seconds.
 */
final class ConsoleProgress implements JobProgress, AutoCloseable {
    private static final long TERMINAL_INTERVAL = 200_000_000L;
    private static final long LOG_INTERVAL = 10_000_000_000L;
    private static final int BAR = 24;
    private static final String ERASE_LINE = "\r\033[K";

    private final PrintWriter err;
    private final boolean terminal;
    private final LongSupplier nanoTime;

    private String stage;
    private long total;
    private String unit;
    private long done;
    private long began;
    private long drawn;

    ConsoleProgress(PrintWriter err, boolean terminal, LongSupplier nanoTime) {
        this.err = err;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    /** On standard error as this process has it. */
    static ConsoleProgress standard(PrintWriter err) {
        String told = System.getenv("VARLEN_TERMINAL"); // by the launcher, which can see what standard error is
        return new ConsoleProgress(err, told == null ? System.console() != null : told.equals("1"), System::nanoTime);
    }

    @Override
    public synchronized void stage(String name, long total, String unit) {
        endStage();
        this.stage = name;
        this.total = total;
        this.unit = unit;
        done = 0;
        began = nanoTime.getAsLong();
        drawn = began;
        if (terminal) {
            draw();
        }
    }

    @Override
    public synchronized void advance(long done) {
        this.done = done;
        if (nanoTime.getAsLong() - drawn >= (terminal ? TERMINAL_INTERVAL : LOG_INTERVAL)) {
            draw();
        }
    }

    @Override
    public synchronized void note(String line) {
        err.println((terminal ? ERASE_LINE : "") + line);
        if (terminal && stage != null) {
            draw();
        }
    }

    /** Takes the line away. */
    @Override
    public synchronized void close() {
        endStage();
    }

    private void endStage() {
        if (stage != null && terminal) {
            err.print(ERASE_LINE);
            err.flush();
        }
        stage = null;
    }

    private void draw() {
        drawn = nanoTime.getAsLong();
        if (terminal) {
            err.print(ERASE_LINE + line());
            err.flush();
        } else {
            err.println(line());
        }
    }

    private String line() {
        double seconds = (nanoTime.getAsLong() - began) / 1e9;
        double rate = seconds > 0 ? done / seconds : 0;
        StringBuilder line = new StringBuilder(stage);
        if (total > 0) {
            double part = Math.min(1, (double) done / total);
            line.append(terminal ? "  " + bar(part) : "").append(String.format(Locale.ROOT, "  %3.0f %%", 100 * part));
        }
        line.append("  ").append(Table.number(done));
        if (total > 0) {
            line.append(" of ").append(Table.number(total));
        }
        line.append(' ').append(unit);
        if (rate * 60 >= 1) {
            boolean perSecond = rate >= 1;
            line.append("  ")
                    .append(Table.number(Math.round(perSecond ? rate : rate * 60)))
                    .append(' ')
                    .append(unit)
                    .append(perSecond ? "/s" : "/min");
        }
        if (rate > 0 && total > done) {
            line.append("  ").append(duration((total - done) / rate)).append(" left");
        }
        return line.toString();
    }

    private static String bar(double part) {
        int full = (int) (BAR * part);
        return "█".repeat(full) + "░".repeat(BAR - full);
    }

    private static String duration(double seconds) {
        long s = Math.round(seconds);
        return s < 60
                ? s + " s"
                : s < 3600 ? s / 60 + " min " + s % 60 + " s" : s / 3600 + " h " + s % 3600 / 60 + " min";
    }
}
