/**
 * What {@code varlen bench attention} measures. Start with {@link io.varlen.jobs.bench.AttentionBenchmark}; its two
 * experiments are {@link io.varlen.jobs.bench.LayoutExperiment} and {@link io.varlen.jobs.bench.TilingExperiment}.
 */
package io.varlen.jobs.bench;
