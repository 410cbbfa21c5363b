package io.varlen.spark.sql;

import static io.varlen.spark.function.FunctionParameter.column;
import static io.varlen.spark.function.FunctionParameter.number;
import static io.varlen.spark.function.FunctionParameter.text;

import io.varlen.InvalidInputException;
import io.varlen.attention.Attention;
import io.varlen.attention.AttentionOptions;
import io.varlen.attention.Backend;
import io.varlen.attention.Dtype;
import io.varlen.attention.Heads;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import io.varlen.mask.MaskPlan;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.engine.Compute;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.function.FunctionArguments;
import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionExample;
import io.varlen.spark.function.SqlFunction;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * {@code varlen_attention}: one call of variable-length attention per row, in fp32.
 *
 * @param heads of the queries
 * @param kvHeads of keys and values
 * @param mask as {@link Mask#parse} takes it
 * @param scale of the scores; null for {@code 1/√head_dim}
 * @param softcap 0 for none
 * @param backend what computes; null for what the configuration says
 * @param cross whether keys have boundaries of their own
 */
public record Attend(int heads, int kvHeads, String mask, Float scale, float softcap, String backend, boolean cross)
        implements SqlFunction {
    private static final List<String> OPTIONS = List.of("scale", "softcap", "backend");

    static final FunctionDefinition DEFINITION = new FunctionDefinition(
            "varlen_attention",
            "softmax(scale · Q Kᵀ) V within each sequence, [T, heads, head_dim] as array of float, in fp32; zeros where a query"
                    + " sees no key.",
            List.of(
                    column("q", "array of float: [T, heads, head_dim], the last index fastest"),
                    column("k", "array of float: [S, kv_heads, head_dim]"),
                    column("v", "array of float: as k"),
                    column("cu_seqlens", "array of int: 0, and where each sequence ends, the last at T"),
                    number("heads", "heads of q"),
                    number("kv_heads", "heads of k and v; heads is a multiple of it (MHA, GQA, MQA)"),
                    text(
                                    "mask",
                                    "full (the default), causal, sliding_window(left, right) with -1 for no limit, chunked(size),"
                                            + " prefix(length), or several of them joined by &")
                            .orNone(),
                    text(
                                    "options",
                                    "name=value,…: scale (default 1/sqrt(head_dim)), softcap (default none), backend (default"
                                            + " spark.varlen.backend)")
                            .orNone(),
                    column("cu_seqlens_k", "array of int: that of k and v, the last at S (default: cu_seqlens)")
                            .orNone()),
            List.of(
                    new FunctionExample(
                            "SELECT _FUNC_(array(1F, 1F), array(0F, 0F), array(1F, 3F), array(0, 2), 1, 1)",
                            "[2.0,2.0]"),
                    new FunctionExample(
                            "SELECT _FUNC_(array(1F, 1F), array(0F, 0F), array(1F, 3F), array(0, 2), 1, 1, 'causal')",
                            "[1.0,2.0]"),
                    new FunctionExample(
                            "SELECT _FUNC_(array(1F, 1F), array(0F, 0F), array(1F, 3F), array(0, 1, 2), 1, 1)",
                            "[1.0,3.0]"),
                    new FunctionExample(
                            "SELECT _FUNC_(array(1F), array(0F, 0F), array(1F, 3F), array(0, 1), 1, 1, 'full', 'scale=1',"
                                    + " array(0, 2))",
                            "[2.0]")),
            Attend::of);

    private static Attend of(FunctionArguments arguments) {
        int heads = atLeastOne("heads", arguments.number("heads"));
        int kvHeads = atLeastOne("kv_heads", arguments.number("kv_heads"));
        if (heads % kvHeads != 0) {
            throw new InvalidInputException(
                    DEFINITION.name() + ": heads is " + heads + ", which is no multiple of kv_heads, " + kvHeads);
        }
        String mask = arguments.text("mask") == null ? "full" : arguments.text("mask");
        OptionText options = new OptionText(DEFINITION.name(), arguments.text("options"), OPTIONS);
        Float softcap = options.number("softcap");
        if (softcap != null && softcap < 0) {
            throw options.wrong("softcap is " + softcap + "; it is positive, or 0 for none");
        }
        return new Attend(
                heads,
                kvHeads,
                parse(mask).toString(),
                options.number("scale"),
                softcap == null ? 0 : softcap,
                options.backend(),
                arguments.type("cu_seqlens_k") != null);
    }

    private static int atLeastOne(String parameter, int value) {
        if (value < 1) {
            throw new InvalidInputException(
                    DEFINITION.name() + ": " + parameter + " is " + value + "; it must be at least 1");
        }
        return value;
    }

    private static Mask parse(String mask) {
        try {
            return Mask.parse(mask);
        } catch (InvalidInputException e) {
            throw new InvalidInputException(DEFINITION.name() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return DEFINITION.name();
    }

    @Override
    public DataType[] inputTypes() {
        DataType floats = SqlTypes.argument(DataTypes.FloatType);
        DataType ints = SqlTypes.argument(DataTypes.IntegerType);
        return cross
                ? new DataType[] {floats, floats, floats, ints, ints}
                : new DataType[] {floats, floats, floats, ints};
    }

    @Override
    public DataType resultType() {
        return SqlTypes.FLOAT_ARRAY;
    }

    @Override
    public Object call(Object[] arguments) {
        float[] q = (float[]) arguments[0];
        float[] k = (float[]) arguments[1];
        float[] v = (float[]) arguments[2];
        CuSeqlens queries = boundaries("cu_seqlens", arguments[3]);
        CuSeqlens keys = cross ? boundaries("cu_seqlens_k", arguments[4]) : queries;
        MaskPlan plan = Checked.in(name(), () -> MaskPlan.of(Mask.parse(mask), queries, keys));
        int dim = dim(q, queries.total());
        requireShape("k", k, keys.total(), dim);
        requireShape("v", v, keys.total(), dim);
        if (q.length == 0 || k.length == 0) {
            return new float[q.length]; // a query without keys gives zeros
        }
        return Engine.get().compute(new Compute(backend, Dtype.FP32), opened -> attend(opened, q, k, v, plan, dim));
    }

    private CuSeqlens boundaries(String parameter, Object offsets) {
        return Checked.in(name() + ": " + parameter, () -> CuSeqlens.ofOffsets((int[]) offsets));
    }

    /** Where there are no queries nothing says it, and nothing depends on it. */
    private int dim(float[] q, int tokens) {
        long perDim = (long) tokens * heads;
        if (tokens == 0 ? q.length > 0 : q.length == 0 || q.length % perDim != 0) {
            throw new InvalidInputException(name() + ": q has " + q.length + " elements; [T, heads, head_dim] with T = "
                    + tokens + " (the end of cu_seqlens) and heads = " + heads + " has "
                    + (tokens == 0 ? "none" : "a multiple of " + perDim));
        }
        return tokens == 0 ? 0 : Math.toIntExact(q.length / perDim);
    }

    private void requireShape(String parameter, float[] elements, int tokens, int dim) {
        if (dim > 0 && elements.length != (long) tokens * kvHeads * dim) {
            throw new InvalidInputException(name() + ": " + parameter + " has " + elements.length
                    + " elements; [S, kv_heads, head_dim] = [" + tokens + ", " + kvHeads + ", " + dim + "] has "
                    + (long) tokens * kvHeads * dim);
        }
    }

    private float[] attend(Backend opened, float[] q, float[] k, float[] v, MaskPlan plan, int dim) {
        int tokens = plan.queries().total();
        int keys = plan.keys().total();
        AttentionOptions options = scale == null ? AttentionOptions.forHeadDim(dim) : AttentionOptions.scaled(scale);
        try (Tensor queries = opened.tensor(q, tokens, heads * dim);
                Tensor keyTensor = opened.tensor(k, keys, kvHeads * dim);
                Tensor values = opened.tensor(v, keys, kvHeads * dim);
                Tensor output = opened.tensor(tokens, heads * dim)) {
            opened.attention(new Attention(
                    Heads.of(queries, heads),
                    Heads.of(keyTensor, kvHeads),
                    Heads.of(values, kvHeads),
                    plan,
                    options.withSoftcap(softcap),
                    Heads.of(output, heads),
                    null));
            return output.toArray();
        }
    }
}
