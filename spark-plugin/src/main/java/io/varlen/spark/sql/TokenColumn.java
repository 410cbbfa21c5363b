package io.varlen.spark.sql;

import static io.varlen.spark.function.FunctionParameter.column;

import io.varlen.InvalidInputException;
import io.varlen.packing.RowLimits;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionExample;
import io.varlen.spark.function.FunctionParameter;
import io.varlen.spark.function.SqlFunction;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * {@code varlen_position_ids} and {@code varlen_segment_ids}: what a packed dataset has in the columns of these names.
 *
 * @param kind which of both
 */
public record TokenColumn(Kind kind) implements SqlFunction {
    private static final List<FunctionParameter> PARAMETERS = List.of(
            column("cu_seqlens", "array of int: 0, and where each sequence ends"),
            column(
                    "length",
                    "int: the slots of the row, at most 16777216; those behind the last sequence are padding"));

    static final FunctionDefinition POSITION_IDS = new FunctionDefinition(
            Kind.POSITION_IDS.function,
            "Per slot of a packed row, the position in its sequence; it restarts at 0 where the padding begins.",
            PARAMETERS,
            List.of(new FunctionExample("SELECT _FUNC_(array(0, 3, 4), 6)", "[0,1,2,0,0,1]")),
            arguments -> new TokenColumn(Kind.POSITION_IDS));

    static final FunctionDefinition SEGMENT_IDS = new FunctionDefinition(
            Kind.SEGMENT_IDS.function,
            "Per slot of a packed row, the 0-based index of its sequence; -1 on padding.",
            PARAMETERS,
            List.of(new FunctionExample("SELECT _FUNC_(array(0, 3, 4), 6)", "[0,0,0,1,-1,-1]")),
            arguments -> new TokenColumn(Kind.SEGMENT_IDS));

    /** The columns that follow from the boundaries alone. */
    public enum Kind {
        POSITION_IDS("varlen_position_ids") {
            @Override
            int[] of(CuSeqlens sequences, int length) {
                return DerivedColumn.positionIds(sequences, length);
            }
        },
        SEGMENT_IDS("varlen_segment_ids") {
            @Override
            int[] of(CuSeqlens sequences, int length) {
                return DerivedColumn.segmentIds(sequences, length);
            }
        };

        private final String function;

        Kind(String function) {
            this.function = function;
        }

        abstract int[] of(CuSeqlens sequences, int length);
    }

    @Override
    public String name() {
        return kind.function;
    }

    @Override
    public DataType[] inputTypes() {
        return new DataType[] {SqlTypes.argument(DataTypes.IntegerType), DataTypes.IntegerType};
    }

    @Override
    public DataType resultType() {
        return SqlTypes.INT_ARRAY;
    }

    @Override
    public Object call(Object[] arguments) {
        int[] offsets = (int[]) arguments[0];
        int length = (Integer) arguments[1];
        if (length > RowLimits.MAX_SEQ_LEN) {
            throw new InvalidInputException(
                    name() + ": the length is " + length + "; a row has at most " + RowLimits.MAX_SEQ_LEN + " slots");
        }
        return Checked.in(name(), () -> kind.of(CuSeqlens.ofOffsets(offsets), length));
    }
}
