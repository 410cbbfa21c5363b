package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.DeviceException;
import io.varlen.attention.Heads;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Compares what a form of attention computes on this device with the definition, computed in double precision on the host: a few
 * sequences, of which the last is no short one, before the form is used for the first time.
 */
final class SelfCheck {
    private static final CuSeqlens SEQUENCES = CuSeqlens.ofLengths(5, 33, 1, 0, 130, 260);
    private static final List<Mask> MASKS = List.of(Mask.full(), Mask.slidingWindow(40, 0));

    private final CudaSession session;

    /** What is checked by itself: other element types and head sizes are other kernels. */
    record Subject(String form, Element element, int headDim, int headsPerKeyHead) {
        static Subject of(AttentionForm form, Attention call) {
            return new Subject(
                    form.name(),
                    CudaTensor.of(call.q()).element(),
                    call.q().dim(),
                    call.q().count() / call.k().count());
        }
    }

    SelfCheck(CudaSession session) {
        this.session = session;
    }

    /**
     * Why the form is not to be used, in a few words; empty if it is right.
     *
     * @throws DeviceException if it was not to be found out, for want of memory or of a device that still answers
     */
    Optional<String> run(AttentionForm form, Subject subject) {
        try {
            for (Mask mask : MASKS) {
                Optional<String> difference = difference(form, subject, MaskPlan.of(mask, SEQUENCES));
                if (difference.isPresent()) {
                    return difference.map(found -> "for " + mask + " it gives " + found);
                }
            }
            return Optional.empty();
        } catch (DeviceException e) {
            if (e.kind() == DeviceException.Kind.USAGE) {
                return Optional.of(e.getMessage()); // a driver too old for it
            }
            throw e;
        }
    }

    private Optional<String> difference(AttentionForm form, Subject subject, MaskPlan mask) {
        int tokens = SEQUENCES.total();
        int heads = subject.headsPerKeyHead();
        float[] q = random(subject.element(), tokens * heads * subject.headDim(), 1);
        float[] k = random(subject.element(), tokens * subject.headDim(), 2);
        float[] v = random(subject.element(), tokens * subject.headDim(), 3);
        CudaStream stream = session.stream();
        DevicePlan plan = new DevicePlan(mask, session, stream);
        try (CudaTensor queries = upload(subject, q, tokens, heads);
                CudaTensor keys = upload(subject, k, tokens, 1);
                CudaTensor values = upload(subject, v, tokens, 1);
                CudaTensor output = session.tensor(subject.element(), tokens, heads * subject.headDim());
                CudaTensor lse = session.tensor(Element.F32, heads, tokens)) {
            Attention call = new Attention(
                    Heads.of(queries, heads),
                    Heads.of(keys, 1),
                    Heads.of(values, 1),
                    mask,
                    AttentionOptions.forHeadDim(subject.headDim()),
                    Heads.of(output, heads),
                    lse);
            form.launch(call, plan, stream);
            return compare(call, q, k, v, output.toArray(), lse.toArray());
        } finally {
            plan.close();
        }
    }

    private CudaTensor upload(Subject subject, float[] elements, int tokens, int heads) {
        return session.upload(elements, subject.element(), tokens, heads * subject.headDim());
    }

    /** Numbers that the element type has. */
    private static float[] random(Element element, int count, long seed) {
        SplittableRandom dice = new SplittableRandom(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = element.decode(element.encode((float) dice.nextDouble(-2, 2)));
        }
        return numbers;
    }

    private static Optional<String> compare(Attention call, float[] q, float[] k, float[] v, float[] o, float[] lse) {
        int heads = call.q().count();
        int dim = call.q().dim();
        int tokens = call.q().tokens();
        double tolerance = 2 * tolerance(CudaTensor.of(call.o()).element()); // times max|V|
        for (int h = 0; h < heads; h++) {
            for (int t = 0; t < tokens; t++) {
                double[] expected = new double[dim];
                double sum = 0;
                for (int j = call.mask().lo(t); j < call.mask().hi(t); j++) {
                    double score = 0;
                    for (int d = 0; d < dim; d++) {
                        score += (double) q[(t * heads + h) * dim + d] * k[j * dim + d];
                    }
                    double weight = Math.exp(score * call.options().scale());
                    sum += weight;
                    for (int d = 0; d < dim; d++) {
                        expected[d] += weight * v[j * dim + d];
                    }
                }
                if (!(Math.abs(lse[h * tokens + t] - Math.log(sum)) <= 1e-4)) {
                    return Optional.of("an LSE of " + lse[h * tokens + t] + " instead of " + (float) Math.log(sum));
                }
                for (int d = 0; d < dim; d++) {
                    float actual = o[(t * heads + h) * dim + d];
                    if (!(Math.abs(actual - expected[d] / sum) <= tolerance)) {
                        return Optional.of("an output of " + actual + " instead of " + (float) (expected[d] / sum));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Of an output, relative to the largest value. */
    private static double tolerance(Element element) {
        return switch (element) {
            case F32 -> 1e-5;
            case F16 -> 0x1p-10;
            case BF16 -> 0x1p-7;
        };
    }
}
