package io.varlen.spark.job;

import io.varlen.spark.dataset.Ledger;
import java.io.Serializable;

/**
 * What the driver knows about a group before its rows are built.
 *
 * @param firstRowId the {@code row_id} of its first row
 * @param rows how many it will have
 * @param came the left side of its ledger, counted where its documents were tokenized
 */
record UnitPlan(long firstRowId, long rows, Ledger came) implements Serializable {}
