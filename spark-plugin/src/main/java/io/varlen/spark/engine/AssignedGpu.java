package io.varlen.spark.engine;

import io.varlen.attention.Backends;
import java.util.Map;
import org.apache.spark.resource.ResourceInformation;

/** The GPU that Spark has assigned to this process ({@code spark.executor.resource.gpu.amount}), of several in a host. */
public final class AssignedGpu {
    private static final String RESOURCE = "gpu";

    private AssignedGpu() {}

    /**
     * Makes the backend for GPUs use it, unless {@value Backends#CUDA_DEVICE} says otherwise already.
     *
     * @param resources what Spark has assigned to an executor or a task, by name
     */
    public static void use(Map<String, ResourceInformation> resources) {
        ResourceInformation gpus = resources.get(RESOURCE);
        if (gpus != null && gpus.addresses().length > 0 && System.getProperty(Backends.CUDA_DEVICE) == null) {
            System.setProperty(Backends.CUDA_DEVICE, gpus.addresses()[0]);
        }
    }
}
