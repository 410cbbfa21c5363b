/**
 * The page of {@code varlen report}. Start with {@link io.varlen.jobs.report.ReportPage}, which puts it together, {@link
 * io.varlen.jobs.report.Html}, of which every part of it is one, and {@link io.varlen.jobs.report.PackedSections}, what a
 * packed dataset has to show.
 */
package io.varlen.jobs.report;
