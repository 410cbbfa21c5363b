package io.varlen.spark.source;

import io.varlen.spark.frame.ColumnName;
import java.util.Arrays;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.sources.And;
import org.apache.spark.sql.sources.EqualTo;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.sources.GreaterThan;
import org.apache.spark.sql.sources.GreaterThanOrEqual;
import org.apache.spark.sql.sources.In;
import org.apache.spark.sql.sources.IsNotNull;
import org.apache.spark.sql.sources.IsNull;
import org.apache.spark.sql.sources.LessThan;
import org.apache.spark.sql.sources.LessThanOrEqual;
import org.apache.spark.sql.sources.Or;
import org.apache.spark.sql.sources.StringStartsWith;
import org.apache.spark.sql.types.StructType;

/** A condition that Spark offers a source, as one of a query. */
final class PushedFilter {
    private PushedFilter() {}

    /** Null if it is of a form, or of a column, that is not known here. */
    static Column of(Filter filter, StructType schema) {
        if (filter instanceof And and) {
            Column left = of(and.left(), schema);
            Column right = of(and.right(), schema);
            return left == null ? right : right == null ? left : left.and(right);
        } else if (filter instanceof Or or) {
            Column left = of(or.left(), schema);
            Column right = of(or.right(), schema);
            return left == null || right == null ? null : left.or(right);
        }
        String[] columns = filter.references();
        if (columns.length != 1 || !Arrays.asList(schema.fieldNames()).contains(columns[0])) {
            return null;
        }
        return simple(filter, new ColumnName(columns[0]).column());
    }

    private static Column simple(Filter filter, Column column) {
        if (filter instanceof EqualTo equal) {
            return exact(equal.value(), column::equalTo);
        } else if (filter instanceof GreaterThan greater) {
            return exact(greater.value(), column::gt);
        } else if (filter instanceof GreaterThanOrEqual atLeast) {
            return exact(atLeast.value(), column::geq);
        } else if (filter instanceof LessThan less) {
            return exact(less.value(), column::lt);
        } else if (filter instanceof LessThanOrEqual atMost) {
            return exact(atMost.value(), column::leq);
        } else if (filter instanceof In in) {
            return Arrays.stream(in.values()).allMatch(PushedFilter::isExact) ? column.isin(in.values()) : null;
        } else if (filter instanceof IsNull) {
            return column.isNull();
        } else if (filter instanceof IsNotNull) {
            return column.isNotNull();
        } else if (filter instanceof StringStartsWith starts) {
            return exact(starts.value(), prefix -> column.startsWith((String) prefix));
        }
        return null;
    }

    private static Column exact(Object value, Function<Object, Column> condition) {
        return isExact(value) ? condition.apply(value) : null;
    }

    /** A string of invalid UTF-8 comes with this character in it, and is then before other strings. */
    private static boolean isExact(Object value) {
        return !(value instanceof String text && text.indexOf('\uFFFD') >= 0);
    }
}
