/**
 * The command line. Start with {@link io.varlen.jobs.Main}, which every way of starting ends in, {@link
 * io.varlen.jobs.JobCommand}, which every command extends, and {@link io.varlen.jobs.Failure}, which decides the exit
 * status.
 */
package io.varlen.jobs;
