/**
 * What outputs look like as a whole. Start with {@link io.varlen.spark.profile.OutputProfiles}, which reads one, {@link
 * io.varlen.spark.profile.OutputProfile}, which it gives, and {@link io.varlen.spark.profile.Distribution}, which most of
 * that consists of.
 */
package io.varlen.spark.profile;
