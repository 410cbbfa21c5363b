package io.varlen.spark.engine;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;

/**
 * Spark's own scratch folder on this host, found as Spark's manual says at {@code spark.local.dir}: what the cluster
 * manager hands to the process goes before the key, and the JVM's temporary folder comes last.
 */
public final class LocalDirectory {
    private LocalDirectory() {}

    /**
     * The first of Spark's local folders.
     *
     * @param conf null where there is no Spark
     */
    public static Path of(SparkConf conf, Map<String, String> environment) {
        boolean yarn = environment.containsKey("CONTAINER_ID");
        return Stream.of(
                        yarn ? environment.get("LOCAL_DIRS") : null,
                        firstOf(environment.get("SPARK_EXECUTOR_DIRS"), java.io.File.pathSeparator),
                        environment.get("SPARK_LOCAL_DIRS"),
                        conf == null ? null : conf.get("spark.local.dir", null),
                        System.getProperty("java.io.tmpdir"))
                .filter(Objects::nonNull)
                .map(folders -> firstOf(folders, ","))
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .findFirst()
                .orElseThrow();
    }

    private static String firstOf(String folders, String separator) {
        return folders == null ? null : folders.split(separator)[0].strip();
    }
}
