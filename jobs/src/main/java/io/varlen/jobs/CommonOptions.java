package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.Nearest;
import io.varlen.spark.SparkGpuConf;
import io.varlen.spark.VarlenConf;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** What every command takes: how Spark runs, and how the result is told. */
final class CommonOptions {
    static final String JSON = "--json";

    private static final List<String> MASTERS =
            List.of("local[*]", "local[N]", "local-cluster[N,CORES,MB]", "spark://HOST:PORT", "yarn", "k8s://URL");

    private static final Pattern MASTER = Pattern.compile("local(\\[(\\*|[1-9]\\d*)(,\\s*\\d+)?])?"
            + "|local-cluster\\[\\s*[1-9]\\d*\\s*,\\s*[1-9]\\d*\\s*,\\s*[1-9]\\d*\\s*]"
            + "|spark://.+|k8s://.+|yarn");

    @Option(
            order = 1001,
            names = "--master",
            paramLabel = "URL",
            description = "Where Spark runs: local[*], local[N], local-cluster[N,CORES,MB], yarn, spark://HOST:PORT or"
                    + " k8s://URL (default: what spark-submit was given, else local[*])")
    private String master;

    @Option(
            order = 1002,
            names = "--conf",
            paramLabel = "KEY=VALUE",
            description = "A setting of Spark or a spark.varlen.* key; may be repeated")
    private List<String> conf = List.of();

    @Option(
            order = 1003,
            names = "--spark-home",
            paramLabel = "DIR",
            description = "The Spark distribution that jobs/bin/varlen starts (default: SPARK_HOME, else the embedded"
                    + " Spark, for local masters only)")
    private String sparkHome;

    @Option(
            order = 1004,
            names = JSON,
            description = "Print one JSON object as the last line of standard output: the figures or, of what failed,"
                    + " error and status")
    boolean json;

    @Option(order = 1005, names = "--verbose", description = "Show Spark's own log, and where a failure happened")
    boolean verbose;

    @Option(
            order = 1006,
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help")
    private boolean help;

    /** A session on the master asked for; quiet, and in local mode without Spark's web page. */
    SparkSession openSession(String command) {
        SparkConf sparkConf = new SparkConf();
        settings().forEach(sparkConf::set);
        if (master != null) {
            sparkConf.setMaster(master);
        }
        sparkConf.setIfMissing("spark.master", "local[*]");
        checkMaster(sparkConf.get("spark.master"));
        sparkConf.setAppName("varlen " + command);
        sparkConf.setIfMissing("spark.ui.showConsoleProgress", "false");
        if (sparkConf.get("spark.master").startsWith("local")) {
            sparkConf.setIfMissing("spark.ui.enabled", "false");
        }
        VarlenConf.check(sparkConf);
        SparkGpuConf.requireRunnable(sparkConf);
        return SparkSession.builder().config(sparkConf).getOrCreate();
    }

    private Map<String, String> settings() {
        if (sparkHome != null) {
            throw new InvalidInputException("--spark-home is for the launcher jobs/bin/varlen; "
                    + "spark-submit runs with the Spark that it belongs to");
        }
        Map<String, String> settings = new LinkedHashMap<>();
        for (String setting : conf) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new InvalidInputException("--conf " + setting + " has no value; write it as --conf KEY=VALUE");
            }
            settings.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return settings;
    }

    private static void checkMaster(String master) {
        if (!MASTER.matcher(master).matches()) {
            throw new InvalidInputException("--master " + master + " is no Spark master"
                    + Nearest.didYouMean(master, MASTERS, "; give one of " + String.join(", ", MASTERS)));
        }
    }
}
