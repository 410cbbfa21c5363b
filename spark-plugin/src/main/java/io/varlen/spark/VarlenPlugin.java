package io.varlen.spark;

import io.varlen.attention.DeviceException;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.EngineGauges;
import io.varlen.spark.engine.ExecutorReport;
import io.varlen.spark.internal.OncePerApplication;
import java.io.IOException;
import java.util.Map;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Named by {@code spark.plugins}, checks {@code spark.varlen.*} before the application starts, opens each executor's
 * engine before its first task, says in the logs what it will use, and closes it in order.
 *
 * <p>Everything works without it: the engine then opens on first use and ends with the JVM.
 */
public final class VarlenPlugin implements SparkPlugin {
    private static final Logger LOG = LoggerFactory.getLogger(VarlenPlugin.class);

    /** A chain of causes may be a ring. */
    private static final int MAX_CAUSES = 32;

    /** RAPIDS starts us too, where it is (spark-rapids-extra-plugins). */
    private static final OncePerApplication DRIVERS = new OncePerApplication();

    private static final OncePerApplication EXECUTORS = new OncePerApplication();

    @Override
    public DriverPlugin driverPlugin() {
        return new Driver();
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new Executor();
    }

    private static final class Driver implements DriverPlugin {
        @Override
        public Map<String, String> init(SparkContext sc, PluginContext context) {
            if (!DRIVERS.isFirst(sc, "driver")) {
                return Map.of();
            }
            VarlenConf.check(context.conf());
            SparkGpuConf.requireRunnable(context.conf());
            SparkGpuConf.notes(context.conf()).forEach(LOG::warn);
            LOG.info("{}", Installation.report(context.conf(), sc.version()));
            return Map.of();
        }

        /** An executor's report, so that the driver's log tells what the whole application computes with. */
        @Override
        public Object receive(Object report) {
            LOG.info("{}", report);
            return null;
        }
    }

    private static final class Executor implements ExecutorPlugin {
        /** As RAPIDS ends an executor whose GPU is lost. */
        private static final int LOST_DEVICE = 20;

        private Engine engine;
        private String name;
        private boolean inDriver;
        private boolean idle;

        /**
         * An executor whose engine does not open stays alive: each task that needs the engine fails with the reason. Unless it is
         * to have a GPU and has none: then Spark ends it with the reason.
         */
        @Override
        public void init(PluginContext context, Map<String, String> extraConf) {
            idle = !EXECUTORS.isFirst(SparkEnv.get(), context.executorID());
            if (idle) {
                return;
            }
            inDriver = context.executorID().equals("driver");
            name = "varlen on executor " + context.executorID();
            String report;
            try {
                report = openEngine(context);
            } catch (RuntimeException | LinkageError e) {
                report = "  " + e.getMessage();
                if (VarlenConf.GPU_REQUIRED.get(context.conf()).orElse(false)) {
                    tellEnd(context, name + " ends\n" + report);
                    throw e;
                }
            }
            EngineGauges.register(context.metricRegistry(), engine);
            LOG.info("{}\n{}", name, report);
            send(context, name + "\n" + report);
        }

        private String openEngine(PluginContext context) {
            engine = Engine.get(context.resources());
            return ExecutorReport.of(context.executorID(), engine, context.conf(), Compute.DEFAULT)
                    .lines();
        }

        /** Elsewhere an executor's own log is hard to come by. */
        private void send(PluginContext context, String report) {
            if (inDriver) {
                return;
            }
            try {
                context.send(report);
            } catch (IOException e) {
                LOG.debug("The driver did not take this executor's report", e);
            }
        }

        /** As {@link #send}, but waits for the driver: what is only on its way is lost with the executor. */
        private void tellEnd(PluginContext context, String report) {
            if (inDriver) {
                return;
            }
            try {
                context.ask(report);
            } catch (Exception e) {
                LOG.debug("The driver did not take this executor's report", e);
            }
        }

        /** A process that has lost its device fails every task; another one in its place does not. */
        @Override
        public void onTaskFailed(TaskFailedReason reason) {
            if (!idle && !inDriver && hasLostDevice(reason)) {
                LOG.error("This executor ends, because its device is lost to it: {}", reason.toErrorString());
                System.exit(LOST_DEVICE);
            }
        }

        @Override
        public void shutdown() {
            if (engine != null) {
                engine.close();
                LOG.info("{}: closed", name);
            }
        }
    }

    /** Whether a task failed for a device that only a new process can use again. */
    static boolean hasLostDevice(TaskFailedReason reason) {
        if (!(reason instanceof ExceptionFailure failure) || failure.exception().isEmpty()) {
            return false;
        }
        Throwable cause = failure.exception().get();
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof DeviceException device && device.kind() == DeviceException.Kind.FATAL) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
