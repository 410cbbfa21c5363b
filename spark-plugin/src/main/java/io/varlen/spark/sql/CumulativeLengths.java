package io.varlen.spark.sql;

import static io.varlen.spark.function.FunctionParameter.column;
import static io.varlen.spark.function.FunctionParameter.text;

import io.varlen.InvalidInputException;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.function.FunctionArguments;
import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionExample;
import io.varlen.spark.function.SqlFunction;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * {@code varlen_cu_seqlens}.
 *
 * @param kind of the numbers that it is called with
 */
public record CumulativeLengths(Kind kind) implements SqlFunction {
    static final FunctionDefinition DEFINITION = new FunctionDefinition(
            "varlen_cu_seqlens",
            "The boundaries of sequences laid end to end: 0, and where each one ends (flash-attention's cu_seqlens).",
            List.of(
                    column("lengths", "array of int: the length of each sequence, or what kind says"),
                    text(
                                    "kind",
                                    "lengths (the default), position_ids (per token, from 0 in each sequence) or segment_ids (per"
                                            + " token, the index of its sequence; -1 at the end is padding)")
                            .orNone()),
            List.of(
                    new FunctionExample("SELECT _FUNC_(array(3, 1, 2))", "[0,3,4,6]"),
                    new FunctionExample("SELECT _FUNC_(array(0, 1, 2, 0, 0, 1), 'position_ids')", "[0,3,4,6]"),
                    new FunctionExample("SELECT _FUNC_(array(0, 0, 0, 1, 2, 2, -1), 'segment_ids')", "[0,3,4,6]")),
            CumulativeLengths::of);

    /** What numbers may say of sequences. */
    public enum Kind {
        LENGTHS(CuSeqlens::ofLengths),
        POSITION_IDS(CuSeqlens::ofPositionIds),
        SEGMENT_IDS(CuSeqlens::ofSegmentIds);

        private final Function<int[], CuSeqlens> sequences;

        Kind(Function<int[], CuSeqlens> sequences) {
            this.sequences = sequences;
        }
    }

    private static CumulativeLengths of(FunctionArguments arguments) {
        String name = arguments.text("kind");
        if (name == null) {
            return new CumulativeLengths(Kind.LENGTHS);
        }
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .map(CumulativeLengths::new)
                .orElseThrow(() -> new InvalidInputException(DEFINITION.name() + ": there is no kind '" + name
                        + "'; it is one of lengths, position_ids, segment_ids"));
    }

    @Override
    public String name() {
        return DEFINITION.name();
    }

    @Override
    public DataType[] inputTypes() {
        return new DataType[] {SqlTypes.argument(DataTypes.IntegerType)};
    }

    @Override
    public DataType resultType() {
        return SqlTypes.INT_ARRAY;
    }

    @Override
    public Object call(Object[] arguments) {
        int[] numbers = (int[]) arguments[0];
        return Checked.in(name(), () -> kind.sequences.apply(numbers).toArray());
    }
}
