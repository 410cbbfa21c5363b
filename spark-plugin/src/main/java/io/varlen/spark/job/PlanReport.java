package io.varlen.spark.job;

import io.varlen.packing.PackingForecast;
import java.util.List;

/**
 * The outcome of {@code plan}.
 *
 * @param job what {@code --json} prints
 * @param forecasts one for each candidate
 */
public record PlanReport(JobReport job, List<PackingForecast> forecasts) {}
