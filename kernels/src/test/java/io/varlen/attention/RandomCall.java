package io.varlen.attention;

import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A random call of attention as plain arrays, put together from sequences that can also be called alone or in other company.
 *
 * @param form what all sequences have in common
 * @param sequences what each has for itself
 */
public record RandomCall(Form form, List<Sequence> sequences) {
    private static final int NONE = -2;

    /**
     * @param bias 0 for none, 1 for one of all heads, 2 for one per head
     * @param sinks or null
     * @param left of a sliding window, or {@link #NONE} for no window
     * @param chunk the size of chunks, or {@link #NONE}
     */
    public record Form(
            int heads,
            int keyHeads,
            int dim,
            float scale,
            float softcap,
            int bias,
            float[] sinks,
            int left,
            int right,
            int chunk,
            boolean prefix,
            boolean document,
            boolean dense) {

        /** Any mask and any option, each more often absent than there. */
        public static Form of(Random dice) {
            int[] dims = {1, 2, 3, 8, 16, 32, 33, 64, 80, 128};
            int keyHeads = 1 + dice.nextInt(3);
            int heads = keyHeads * (1 + dice.nextInt(3));
            int dim = dims[dice.nextInt(dims.length)];
            float[] scales = {(float) (1 / Math.sqrt(dim)), 0.3f, 0f, -0.2f};
            float[] softcaps = {0, 0, 0, 0.5f, 5, 50};
            return new Form(
                    heads,
                    keyHeads,
                    dim,
                    scales[Math.max(0, dice.nextInt(8) - 4)],
                    softcaps[dice.nextInt(softcaps.length)],
                    Math.max(0, dice.nextInt(5) - 2),
                    dice.nextInt(3) == 0 ? sinks(dice, heads) : null,
                    dice.nextInt(3) == 0 ? dice.nextInt(30) - 1 : NONE,
                    dice.nextInt(3) == 0 ? dice.nextInt(30) - 1 : dice.nextInt(3) - 1,
                    dice.nextInt(4) == 0 ? 1 + dice.nextInt(40) : NONE,
                    dice.nextInt(4) == 0,
                    dice.nextInt(4) == 0,
                    dice.nextInt(4) == 0);
        }

        /** No option, and the mask {@code slidingWindow(left, right)}. */
        public static Form plain(int heads, int keyHeads, int dim, int left, int right) {
            float scale = (float) (1 / Math.sqrt(dim));
            return new Form(heads, keyHeads, dim, scale, 0, 0, null, left, right, NONE, false, false, false);
        }

        private static float[] sinks(Random dice, int heads) {
            float[] sinks = new float[heads];
            float[] special = {Float.NEGATIVE_INFINITY, -100, 0, 100};
            for (int h = 0; h < heads; h++) {
                sinks[h] = dice.nextInt(3) == 0 ? special[dice.nextInt(4)] : (float) dice.nextGaussian() * 2;
            }
            return sinks;
        }

        public Form withoutDense() {
            return new Form(
                    heads, keyHeads, dim, scale, softcap, bias, sinks, left, right, chunk, prefix, document, false);
        }

        public Form withDense() {
            return new Form(
                    heads, keyHeads, dim, scale, softcap, bias, sinks, left, right, chunk, prefix, document, true);
        }

        public Form withSinks(float... values) {
            return new Form(
                    heads, keyHeads, dim, scale, softcap, bias, values, left, right, chunk, prefix, document, dense);
        }
    }

    /**
     * @param q {@code [queries, Hq, D]}
     * @param k {@code [keys, Hk, D]}
     * @param v {@code [keys, Hk, D]}
     * @param bias {@code [Hq or 1, queries, keys]}; what a call without a bias makes nothing of
     * @param prefix of so many keys
     * @param visible a dense mask {@code [queries][keys]}
     */
    public record Sequence(
            int queries,
            int keys,
            float[] q,
            float[] k,
            float[] v,
            float[] bias,
            int prefix,
            int[] queryIds,
            int[] keyIds,
            boolean[][] visible) {

        /** @param spread the standard deviation of queries and keys */
        public static Sequence of(Random dice, Form form, int queries, int keys, float spread) {
            boolean[][] visible = new boolean[queries][keys];
            double density = new double[] {0.05, 0.5, 0.95}[dice.nextInt(3)];
            for (boolean[] row : visible) {
                for (int k = 0; k < keys; k++) {
                    row[k] = dice.nextDouble() < density;
                }
            }
            float[] bias = normal(dice, form.heads * queries * keys, 2);
            for (int i = 0; i < bias.length; i++) {
                bias[i] = dice.nextInt(20) == 0 ? Float.NEGATIVE_INFINITY : bias[i];
            }
            return new Sequence(
                    queries,
                    keys,
                    normal(dice, queries * form.heads * form.dim, spread),
                    normal(dice, keys * form.keyHeads * form.dim, spread),
                    normal(dice, keys * form.keyHeads * form.dim, 1),
                    bias,
                    dice.nextInt(keys + 2),
                    ascending(dice, queries),
                    ascending(dice, keys),
                    visible);
        }

        /** The same lengths and masks, with nothing but NaN, infinities and the largest numbers in it. */
        public Sequence poisoned(Random dice) {
            return new Sequence(
                    queries,
                    keys,
                    poison(dice, q.length),
                    poison(dice, k.length),
                    poison(dice, v.length),
                    poison(dice, bias.length),
                    prefix,
                    queryIds,
                    keyIds,
                    visible);
        }

        public Sequence withKeysAndValues(float[] otherK, float[] otherV) {
            return new Sequence(queries, keys, q, otherK, otherV, bias, prefix, queryIds, keyIds, visible);
        }

        public Sequence withQueries(float[] otherQ) {
            return new Sequence(queries, keys, otherQ, k, v, bias, prefix, queryIds, keyIds, visible);
        }

        public Sequence withBias(float[] otherBias) {
            return new Sequence(queries, keys, q, k, v, otherBias, prefix, queryIds, keyIds, visible);
        }

        private static int[] ascending(Random dice, int count) {
            int[] ids = new int[count];
            for (int i = 1; i < count; i++) {
                ids[i] = ids[i - 1] + (dice.nextInt(10) == 0 ? 1 : 0);
            }
            return ids;
        }

        private static float[] poison(Random dice, int count) {
            float[] poison = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, 1f};
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = poison[dice.nextInt(poison.length)];
            }
            return values;
        }
    }

    /**
     * What came of a call.
     *
     * @param output {@code [T, Hq, D]}
     * @param lse {@code [Hq, T]}
     */
    public record Result(Attention call, float[] output, float[] lse) {
        public float[] row(int token, int head) {
            int dim = call.o().dim();
            int at = (token * call.q().count() + head) * dim;
            return Arrays.copyOfRange(output, at, at + dim);
        }

        public float lse(int head, int token) {
            return lse[head * call.q().tokens() + token];
        }
    }

    /** Random sequences of up to {@code maxLength} queries and keys, some of them empty. */
    public static RandomCall of(Random dice, Form form, int maxCount, int maxLength) {
        List<Sequence> sequences = new ArrayList<>();
        boolean self = dice.nextBoolean();
        for (int i = dice.nextInt(maxCount + 1); i > 0; i--) {
            int queries = dice.nextInt(4) == 0 ? 0 : dice.nextInt(maxLength + 1);
            int keys = self ? queries : dice.nextInt(4) == 0 ? 0 : dice.nextInt(maxLength + 1);
            sequences.add(Sequence.of(dice, form, queries, keys, 1.5f));
        }
        return new RandomCall(form, sequences);
    }

    public static RandomCall of(Form form, Sequence... sequences) {
        return new RandomCall(form, List.of(sequences));
    }

    public CuSeqlens queries() {
        return CuSeqlens.ofLengths(
                sequences.stream().mapToInt(Sequence::queries).toArray());
    }

    public CuSeqlens keys() {
        return CuSeqlens.ofLengths(sequences.stream().mapToInt(Sequence::keys).toArray());
    }

    public MaskPlan mask() {
        CuSeqlens queries = queries();
        Mask mask = form.left == NONE ? Mask.full() : Mask.slidingWindow(form.left, form.right);
        if (form.chunk != NONE) {
            mask = mask.and(Mask.chunked(form.chunk));
        }
        if (form.prefix) {
            mask = mask.and(
                    Mask.prefix(sequences.stream().mapToInt(Sequence::prefix).toArray()));
        }
        if (form.document) {
            mask = Mask.document(concatenated(queries, true), concatenated(keys(), false))
                    .and(mask);
        }
        if (form.dense) {
            mask = mask.and(Mask.dense(denseMatrices(), queries));
        }
        return MaskPlan.of(mask, queries, keys());
    }

    private int[] concatenated(CuSeqlens axis, boolean ofQueries) {
        int[] ids = new int[axis.total()];
        for (int i = 0; i < sequences.size(); i++) {
            int[] own = ofQueries ? sequences.get(i).queryIds : sequences.get(i).keyIds;
            System.arraycopy(own, 0, ids, axis.start(i), own.length);
        }
        return ids;
    }

    private boolean[][][] denseMatrices() {
        int columns = keys().maxLength();
        boolean[][][] matrices = new boolean[sequences.size()][][];
        for (int i = 0; i < matrices.length; i++) {
            boolean[][] own = sequences.get(i).visible;
            matrices[i] = new boolean[own.length][];
            for (int q = 0; q < own.length; q++) {
                matrices[i][q] = Arrays.copyOf(own[q], columns);
            }
        }
        return matrices;
    }

    /** {@code [T, keys]} or {@code [Hq · T, keys]} with NaN where nobody may look. */
    private Tensor bias(Backend backend) {
        CuSeqlens queries = queries();
        int heads = form.bias == 1 ? 1 : form.heads;
        int columns = keys().maxLength() + 1;
        float[] bias = new float[heads * queries.total() * columns];
        Arrays.fill(bias, Float.NaN);
        for (int i = 0; i < sequences.size(); i++) {
            Sequence own = sequences.get(i);
            for (int h = 0; h < heads; h++) {
                for (int q = 0; q < own.queries; q++) {
                    System.arraycopy(
                            own.bias,
                            (h * own.queries + q) * own.keys,
                            bias,
                            (h * queries.total() + queries.start(i) + q) * columns,
                            own.keys);
                }
            }
        }
        return backend.tensor(bias, heads * queries.total(), columns);
    }

    /** On this backend, with outputs of unspecified content. */
    public Attention attention(Backend backend) {
        int tokens = queries().total();
        int keyTokens = keys().total();
        AttentionOptions options = AttentionOptions.scaled(form.scale).withSoftcap(form.softcap);
        if (form.bias > 0) {
            options = options.withBias(bias(backend));
        }
        if (form.sinks != null) {
            options = options.withSinks(backend.tensor(form.sinks.clone(), 1, form.heads));
        }
        Tensor output = filled(backend, tokens, form.heads * form.dim);
        return new Attention(
                heads(backend, sequences.stream().map(Sequence::q).toList(), tokens, form.heads),
                heads(backend, sequences.stream().map(Sequence::k).toList(), keyTokens, form.keyHeads),
                heads(backend, sequences.stream().map(Sequence::v).toList(), keyTokens, form.keyHeads),
                mask(),
                options,
                new Heads(output, 0, form.heads, form.dim),
                filled(backend, form.heads, tokens));
    }

    public Result run(Backend backend) {
        Attention call = attention(backend);
        backend.attention(call);
        return new Result(call, call.o().tensor().toArray(), call.lse().toArray());
    }

    private Heads heads(Backend backend, List<float[]> parts, int tokens, int heads) {
        float[] all = new float[tokens * heads * form.dim];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return new Heads(backend.tensor(all, tokens, heads * form.dim), 0, heads, form.dim);
    }

    /** With what must not be there afterwards. */
    private static Tensor filled(Backend backend, int rows, int columns) {
        float[] elements = new float[rows * columns];
        Arrays.fill(elements, Float.NaN);
        return backend.tensor(elements, rows, columns);
    }

    static float[] normal(Random dice, int count, float spread) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) dice.nextGaussian() * spread;
        }
        return values;
    }
}
