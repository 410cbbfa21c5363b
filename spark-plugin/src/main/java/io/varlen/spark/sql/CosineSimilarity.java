package io.varlen.spark.sql;

import static io.varlen.spark.function.FunctionParameter.column;

import io.varlen.InvalidInputException;
import io.varlen.spark.function.FunctionArguments;
import io.varlen.spark.function.FunctionDefinition;
import io.varlen.spark.function.FunctionExample;
import io.varlen.spark.function.SqlFunction;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.FloatType;

/**
 * {@code varlen_cosine_similarity}: {@code a · b / (|a| |b|)} in double precision, within [-1, 1].
 *
 * @param floats whether both vectors are arrays of float, which then need no cast
 */
public record CosineSimilarity(boolean floats) implements SqlFunction {
    static final FunctionDefinition DEFINITION = new FunctionDefinition(
            "varlen_cosine_similarity",
            "The cosine of the angle between two vectors, a double from -1 to 1; null if one of them is zero or empty, which has"
                    + " no direction.",
            List.of(column("a", "array of float or double"), column("b", "the same, as long as a")),
            List.of(
                    new FunctionExample("SELECT _FUNC_(array(3.0D, 4.0D), array(4.0D, 3.0D))", "0.96"),
                    new FunctionExample("SELECT _FUNC_(array(1.0F, 0.0F), array(0.0F, 0.0F))", "NULL"),
                    new FunctionExample(
                            "SELECT _FUNC_(e[0], e[1]) > _FUNC_(e[0], e[2]) FROM (SELECT varlen_embed(array('a cat', 'a kitten',"
                                    + " 'tax law'), 'builtin:all-minilm-l6-v2') e)",
                            "true")),
            CosineSimilarity::of);

    private static CosineSimilarity of(FunctionArguments arguments) {
        return new CosineSimilarity(isFloats(arguments.type("a")) && isFloats(arguments.type("b")));
    }

    private static boolean isFloats(DataType type) {
        return type instanceof ArrayType array && array.elementType() instanceof FloatType;
    }

    @Override
    public String name() {
        return DEFINITION.name();
    }

    @Override
    public DataType[] inputTypes() {
        DataType vector = SqlTypes.argument(floats ? DataTypes.FloatType : DataTypes.DoubleType);
        return new DataType[] {vector, vector};
    }

    @Override
    public DataType resultType() {
        return DataTypes.DoubleType;
    }

    @Override
    public Object call(Object[] arguments) {
        double[] a = doubles(arguments[0]);
        double[] b = doubles(arguments[1]);
        if (a.length != b.length) {
            throw new InvalidInputException(
                    name() + ": the vectors have " + a.length + " and " + b.length + " elements; they must be as long");
        }
        double[] x = scaled(a);
        double[] y = scaled(b);
        double lengths = Math.sqrt(product(x, x)) * Math.sqrt(product(y, y));
        if (lengths == 0) {
            return null;
        }
        double cosine = product(x, y) / lengths;
        return Math.max(-1, Math.min(1, cosine)); // rounding may pass the ends; NaN stays NaN
    }

    private static double[] doubles(Object vector) {
        if (vector instanceof double[] doubles) {
            return doubles;
        }
        float[] floats = (float[]) vector;
        double[] doubles = new double[floats.length];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    /** By a power of two, so that no square overflows or vanishes; the direction stays, bit for bit. */
    private static double[] scaled(double[] vector) {
        double largest = 0;
        for (double x : vector) {
            largest = Math.max(largest, Math.abs(x));
        }
        if (largest == 0 || !Double.isFinite(largest)) {
            return vector;
        }
        int exponent = -Math.getExponent(largest);
        double[] scaled = new double[vector.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = Math.scalb(vector[i], exponent);
        }
        return scaled;
    }

    private static double product(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }
}
