package io.varlen.spark;

import io.varlen.spark.internal.SqlFunctions;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import scala.runtime.BoxedUnit;

/**
 * Brings the SQL functions {@code varlen_tokenize} and {@code varlen_token_count} to every session of an application that
 * has the jar on its class path. Spark finds this class by itself; where it does not look, name it in {@code
 * spark.sql.extensions}.
 */
public final class VarlenExtensions implements SparkSessionExtensionsProvider {
    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        SqlFunctions.register(extensions);
        return BoxedUnit.UNIT;
    }
}
