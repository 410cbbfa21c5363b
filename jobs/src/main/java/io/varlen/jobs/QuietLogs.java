package io.varlen.jobs;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;

/**
 * How much of Spark's log is on the screen. By default warnings, and nothing of its account of a failing task or a lost
 * executor: the command itself says in one line what failed.
 */
final class QuietLogs {
    private static final String[] STACK_TELLERS = {
        "org.apache.spark.SparkContext",
        // of connections that a lost executor, or one that is still busy when the job has failed, leaves behind
        "org.apache.spark.network.server.TransportChannelHandler",
        "org.apache.spark.network.server.TransportRequestHandler",
        "org.apache.spark.executor.Executor",
        "org.apache.spark.scheduler.DAGScheduler",
        "org.apache.spark.scheduler.TaskSetManager",
        "org.apache.spark.util.SparkUncaughtExceptionHandler"
    };

    private QuietLogs() {}

    static void apply(boolean verbose) {
        Configurator.setRootLevel(verbose ? Level.INFO : Level.WARN);
        Configurator.setLevel("io.varlen", Level.INFO);
        for (String logger : STACK_TELLERS) {
            Configurator.setLevel(logger, verbose ? Level.INFO : Level.OFF);
        }
    }
}
