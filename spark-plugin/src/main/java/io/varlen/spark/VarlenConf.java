package io.varlen.spark;

import io.varlen.InvalidInputException;
import io.varlen.Nearest;
import java.util.List;
import org.apache.spark.SparkConf;
import scala.Tuple2;

/** Every {@code spark.varlen.*} key there is. An option of a command goes before its key. */
public final class VarlenConf {
    /** The common start of all keys. */
    public static final String PREFIX = "spark.varlen.";

    public static final int DEFAULT_EMBED_TOKEN_BUDGET = 2048;

    public static final int DEFAULT_SCORE_TOKEN_BUDGET = 8192;

    public static final int DEFAULT_ATTEND_TOKEN_BUDGET = 4096;

    /** Of embed and score where a GPU computes. */
    public static final int DEFAULT_GPU_TOKEN_BUDGET = 65536;

    /** One computes while what another has computed or is about to is copied. */
    public static final int DEFAULT_GPU_CONCURRENT_TASKS = 2;

    private static final String FEWER = ", or fewer where a large model leaves no room for so many";

    public static final ConfEntry<String> NATIVE_DIR = new ConfEntry<>(
            "spark.varlen.native.dir",
            "The folder that native libraries are unpacked to and remote models are copied to, on every host.",
            "varlen-<user> below Spark's local folder",
            VarlenConf::nonBlank);

    public static final ConfEntry<String> BACKEND = new ConfEntry<>(
            "spark.varlen.backend",
            "What computes: auto, or the name of one backend, cpu or cuda, which must then be available.",
            "auto",
            VarlenConf::nonBlank);

    public static final ConfEntry<Boolean> GPU_REQUIRED = new ConfEntry<>(
            "spark.varlen.gpu.required",
            "Whether backend auto is an error on an executor that has no GPU it can use, rather than its processor.",
            "false",
            VarlenConf::bool);

    public static final ConfEntry<Integer> GPU_CONCURRENT_TASKS = new ConfEntry<>(
            "spark.varlen.gpu.concurrentTasks",
            "How many tasks of an executor use one GPU at once; the others tokenize, or wait in line.",
            String.valueOf(DEFAULT_GPU_CONCURRENT_TASKS),
            VarlenConf::positiveInt);

    public static final ConfEntry<Integer> EMBED_TOKEN_BUDGET = new ConfEntry<>(
            "spark.varlen.embed.tokenBudget",
            "How many tokens embed gives to the model at once; no result depends on it.",
            DEFAULT_EMBED_TOKEN_BUDGET + ", on a GPU " + DEFAULT_GPU_TOKEN_BUDGET + FEWER,
            VarlenConf::positiveInt);

    public static final ConfEntry<Integer> SCORE_TOKEN_BUDGET = new ConfEntry<>(
            "spark.varlen.score.tokenBudget",
            "How many tokens score gives to the model at once; no result depends on it.",
            DEFAULT_SCORE_TOKEN_BUDGET + ", on a GPU " + DEFAULT_GPU_TOKEN_BUDGET + FEWER,
            VarlenConf::positiveInt);

    public static final ConfEntry<Integer> ATTEND_TOKEN_BUDGET = new ConfEntry<>(
            "spark.varlen.attend.tokenBudget",
            "How many tokens attend gives to the model at once; no result depends on it.",
            DEFAULT_ATTEND_TOKEN_BUDGET + FEWER,
            VarlenConf::positiveInt);

    public static final ConfEntry<String> MODEL_JAR = new ConfEntry<>(
            "spark.varlen.model.jar",
            "Where the jar with the built-in model is, on any Hadoop file system.",
            "the class path, else the local Maven repository",
            VarlenConf::nonBlank);

    public static final ConfEntry<Integer> INPUT_PARTITIONS = new ConfEntry<>(
            "spark.varlen.input.partitions",
            "About how many partitions input files are read in; no result depends on it.",
            "by the size of the input and the number of cores",
            VarlenConf::positiveInt);

    public static final ConfEntry<Boolean> SQL_ROWWISE = new ConfEntry<>(
            "spark.varlen.sql.rowwise",
            "Whether varlen_embed may give a GPU one text at a time: refuse, or allow. A processor always takes them.",
            "refuse",
            VarlenConf::allows);

    private static final List<ConfEntry<?>> ENTRIES = List.of(
            NATIVE_DIR,
            BACKEND,
            GPU_REQUIRED,
            GPU_CONCURRENT_TASKS,
            EMBED_TOKEN_BUDGET,
            SCORE_TOKEN_BUDGET,
            ATTEND_TOKEN_BUDGET,
            MODEL_JAR,
            INPUT_PARTITIONS,
            SQL_ROWWISE);

    private VarlenConf() {}

    /** All keys, in the order in which they are documented. */
    public static List<ConfEntry<?>> entries() {
        return ENTRIES;
    }

    /**
     * Reads every key of ours in {@code conf}.
     *
     * @throws InvalidInputException for a key that does not exist, naming the nearest one, or a value that cannot be read
     */
    public static void check(SparkConf conf) {
        for (Tuple2<String, String> setting : conf.getAll()) {
            if (setting._1().startsWith(PREFIX)) {
                entry(setting._1()).get(conf);
            }
        }
    }

    private static ConfEntry<?> entry(String key) {
        return ENTRIES.stream()
                .filter(entry -> entry.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("there is no key " + key + "; did you mean "
                        + Nearest.to(key, ENTRIES.stream().map(ConfEntry::key).toList()) + "?"));
    }

    private static String nonBlank(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("the value is empty; leave the key out instead");
        }
        return text;
    }

    private static boolean allows(String text) {
        if (!text.equals("allow") && !text.equals("refuse")) {
            throw new IllegalArgumentException("it is refuse or allow");
        }
        return text.equals("allow");
    }

    private static boolean bool(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        };
    }

    private static int positiveInt(String text) {
        try {
            int value = Integer.parseInt(text);
            if (value > 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // reported below like a number out of range
        }
        throw new IllegalArgumentException("must be a whole number from 1 to " + Integer.MAX_VALUE);
    }
}
