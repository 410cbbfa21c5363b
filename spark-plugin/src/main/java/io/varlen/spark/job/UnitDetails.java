package io.varlen.spark.job;

import io.varlen.spark.dataset.Ledger;
import io.varlen.spark.dataset.Manifest;

/**
 * What the manifest needs to know of a complete unit.
 *
 * @param ledger its part of the ledger, balanced
 * @param documents the lengths of its documents, those without a token left out
 * @param lengths of its segments
 * @param digest of its rows
 */
record UnitDetails(Ledger ledger, Manifest.Lengths documents, Manifest.Lengths lengths, String digest) {}
