/**
 * Charts as SVG and PNG. Start with {@link io.varlen.jobs.chart.BarChart} and {@link io.varlen.jobs.chart.HeatMap}, which
 * are data alone, and {@link io.varlen.jobs.chart.Charts}, which turns them into files and into parts of pages.
 */
package io.varlen.jobs.chart;
