package io.varlen.spark;

import io.varlen.spark.internal.SqlFunctions;
import io.varlen.spark.sql.VarlenFunctions;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import scala.runtime.BoxedUnit;

/**
 * Brings the SQL functions {@code varlen_*} to every session of an application that has the jar on its class path. Spark
 * finds this class by itself; where it does not look, name it in {@code spark.sql.extensions}.
 */
public final class VarlenExtensions implements SparkSessionExtensionsProvider {
    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        SqlFunctions.register(extensions, VarlenFunctions.all());
        return BoxedUnit.UNIT;
    }
}
