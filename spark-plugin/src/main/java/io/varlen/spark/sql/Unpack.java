package io.varlen.spark.sql;

import static io.varlen.spark.function.FunctionParameter.column;

import io.varlen.InvalidInputException;
import io.varlen.sequence.CuSeqlens;
import io.varlen.spark.function.FunctionArguments;
import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionExample;
import io.varlen.spark.function.SqlFunction;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * {@code varlen_unpack}: a packed row → its documents, or the pieces of them.
 *
 * @param withSegments whether each comes with what its row says of it
 */
public record Unpack(boolean withSegments) implements SqlFunction {
    /** As a packed dataset has it in {@code segments}. */
    private static final StructType SEGMENT = new StructType()
            .add("doc_id", DataTypes.StringType)
            .add("source", DataTypes.IntegerType)
            .add("chunk", DataTypes.IntegerType)
            .add("token_start", DataTypes.LongType)
            .add("token_count", DataTypes.IntegerType);

    private static final int TOKEN_COUNT = 4;

    private static final StructType PIECE = new StructType()
            .add("doc_id", DataTypes.StringType)
            .add("source", DataTypes.IntegerType)
            .add("chunk", DataTypes.IntegerType)
            .add("token_start", DataTypes.LongType)
            .add("input_ids", SqlTypes.INT_ARRAY, false);

    static final FunctionDefinition DEFINITION = new FunctionDefinition(
            "varlen_unpack",
            "The token ids of each sequence of a packed row, without the padding; with segments an array of struct<doc_id,"
                    + " source, chunk, token_start, input_ids>, for inline(…).",
            List.of(
                    column("input_ids", "array of int: a packed row"),
                    column("cu_seqlens", "array of int: 0, and where each sequence ends"),
                    column("segments", "the column of that name in a packed dataset")
                            .orNone()),
            List.of(
                    new FunctionExample("SELECT _FUNC_(array(5, 6, 7, 8, 0, 0), array(0, 3, 4))", "[[5,6,7],[8]]"),
                    new FunctionExample(
                            "SELECT explode(_FUNC_(array(5, 6, 7, 8, 0, 0), array(0, 3, 4)))", "[5,6,7]\n       [8]")),
            Unpack::of);

    private static Unpack of(FunctionArguments arguments) {
        return new Unpack(arguments.type("segments") != null);
    }

    @Override
    public String name() {
        return DEFINITION.name();
    }

    @Override
    public DataType[] inputTypes() {
        DataType ints = SqlTypes.argument(DataTypes.IntegerType);
        return withSegments ? new DataType[] {ints, ints, SqlTypes.argument(SEGMENT)} : new DataType[] {ints, ints};
    }

    @Override
    public DataType resultType() {
        return DataTypes.createArrayType(withSegments ? PIECE : SqlTypes.INT_ARRAY, false);
    }

    @Override
    public Object call(Object[] arguments) {
        int[] ids = (int[]) arguments[0];
        CuSeqlens sequences = Checked.in(name(), () -> CuSeqlens.ofOffsets((int[]) arguments[1]));
        if (sequences.total() > ids.length) {
            throw new InvalidInputException(name() + ": cu_seqlens end at " + sequences.total()
                    + ", but there are only " + ids.length + " input_ids");
        }
        return withSegments ? pieces(ids, sequences, (Object[][]) arguments[2]) : documents(ids, sequences);
    }

    private static int[][] documents(int[] ids, CuSeqlens sequences) {
        int[][] documents = new int[sequences.count()][];
        Arrays.setAll(documents, i -> Arrays.copyOfRange(ids, sequences.start(i), sequences.end(i)));
        return documents;
    }

    private Object[][] pieces(int[] ids, CuSeqlens sequences, Object[][] segments) {
        if (segments.length != sequences.count()) {
            throw new InvalidInputException(name() + ": there are " + segments.length + " segments and "
                    + sequences.count() + " sequences in cu_seqlens; each sequence has one segment");
        }
        int[][] documents = documents(ids, sequences);
        Object[][] pieces = new Object[segments.length][];
        for (int i = 0; i < pieces.length; i++) {
            if (segments[i] == null || !Integer.valueOf(documents[i].length).equals(segments[i][TOKEN_COUNT])) {
                throw new InvalidInputException(name() + ": segment " + i + " has a token_count of "
                        + (segments[i] == null ? null : segments[i][TOKEN_COUNT]) + ", its sequence "
                        + documents[i].length + " tokens");
            }
            pieces[i] = Arrays.copyOf(segments[i], segments[i].length);
            pieces[i][TOKEN_COUNT] = documents[i];
        }
        return pieces;
    }
}
