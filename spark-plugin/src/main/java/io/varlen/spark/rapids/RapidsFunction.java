package io.varlen.spark.rapids;

import ai.rapids.cudf.ColumnVector;
import com.nvidia.spark.RapidsUDF;
import io.varlen.spark.function.SqlFunction;
import io.varlen.spark.internal.FunctionCall;
import io.varlen.spark.internal.InputTypes;
import io.varlen.spark.sql.Attend;
import io.varlen.spark.sql.Embed;
import java.util.Arrays;
import org.apache.spark.sql.types.DataType;
import scala.Function1;
import scala.Function2;
import scala.Function3;
import scala.Function4;
import scala.Function5;

/**
 * A SQL function as RAPIDS looks for it in a query's plan: the function of a {@code ScalaUDF} that is a {@link RapidsUDF} as well.
 * Rows go one by one through {@link SqlFunction#call}, batches through a {@link ColumnarFunction}.
 */
public abstract class RapidsFunction extends FunctionCall implements RapidsUDF {
    private final DataType[] types;
    private transient ColumnarFunction columnar;

    private RapidsFunction(SqlFunction function) {
        super(function);
        this.types = InputTypes.of(function);
    }

    /** For a function of one to five arguments. */
    public static RapidsFunction of(SqlFunction function) {
        return switch (function.inputTypes().length) {
            case 1 -> new One(function);
            case 2 -> new Two(function);
            case 3 -> new Three(function);
            case 4 -> new Four(function);
            case 5 -> new Five(function);
            default ->
                throw new IllegalArgumentException(
                        function.name() + " takes " + function.inputTypes().length + " columns");
        };
    }

    /** Whatever RMM throws for want of memory goes out as it is, so that RAPIDS spills, waits, or comes again with fewer rows. */
    @Override
    public ColumnVector evaluateColumnar(int numRows, ColumnVector... args) {
        GpuColumn[] arguments = Arrays.stream(args).map(CudfColumn::new).toArray(GpuColumn[]::new);
        return ((CudfColumn) evaluateColumnar(new CudfColumns(), numRows, arguments)).vector();
    }

    /** The same over any memory. */
    GpuColumn evaluateColumnar(GpuColumns memory, int rows, GpuColumn... arguments) {
        return columnar().evaluate(memory, rows, arguments);
    }

    private synchronized ColumnarFunction columnar() {
        if (columnar == null) {
            ColumnarFunction onHost = new HostEvaluation(function, types);
            if (function instanceof Attend attend) {
                columnar = AttentionColumns.of(attend, onHost);
            } else if (function instanceof Embed embed) {
                columnar = new EmbedColumn(embed, types[0]);
            } else {
                columnar = onHost;
            }
        }
        return columnar;
    }

    private Object row(Object... values) {
        Object result = of(
                function,
                types.length,
                i -> values[i] == null ? null : RowValues.toJava(values[i], types[i], function, i + 1));
        return RowValues.toScala(result, function.resultType());
    }

    private static final class One extends RapidsFunction implements Function1<Object, Object> {
        One(SqlFunction function) {
            super(function);
        }

        @Override
        public Object apply(Object a) {
            return super.row(a);
        }
    }

    private static final class Two extends RapidsFunction implements Function2<Object, Object, Object> {
        Two(SqlFunction function) {
            super(function);
        }

        @Override
        public Object apply(Object a, Object b) {
            return super.row(a, b);
        }
    }

    private static final class Three extends RapidsFunction implements Function3<Object, Object, Object, Object> {
        Three(SqlFunction function) {
            super(function);
        }

        @Override
        public Object apply(Object a, Object b, Object c) {
            return super.row(a, b, c);
        }
    }

    private static final class Four extends RapidsFunction
            implements Function4<Object, Object, Object, Object, Object> {
        Four(SqlFunction function) {
            super(function);
        }

        @Override
        public Object apply(Object a, Object b, Object c, Object d) {
            return super.row(a, b, c, d);
        }
    }

    private static final class Five extends RapidsFunction
            implements Function5<Object, Object, Object, Object, Object, Object> {
        Five(SqlFunction function) {
            super(function);
        }

        @Override
        public Object apply(Object a, Object b, Object c, Object d, Object e) {
            return super.row(a, b, c, d, e);
        }
    }
}
