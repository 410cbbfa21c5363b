package io.varlen.spark.internal;

import io.varlen.spark.function.SqlFunction;
import io.varlen.spark.metrics.StageCounters;
import java.io.Serializable;
import java.util.function.IntFunction;

/** A function in a query's plan, whichever way Spark evaluates it. Equal if the way and the functions are. */
public abstract class FunctionCall implements Serializable {
    protected final SqlFunction function;
    private final StageCounters counters = StageCounters.here(); // counts what tasks tell from where it arrives

    protected FunctionCall(SqlFunction function) {
        this.function = function;
    }

    /**
     * The function's value for one row; null if an argument is.
     *
     * @param argument the i-th as {@link SqlFunction} takes it, or null
     */
    public static Object of(SqlFunction function, int arguments, IntFunction<Object> argument) {
        Object[] values = new Object[arguments];
        for (int i = 0; i < values.length; i++) {
            values[i] = argument.apply(i);
            if (values[i] == null) {
                return null;
            }
        }
        return function.call(values);
    }

    @Override
    public final boolean equals(Object other) {
        return other instanceof FunctionCall that && getClass() == that.getClass() && function.equals(that.function);
    }

    @Override
    public final int hashCode() {
        return function.hashCode();
    }

    @Override
    public final String toString() {
        return function.name();
    }
}
