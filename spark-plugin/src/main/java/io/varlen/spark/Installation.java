package io.varlen.spark;

import io.varlen.spark.internal.Rapids;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkConf;

/** What of this project is where an application's driver runs, and what it meets there. */
public final class Installation {
    private Installation() {}

    /** Of the jar. */
    public static String version() {
        String version = Installation.class.getPackage().getImplementationVersion();
        return version == null ? "not from a jar" : version;
    }

    /** Of Scala's library. */
    public static String scala() {
        return scala.util.Properties.versionNumberString();
    }

    /** Whether {@code spark.plugins} names {@link VarlenPlugin}. */
    public static boolean hasPlugin(SparkConf conf) {
        return Arrays.asList(conf.get("spark.plugins", "").split("\\s*,\\s*")).contains(VarlenPlugin.class.getName());
    }

    /** Whether the RAPIDS Accelerator is on the class path, and what that means. */
    public static String rapids() {
        return Rapids.isLoadable()
                ? "on the class path; experimental: planned by RAPIDS 26.08.1, not yet run on a GPU"
                : "not on the class path";
    }

    /** The keys of ours that are set, as {@code key=value}; without credentials. */
    public static List<String> settings(SparkConf conf) {
        List<String> set = new ArrayList<>();
        for (ConfEntry<?> entry : VarlenConf.entries()) {
            if (conf.contains(entry.key())) {
                set.add(entry.key() + "=" + Redaction.setting(entry.key(), conf.get(entry.key())));
            }
        }
        return set;
    }

    /** A few lines for the driver's log. */
    static String report(SparkConf conf, String spark) {
        List<String> settings = settings(conf);
        return "varlen " + version() + " on the driver\n  spark    " + spark + ", Scala " + scala() + ", Java "
                + System.getProperty("java.version") + ", "
                + Redaction.text(conf.get("spark.master", "no master"))
                + "\n  keys     " + (settings.isEmpty() ? "none set" : String.join(", ", settings))
                + "\n  rapids   " + rapids();
    }
}
