package io.varlen.spark.engine;

import java.nio.file.Path;

/**
 * What an engine computes with.
 *
 * @param host the name of this host
 * @param requested the backend that was asked for, perhaps {@code auto}
 * @param backend the name of the one that was opened
 * @param description what that one computes with
 * @param gpus which GPUs its tasks would use, and who says so
 * @param nativeDirectory where native libraries were unpacked
 * @param heapBytes the most that this JVM's heap may grow to
 */
public record EngineReport(
        String host,
        String requested,
        String backend,
        String description,
        String gpus,
        Path nativeDirectory,
        long heapBytes) {}
