package io.varlen.internal.cuda;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.Gpu;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether a device can be used for what is asked, and the backend on it. */
final class CudaOpening {
    /**
     * The system property that bounds the device memory in use, in MB; by default nine tenths of what is free. All backends on a
     * device share it, and the first one's opening asks for it.
     */
    static final String MEMORY_PROPERTY = "varlen.cuda.memory";

    private static final Logger LOG = LoggerFactory.getLogger(CudaOpening.class);
    private static final int OLDEST = 75;
    private static final int FIRST_WITH_BF16 = 80;

    private final CudaSessions sessions;
    private final Dtype dtype;
    private final String address;
    private final Function<String, Set<String>> proven;

    /** On the device that {@link Backends#CUDA_DEVICE} chooses. */
    CudaOpening(CudaSessions sessions, Dtype dtype, Function<String, Set<String>> proven) {
        this(sessions, dtype, null, proven);
    }

    /**
     * @param address of {@link DeviceAddress}; null for what {@link Backends#CUDA_DEVICE} says
     * @param proven the proven forms by architecture
     */
    CudaOpening(CudaSessions sessions, Dtype dtype, String address, Function<String, Set<String>> proven) {
        this.sessions = sessions;
        this.dtype = dtype;
        this.address = address;
        this.proven = proven;
    }

    /**
     * For whoever asks for this backend by its name: with all forms.
     *
     * @throws InvalidInputException if no device can be used; the message says why
     */
    CudaBackend byName() {
        DeviceProperties device = device();
        if (!isProven(device)) {
            LOG.warn(
                    "backend cuda on {} ({}): no passed contract suite is recorded for this architecture; see kernels/BENCHMARKS.md",
                    device.name(),
                    device.architecture());
        }
        return open(device, form -> true);
    }

    /**
     * For whoever leaves the choice to us: with proven forms alone.
     *
     * @throws InvalidInputException if no device can or should be used; the message says why
     */
    CudaBackend proven() {
        DeviceProperties device = device();
        if (!isProven(device)) {
            throw new InvalidInputException(unproven(device));
        }
        Set<String> names = proven.apply(device.architecture());
        return open(device, form -> names.contains(form.name()));
    }

    /** All devices that there are, and which of them whoever leaves the choice to us may get. */
    List<Gpu> gpus() {
        return sessions.devices().stream()
                .map(device -> new Gpu(
                        device.ordinal(), device.name(), device.architecture(), device.memory(), whyNotProven(device)))
                .toList();
    }

    private String whyNotProven(DeviceProperties device) {
        if (device.capability() < OLDEST) {
            return tooOld(device);
        }
        return isProven(device) ? null : unproven(device);
    }

    private static String tooOld(DeviceProperties device) {
        return device.name() + " (" + device.architecture()
                + ") is too old: it takes compute capability 7.5 (Turing) or later";
    }

    private static String unproven(DeviceProperties device) {
        return device.name() + " (" + device.architecture()
                + ") is there, but no passed contract suite is recorded for its architecture; backend cuda uses it all the same";
    }

    private boolean isProven(DeviceProperties device) {
        return proven.apply(device.architecture()).containsAll(Set.of(ProvenForms.OPERATIONS, AttentionForms.PLAIN));
    }

    private DeviceProperties device() {
        List<DeviceProperties> devices = sessions.devices();
        if (devices.isEmpty()) {
            String visible = System.getenv(DeviceAddress.VISIBLE);
            throw new InvalidInputException("the NVIDIA driver shows no device"
                    + (visible == null ? "" : "; " + DeviceAddress.VISIBLE + " is '" + visible + "'"));
        }
        DeviceProperties device = devices.get(ordinal(devices.size()));
        if (device.capability() < OLDEST) {
            throw new InvalidInputException(tooOld(device));
        }
        if (dtype == Dtype.BF16 && device.capability() < FIRST_WITH_BF16) {
            throw new InvalidInputException(
                    device.name() + " (" + device.architecture()
                            + ") does not multiply bf16: it takes compute capability 8.0 or later; use dtype fp16, fp32 or auto");
        }
        return device;
    }

    private int ordinal(int devices) {
        if (address != null) {
            return DeviceAddress.among(sessions.identities()).ordinal(address);
        }
        int ordinal = number(Backends.CUDA_DEVICE, 0);
        if (ordinal >= devices) {
            throw new InvalidInputException(Backends.CUDA_DEVICE + " is " + ordinal + ", but the driver shows "
                    + devices + (devices == 1 ? " device" : " devices") + "; the first one is 0");
        }
        return ordinal;
    }

    private CudaBackend open(DeviceProperties properties, Predicate<AttentionForm> allowed) {
        CudaSession session = sessions.open(properties.ordinal(), CudaOpening::budget);
        try {
            List<AttentionForm> forms =
                    AttentionForms.all(session).stream().filter(allowed).toList();
            AttentionForms attention = new AttentionForms(forms, properties, new SelfCheck(session));
            CudaGemm gemm = CudaGemm.of(session, proven.apply(properties.architecture()));
            return new CudaBackend(session, resolved(properties), attention, gemm);
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    private Dtype resolved(DeviceProperties device) {
        if (dtype != Dtype.AUTO) {
            return dtype;
        }
        return device.capability() >= FIRST_WITH_BF16 ? Dtype.BF16 : Dtype.FP16;
    }

    private static long budget(Driver.Device device) {
        int megabytes = number(MEMORY_PROPERTY, 0);
        return megabytes > 0 ? (long) megabytes << 20 : device.freeMemory() / 10 * 9;
    }

    private static int number(String property, int otherwise) {
        String text = System.getProperty(property, "");
        if (text.isBlank()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text.strip());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new InvalidInputException(property + " is '" + text + "'; it can be 0 or a larger number");
    }
}
