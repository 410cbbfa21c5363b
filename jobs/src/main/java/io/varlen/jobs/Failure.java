package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.spark.Redaction;
import io.varlen.spark.job.JobReport;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a command ended that did not end well.
 *
 * @param status the exit status: 2 where the caller can put it right, 1 otherwise
 * @param line one line that says what happened
 */
record Failure(int status, String line) {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    /** How Spark 3.5 quotes what a task threw: as text only, without the exception itself. */
    private static final Pattern QUOTED =
            Pattern.compile(Pattern.quote(InvalidInputException.class.getName()) + ": (.*)");

    Failure {
        line = Redaction.text(line);
    }

    static Failure of(Throwable thrown) {
        Optional<String> callersFault = callersFault(thrown);
        if (callersFault.isPresent()) {
            return new Failure(USAGE, oneLine(callersFault.get()));
        }
        Throwable root = root(thrown);
        return new Failure(FAILED, describe(root) + hint(root));
    }

    /** {@code {"error":"…","status":2}}: what a scheduler reads where the figures would be. */
    String toJson(String command) {
        LinkedHashMap<String, Object> told = new LinkedHashMap<>();
        told.put("error", line);
        told.put("status", status);
        return new JobReport(command, false, told).toJson();
    }

    private static Optional<String> callersFault(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof InvalidInputException) {
                return Optional.of(t.getMessage());
            }
            Matcher quoted = QUOTED.matcher(String.valueOf(t.getMessage()));
            if (quoted.find()) {
                return Optional.of(quoted.group(1));
            }
        }
        return Optional.empty();
    }

    private static Throwable root(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static String describe(Throwable root) {
        String name = root.getClass().getSimpleName();
        String message = String.valueOf(root.getMessage()).strip();
        return root.getMessage() == null || message.isEmpty()
                ? name
                : name + ": " + message.lines().findFirst().orElseThrow();
    }

    private static String hint(Throwable root) {
        return root instanceof OutOfMemoryError
                ? " (more memory: --conf spark.driver.memory=8g in local mode, spark.executor.memory on a cluster)"
                : " (--verbose shows Spark's log and where this happened)";
    }

    private static String oneLine(String message) {
        return String.join(" ", message.strip().split("\\s*\\R\\s*"));
    }
}
