package io.varlen.spark;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backends;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import scala.Tuple2;

/** What Spark's keys for GPUs and ours say together. */
public final class SparkGpuConf {
    private static final String EXECUTOR_AMOUNT = "spark.executor.resource.gpu.amount";
    private static final String TASK_AMOUNT = "spark.task.resource.gpu.amount";
    private static final Pattern GPU_KEY = Pattern.compile("spark\\.(executor|task)\\.resource\\.gpu\\..*");
    private static final Pattern LOCAL = Pattern.compile("local(\\[.*])?");

    private SparkGpuConf() {}

    /**
     * Refuses what would hang or could never run.
     *
     * @throws InvalidInputException for a local master that is to assign GPUs: it has none, and its tasks would wait for one for
     *     ever without a word; or for a GPU that is required and must not be used
     */
    public static void requireRunnable(SparkConf conf) {
        if (isLocal(conf)) {
            for (Tuple2<String, String> setting : conf.getAll()) {
                if (GPU_KEY.matcher(setting._1()).matches()) {
                    throw new InvalidInputException(setting._1() + "=" + setting._2() + " with master "
                            + conf.get("spark.master")
                            + ": in local mode Spark has no GPUs to assign, and tasks that ask"
                            + " for one wait for ever; leave the key out. A GPU of this machine is used without it; "
                            + "CUDA_VISIBLE_DEVICES chooses which");
                }
            }
        }
        if (VarlenConf.GPU_REQUIRED.get(conf).orElse(false) && backend(conf).equals(Backends.CPU)) {
            throw new InvalidInputException(VarlenConf.GPU_REQUIRED.key() + "=true with " + VarlenConf.BACKEND.key()
                    + "=cpu: no executor could ever start; leave one of them out");
        }
    }

    /** What runs, but probably not as it was meant; one line each. */
    public static List<String> notes(SparkConf conf) {
        List<String> notes = new ArrayList<>();
        double assigned = amount(conf, EXECUTOR_AMOUNT);
        String backend = backend(conf);
        if (backend.equals(Backends.CUDA) && assigned == 0 && !isLocal(conf)) {
            notes.add(VarlenConf.BACKEND.key()
                    + "=cuda, but Spark assigns no GPUs to executors: all executors of a host use"
                    + " the first one there; set " + EXECUTOR_AMOUNT);
        }
        if (backend.equals(Backends.CPU) && assigned > 0) {
            notes.add(EXECUTOR_AMOUNT + "=" + conf.get(EXECUTOR_AMOUNT) + ", but " + VarlenConf.BACKEND.key()
                    + "=cpu leaves these GPUs idle; leave one of them out");
        }
        if (assigned > 0 && amount(conf, TASK_AMOUNT) > 0) {
            notes.add(TASK_AMOUNT + "=" + conf.get(TASK_AMOUNT)
                    + " keeps cores idle that could tokenize, where fewer tasks than"
                    + " cores may run; leave it out: the tasks of an executor share its GPUs, "
                    + VarlenConf.GPU_CONCURRENT_TASKS.key() + " of them at once");
        }
        return notes;
    }

    private static String backend(SparkConf conf) {
        return VarlenConf.BACKEND.get(conf).orElse(Backends.AUTO);
    }

    private static boolean isLocal(SparkConf conf) {
        return LOCAL.matcher(conf.get("spark.master", "")).matches();
    }

    /** What is no number is Spark's to complain of. */
    private static double amount(SparkConf conf, String key) {
        try {
            return Double.parseDouble(conf.get(key, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
