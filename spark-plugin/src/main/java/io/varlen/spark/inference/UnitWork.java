package io.varlen.spark.inference;

import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;

/** What a task does with the documents of one unit: computes and writes them. */
public interface UnitWork extends Serializable {
    void run(int unit, Iterator<DocumentIds> documents) throws IOException;
}
