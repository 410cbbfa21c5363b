package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.DeviceException;
import io.varlen.attention.Heads;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Compares what a form of attention computes on this device with the definition, computed in double precision on the host: a few
 * sequences, of which the last is no short one, before the form is used for the first time. There are two key heads, in one tensor with
 * queries and values; of all query heads the first and the last are computed on the host.
 */
final class SelfCheck {
    private static final CuSeqlens SEQUENCES = CuSeqlens.ofLengths(5, 33, 1, 0, 130, 260);
    private static final int KEY_HEADS = 2;

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
        AttentionOptions plain = AttentionOptions.forHeadDim(subject.headDim());
        try {
            return difference(form, subject, Mask.full(), plain)
                    .or(() -> difference(form, subject, Mask.slidingWindow(40, 0), plain.withSoftcap(5)));
        } catch (DeviceException e) {
            if (e.kind() == DeviceException.Kind.USAGE) {
                return Optional.of(e.getMessage()); // a driver too old for it
            }
            throw e;
        }
    }

    private Optional<String> difference(AttentionForm form, Subject subject, Mask mask, AttentionOptions options) {
        int tokens = SEQUENCES.total();
        int dim = subject.headDim();
        int heads = KEY_HEADS * subject.headsPerKeyHead();
        float[] qkv = random(subject.element(), tokens * (heads + 2 * KEY_HEADS) * dim);
        CudaStream stream = session.stream();
        DevicePlan plan = new DevicePlan(MaskPlan.of(mask, SEQUENCES), session, stream);
        try (CudaTensor projected = session.upload(qkv, subject.element(), tokens, (heads + 2 * KEY_HEADS) * dim);
                CudaTensor sinks = session.upload(new float[heads], Element.F32, 1, heads);
                CudaTensor output = session.tensor(subject.element(), tokens, heads * dim);
                CudaTensor lse = session.tensor(Element.F32, heads, tokens)) {
            Attention call = new Attention(
                    new Heads(projected, 0, heads, dim),
                    new Heads(projected, heads * dim, KEY_HEADS, dim),
                    new Heads(projected, (heads + KEY_HEADS) * dim, KEY_HEADS, dim),
                    plan.plan(),
                    options.softcap() > 0 ? options.withSinks(sinks) : options,
                    Heads.of(output, heads),
                    lse);
            form.launch(call, plan, stream);
            float[] o = output.toArray();
            float[] sums = lse.toArray();
            return difference(call, qkv, o, sums, 0)
                    .or(() -> difference(call, qkv, o, sums, heads - 1))
                    .map(found -> "for " + mask + " it gives " + found);
        } finally {
            plan.close();
        }
    }

    /** Numbers that the element type has. */
    private static float[] random(Element element, int count) {
        SplittableRandom dice = new SplittableRandom(1);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = element.decode(element.encode((float) dice.nextDouble(-2, 2)));
        }
        return numbers;
    }

    private static Optional<String> difference(Attention call, float[] qkv, float[] o, float[] lse, int head) {
        int dim = call.q().dim();
        int tokens = call.q().tokens();
        int keyHead = head / (call.q().count() / call.k().count());
        double tolerance = 2 * tolerance(CudaTensor.of(call.o()).element()); // times max|V|
        for (int t = 0; t < tokens; t++) {
            double[] expected = new double[dim];
            double sum = call.options().sinks() == null ? 0 : 1; // e^0
            for (int j = call.mask().lo(t); j < call.mask().hi(t); j++) {
                double weight = Math.exp(score(call, qkv, t, head, j, keyHead));
                sum += weight;
                for (int d = 0; d < dim; d++) {
                    expected[d] += weight * qkv[(int) call.v().elementOffset(j, keyHead) + d];
                }
            }
            if (!(Math.abs(lse[head * tokens + t] - Math.log(sum)) <= 1e-4)) {
                return Optional.of("an LSE of " + lse[head * tokens + t] + " instead of " + (float) Math.log(sum));
            }
            for (int d = 0; d < dim; d++) {
                float actual = o[(int) call.o().elementOffset(t, head) + d];
                if (!(Math.abs(actual - expected[d] / sum) <= tolerance)) {
                    return Optional.of("an output of " + actual + " instead of " + (float) (expected[d] / sum));
                }
            }
        }
        return Optional.empty();
    }

    private static double score(Attention call, float[] qkv, int query, int head, int key, int keyHead) {
        int q = (int) call.q().elementOffset(query, head);
        int k = (int) call.k().elementOffset(key, keyHead);
        double score = 0;
        for (int d = 0; d < call.q().dim(); d++) {
            score += (double) qkv[q + d] * qkv[k + d];
        }
        score *= call.options().scale();
        double softcap = call.options().softcap();
        return softcap > 0 ? softcap * Math.tanh(score / softcap) : score;
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
