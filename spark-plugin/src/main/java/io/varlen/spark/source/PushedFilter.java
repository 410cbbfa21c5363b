package io.varlen.spark.source;

import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
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
        return simple(filter, functions.col(columns[0]));
    }

    private static Column simple(Filter filter, Column column) {
        if (filter instanceof EqualTo equal) {
            return column.equalTo(equal.value());
        } else if (filter instanceof GreaterThan greater) {
            return column.gt(greater.value());
        } else if (filter instanceof GreaterThanOrEqual atLeast) {
            return column.geq(atLeast.value());
        } else if (filter instanceof LessThan less) {
            return column.lt(less.value());
        } else if (filter instanceof LessThanOrEqual atMost) {
            return column.leq(atMost.value());
        } else if (filter instanceof In in) {
            return column.isin(in.values());
        } else if (filter instanceof IsNull) {
            return column.isNull();
        } else if (filter instanceof IsNotNull) {
            return column.isNotNull();
        } else if (filter instanceof StringStartsWith starts) {
            return column.startsWith(starts.value());
        }
        return null;
    }
}
