package io.varlen.spark;

import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import java.io.IOException;
import java.util.Map;
import org.apache.spark.SparkContext;
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
            VarlenConf.check(context.conf());
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
        private Engine engine;

        @Override
        public void init(PluginContext context, Map<String, String> extraConf) {
            String report = "varlen on executor " + context.executorID() + "\n" + openEngine();
            LOG.info("{}", report);
            if (!context.executorID().equals("driver")) {
                send(context, report);
            }
        }

        /** An executor whose engine does not open stays alive: each task that needs the engine fails with the reason. */
        private String openEngine() {
            try {
                engine = Engine.get();
                return engine.report(Compute.DEFAULT).toString();
            } catch (RuntimeException e) {
                return "  " + e.getMessage();
            }
        }

        private static void send(PluginContext context, String report) {
            try {
                context.send(report);
            } catch (IOException e) {
                LOG.debug("The driver did not take this executor's report", e);
            }
        }

        @Override
        public void shutdown() {
            if (engine != null) {
                engine.close();
            }
        }
    }
}
