package io.varlen.spark.internal;

import io.varlen.InvalidInputException;
import io.varlen.spark.function.FunctionArguments;
import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionParameter;
import io.varlen.spark.function.FunctionParameter.Kind;
import io.varlen.spark.function.SqlFunction;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.ApplyFunctionExpression;
import org.apache.spark.sql.catalyst.expressions.Cast$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Function1;
import scala.Option;
import scala.Tuple3;
import scala.collection.Seq;
import scala.collection.immutable.Nil$;

/**
 * Makes functions of ours known to sessions. The one class that sees Catalyst: an expression gets a string's own bytes, where
 * a UDF would get a {@code String} in which invalid UTF-8 has silently become other characters.
 */
public final class SqlFunctions {
    /** The function that makes a struct the bytes that Spark keeps it in. For the DataFrame API alone. */
    public static final String ROW_TO_BYTES = "varlen_internal_row_to_bytes";

    /** Its inverse: of the bytes and, as a constant, the struct's type as JSON. */
    public static final String BYTES_TO_ROW = "varlen_internal_bytes_to_row";

    private SqlFunctions() {}

    /** Adds functions to sessions. */
    public static void register(SparkSessionExtensions extensions, List<FunctionDefinition> functions) {
        functions.forEach(function -> register(extensions, function));
        registerInternal(
                extensions,
                ROW_TO_BYTES,
                arguments -> expression(
                        new RowToBytes((StructType) arguments.apply(0).dataType()), take(arguments, 1)));
        registerInternal(
                extensions,
                BYTES_TO_ROW,
                arguments -> expression(
                        new BytesToRow((StructType)
                                DataType.fromJson(arguments.apply(1).eval(null).toString())),
                        take(arguments, 1)));
    }

    private interface Builder {
        Expression of(Seq<Expression> arguments);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // as below
    private static void registerInternal(SparkSessionExtensions extensions, String name, Builder builder) {
        ExpressionInfo info = new ExpressionInfo(
                SqlFunctions.class.getName(),
                null,
                name,
                "_FUNC_ - Internal: how io.varlen.spark.Varlen takes rows through a task.",
                "",
                "",
                "",
                "",
                "",
                "",
                "scala_udf");
        Function1 function = arguments -> builder.of((Seq<Expression>) arguments);
        extensions.injectFunction(new Tuple3<>(new FunctionIdentifier(name), info, function));
    }

    @SuppressWarnings("unchecked")
    private static Seq<Expression> take(Seq<Expression> arguments, int count) {
        return (Seq<Expression>) arguments.take(count);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // which Seq is meant depends on the Scala that Spark was built with
    private static void register(SparkSessionExtensions extensions, FunctionDefinition function) {
        Function1 builder = arguments -> build(function, (Seq<Expression>) arguments);
        extensions.injectFunction(
                new Tuple3<>(new FunctionIdentifier(function.name()), Documentation.of(function), builder));
    }

    private static Expression build(FunctionDefinition function, Seq<Expression> arguments) {
        List<FunctionParameter> parameters = function.parameters();
        int given = arguments.length();
        if (given < function.required() || given > parameters.size()) {
            throw new InvalidInputException(function.name() + " takes " + function.signature() + ", not " + given
                    + (given == 1 ? " argument" : " arguments"));
        }
        Map<String, DataType> types = new HashMap<>();
        Map<String, Object> constants = new HashMap<>();
        for (int i = 0; i < given; i++) {
            FunctionParameter parameter = parameters.get(i);
            if (parameter.kind() == Kind.COLUMN) {
                types.put(parameter.name(), arguments.apply(i).dataType());
            } else {
                constants.put(parameter.name(), constant(function, parameter, arguments.apply(i)));
            }
        }
        SqlFunction call = function.binding().bind(new FunctionArguments(types, constants));
        return EXPRESSIONS.of(call, columns(parameters, arguments));
    }

    private static Object constant(FunctionDefinition function, FunctionParameter parameter, Expression argument) {
        boolean isConstant = argument.resolved() && argument.foldable();
        Object value = isConstant ? argument.eval(null) : null;
        boolean fits =
                switch (parameter.kind()) {
                    case TEXT -> value instanceof UTF8String;
                    case NUMBER -> value instanceof Integer;
                    case FLAG -> value instanceof Boolean;
                    case COLUMN -> false;
                };
        if (!fits) {
            throw new InvalidInputException(function.name() + ": " + parameter.name() + " must be "
                    + parameter.kind().words() + ", but it is " + argument.sql());
        }
        return value instanceof UTF8String ? value.toString() : value;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the empty list is of nothing
    private static Seq<Expression> columns(List<FunctionParameter> parameters, Seq<Expression> arguments) {
        scala.collection.immutable.List<Expression> columns = (scala.collection.immutable.List) Nil$.MODULE$;
        for (int i = arguments.length() - 1; i >= 0; i--) {
            if (parameters.get(i).kind() == Kind.COLUMN) {
                columns = columns.$colon$colon(arguments.apply(i));
            }
        }
        return columns;
    }

    /** As what a function gets into a query's plan. */
    private interface Expressions {
        /** @param columns as many as the function has inputs; cast to their types by Spark */
        Expression of(SqlFunction function, Seq<Expression> columns);
    }

    /** The one place that decides between the ways there are. */
    private static final Expressions EXPRESSIONS =
            Rapids.isLoadable() ? SqlFunctions::forRapids : SqlFunctions::interpreted;

    /** As a Scala UDF, the only kind of expression in which RAPIDS looks for what it can evaluate over columns. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // the empty list is of nothing
    private static Expression forRapids(SqlFunction function, Seq<Expression> columns) {
        DataType[] types = InputTypes.of(function);
        scala.collection.immutable.List<Expression> arguments = (scala.collection.immutable.List) Nil$.MODULE$;
        for (int i = types.length - 1; i >= 0; i--) {
            Expression argument = columns.apply(i);
            if (!isOf(types[i], argument)) {
                argument = cast(cast(argument, function.inputTypes()[i]), types[i]);
            }
            arguments = arguments.$colon$colon(argument);
        }
        Object[] parts = {
            Rapids.function(function),
            function.resultType(),
            arguments,
            Nil$.MODULE$,
            Option.empty(),
            Option.apply(function.name()),
            true,
            true
        };
        for (Constructor<?> constructor : ScalaUDF.class.getConstructors()) {
            if (constructor.getParameterCount() == parts.length) {
                try {
                    return (Expression) constructor.newInstance(parts);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("this Spark has another ScalaUDF: " + e, e);
                }
            }
        }
        throw new IllegalStateException("this Spark has another ScalaUDF");
    }

    private static Expression cast(Expression argument, DataType type) {
        return isOf(type, argument) ? argument : Cast$.MODULE$.apply(argument, type, true);
    }

    /** But for what may be null, which no cast changes. */
    private static boolean isOf(DataType type, Expression argument) {
        return type.catalogString().equals(argument.dataType().catalogString());
    }

    /** Spark casts arguments, but not from one collation of strings to another, which no function of ours looks at. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // the empty list is of nothing
    private static Expression interpreted(SqlFunction function, Seq<Expression> columns) {
        DataType[] types = function.inputTypes();
        scala.collection.immutable.List<Expression> arguments = (scala.collection.immutable.List) Nil$.MODULE$;
        for (int i = types.length - 1; i >= 0; i--) {
            Expression argument = columns.apply(i);
            boolean collated = types[i] instanceof StringType && argument.dataType() instanceof StringType;
            arguments = arguments.$colon$colon(collated ? cast(argument, types[i]) : argument);
        }
        return expression(new Call(function), arguments);
    }

    /** By reflection, since the constructor's {@code Seq} is another type for Scala 2.12 than for 2.13. */
    private static Expression expression(ScalarFunction<?> function, Seq<Expression> columns) {
        try {
            return (Expression) ApplyFunctionExpression.class.getConstructors()[0].newInstance(function, columns);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Spark has another ApplyFunctionExpression: " + e, e);
        }
    }

    /** A function as an interpreted expression knows it. */
    private static final class Call extends FunctionCall implements ScalarFunction<Object> {
        private transient DataType[] types;

        Call(SqlFunction function) {
            super(function);
        }

        @Override
        public DataType[] inputTypes() {
            return function.inputTypes();
        }

        @Override
        public DataType resultType() {
            return function.resultType();
        }

        @Override
        public String name() {
            return function.name();
        }

        @Override
        public String canonicalName() {
            return "io.varlen." + function.name();
        }

        @Override
        public Object produceResult(InternalRow row) {
            if (types == null) {
                types = function.inputTypes();
            }
            Object result = of(
                    function,
                    types.length,
                    i -> row.isNullAt(i) ? null : Values.toJava(row, i, types[i], function, i + 1));
            return Values.toCatalyst(result, function.resultType());
        }
    }

    /** A struct → the bytes that Spark keeps it in, a copy of its own. Like all expressions, one is for one thread. */
    private static final class RowToBytes implements ScalarFunction<Object> {
        private final StructType type;
        private transient UnsafeProjection projection;

        RowToBytes(StructType type) {
            this.type = type;
        }

        @Override
        public DataType[] inputTypes() {
            return new DataType[] {type};
        }

        @Override
        public DataType resultType() {
            return DataTypes.BinaryType;
        }

        @Override
        public boolean isResultNullable() {
            return false;
        }

        @Override
        public String name() {
            return ROW_TO_BYTES;
        }

        @Override
        public Object produceResult(InternalRow arguments) {
            InternalRow row = arguments.getStruct(0, type.size());
            if (row instanceof UnsafeRow unsafe) {
                return unsafe.copy().getBytes();
            }
            if (projection == null) {
                projection = UnsafeProjection.create(type);
            }
            return projection.apply(row).copy().getBytes();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof RowToBytes that && type.equals(that.type);
        }

        @Override
        public int hashCode() {
            return type.hashCode();
        }
    }

    /** The inverse of {@link RowToBytes}. */
    private record BytesToRow(StructType type) implements ScalarFunction<Object> {
        @Override
        public DataType[] inputTypes() {
            return new DataType[] {DataTypes.BinaryType};
        }

        @Override
        public DataType resultType() {
            return type;
        }

        @Override
        public boolean isResultNullable() {
            return false;
        }

        @Override
        public String name() {
            return BYTES_TO_ROW;
        }

        @Override
        public Object produceResult(InternalRow arguments) {
            byte[] bytes = arguments.getBinary(0);
            UnsafeRow row = new UnsafeRow(type.size());
            row.pointTo(bytes, bytes.length);
            return row;
        }
    }

    /** Between Catalyst's values and those of {@link SqlFunction}. */
    private static final class Values {
        private Values() {}

        /** @param position of the argument that the value is in or part of, for messages */
        static Object toJava(SpecializedGetters in, int i, DataType type, SqlFunction function, int position) {
            if (type instanceof StringType) {
                return in.getUTF8String(i).getBytes();
            } else if (type instanceof BinaryType) {
                return in.getBinary(i);
            } else if (type instanceof IntegerType) {
                return in.getInt(i);
            } else if (type instanceof LongType) {
                return in.getLong(i);
            } else if (type instanceof DoubleType) {
                return in.getDouble(i);
            } else if (type instanceof BooleanType) {
                return in.getBoolean(i);
            } else if (type instanceof StructType struct) {
                return fields(in.getStruct(i, struct.size()), struct, function, position);
            } else if (type instanceof ArrayType array) {
                return elements(in.getArray(i), array.elementType(), function, position);
            }
            throw new IllegalStateException(function.name() + " takes a " + type.sql());
        }

        private static Object elements(ArrayData array, DataType type, SqlFunction function, int position) {
            if (type instanceof IntegerType) {
                return requireNoNull(array, function, position).toIntArray();
            } else if (type instanceof LongType) {
                return requireNoNull(array, function, position).toLongArray();
            } else if (type instanceof FloatType) {
                return requireNoNull(array, function, position).toFloatArray();
            } else if (type instanceof DoubleType) {
                return requireNoNull(array, function, position).toDoubleArray();
            }
            Object[] elements = (Object[]) Array.newInstance(ArgumentArrays.elementClass(type), array.numElements());
            for (int i = 0; i < elements.length; i++) {
                elements[i] = array.isNullAt(i) ? null : toJava(array, i, type, function, position);
            }
            return elements;
        }

        private static Object[] fields(InternalRow row, StructType type, SqlFunction function, int position) {
            Object[] fields = new Object[type.size()];
            for (int i = 0; i < fields.length; i++) {
                fields[i] =
                        row.isNullAt(i) ? null : toJava(row, i, type.apply(i).dataType(), function, position);
            }
            return fields;
        }

        private static ArrayData requireNoNull(ArrayData array, SqlFunction function, int position) {
            for (int i = 0; i < array.numElements(); i++) {
                if (array.isNullAt(i)) {
                    throw ArgumentArrays.nullElement(function, position, i);
                }
            }
            return array;
        }

        static Object toCatalyst(Object value, DataType type) {
            if (value == null) {
                return null;
            } else if (value instanceof byte[] bytes && type instanceof StringType) {
                return UTF8String.fromBytes(bytes);
            } else if (value instanceof int[] ints) {
                return UnsafeArrayData.fromPrimitiveArray(ints);
            } else if (value instanceof long[] longs) {
                return UnsafeArrayData.fromPrimitiveArray(longs);
            } else if (value instanceof float[] floats) {
                return UnsafeArrayData.fromPrimitiveArray(floats);
            } else if (value instanceof double[] doubles) {
                return UnsafeArrayData.fromPrimitiveArray(doubles);
            } else if (value instanceof Object[] elements && type instanceof ArrayType array) {
                Object[] inner = new Object[elements.length];
                for (int i = 0; i < inner.length; i++) {
                    inner[i] = toCatalyst(elements[i], array.elementType());
                }
                return new GenericArrayData(inner);
            } else if (value instanceof Object[] fields && type instanceof StructType struct) {
                Object[] inner = new Object[fields.length];
                for (int i = 0; i < inner.length; i++) {
                    inner[i] = toCatalyst(fields[i], struct.apply(i).dataType());
                }
                return new GenericInternalRow(inner);
            }
            return value;
        }
    }

    /** What {@code DESCRIBE FUNCTION} prints. */
    private static final class Documentation {
        private Documentation() {}

        static ExpressionInfo of(FunctionDefinition function) {
            String arguments = function.parameters().stream()
                    .map(parameter -> "      * " + parameter.name() + " - " + kind(parameter) + parameter.doc() + "\n")
                    .collect(Collectors.joining());
            String examples = function.examples().stream()
                    .map(example -> "      > " + example.query() + ";\n       " + example.result() + "\n")
                    .collect(Collectors.joining());
            return new ExpressionInfo(
                    SqlFunction.class.getName(),
                    null,
                    function.name(),
                    "_FUNC_" + function.signature() + " - " + function.usage(),
                    "\n    Arguments:\n" + arguments + "  ",
                    "\n    Examples:\n" + examples + "  ",
                    "",
                    "",
                    "",
                    "",
                    "scala_udf");
        }

        private static String kind(FunctionParameter parameter) {
            return parameter.kind() == Kind.COLUMN ? "" : parameter.kind().words() + ": ";
        }
    }
}
