package io.varlen.spark.engine;

import io.varlen.attention.Backends;
import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * The GPUs that this process may use: what Spark has assigned to the executor ({@code spark.executor.resource.gpu.amount}); else to
 * the task; else the first one that the driver shows, which is that of {@code CUDA_VISIBLE_DEVICES} where it is set. Of several, a
 * task takes one by its partition, unless Spark has given it one of its own.
 *
 * @param addresses as Spark's discovery script printed them
 */
record AssignedGpus(List<String> addresses) {
    /** Spark has assigned none to the executor, or has not told us. */
    static final AssignedGpus UNKNOWN = new AssignedGpus(List.of());

    private static final String RESOURCE = "gpu";
    private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

    /** @param resources of an executor or a task, by name */
    static AssignedGpus of(Map<String, ResourceInformation> resources) {
        ResourceInformation gpus = resources.get(RESOURCE);
        return gpus == null || gpus.addresses().length == 0 ? UNKNOWN : new AssignedGpus(List.of(gpus.addresses()));
    }

    /**
     * The address of the calling task's GPU; null for the one that {@value Backends#CUDA_DEVICE} names, which comes before what Spark
     * says, or the first.
     */
    String ofThisTask() {
        if (System.getProperty(Backends.CUDA_DEVICE) != null) {
            return null;
        }
        TaskContext task = TaskContext.get();
        return task == null ? of(List.of(), 0) : of(of(task.resourcesJMap()).addresses(), task.partitionId());
    }

    /** @param own the addresses that Spark has assigned to a task alone */
    String of(List<String> own, int partition) {
        List<String> choice = own.isEmpty() ? addresses : own;
        return choice.isEmpty() ? null : choice.get(partition % choice.size());
    }

    /** Which they are and why, in a few words for a log. */
    String description() {
        String property = System.getProperty(Backends.CUDA_DEVICE);
        if (property != null) {
            return "device " + property + ", by " + Backends.CUDA_DEVICE;
        }
        if (!addresses.isEmpty()) {
            return String.join(", ", addresses) + ", assigned by Spark";
        }
        String own = ofThisTask();
        if (own != null) {
            return own + ", assigned by Spark to this task";
        }
        String visible = System.getenv(VISIBLE);
        return visible == null
                ? "none assigned by Spark, so the first one there is"
                : "none assigned by Spark, so the first of " + VISIBLE + "=" + visible;
    }
}
