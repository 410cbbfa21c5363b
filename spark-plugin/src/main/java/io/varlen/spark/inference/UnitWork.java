package io.varlen.spark.inference;

import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;

/**
 * What a task does with one unit: computes and writes it.
 *
 * @param <T> what a unit consists of
 */
public interface UnitWork<T> extends Serializable {
    void run(int unit, Iterator<T> documents) throws IOException;
}
