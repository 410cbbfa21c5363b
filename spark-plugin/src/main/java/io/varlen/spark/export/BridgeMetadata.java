package io.varlen.spark.export;

/**
 * What Megatron-Bridge knows of a packing, by its names. Lengths are those that its batches have: a segment of n tokens
 * becomes n - 1 inputs and as many labels.
 */
record BridgeMetadata(
        int datasetMaxSeqlen,
        int maxSamplesPerBin,
        double packingFactor,
        double packingEfficiency,
        int packSize,
        int minPackedSeqlen) {

    static BridgeMetadata of(DatasetShape dataset, ExportCounts counts) {
        double inputs = counts.tokens() - counts.segments();
        double rows = Math.max(1, counts.rows());
        return new BridgeMetadata(
                Math.max(0, counts.longestSegment() - 1),
                counts.mostSegments(),
                hundredths(counts.segments() / rows),
                hundredths(100 * inputs / rows / dataset.seqLen()),
                dataset.seqLen(),
                counts.rows() == 0 ? 0 : counts.fewestPairs());
    }

    private static double hundredths(double value) {
        return Math.round(100 * value) / 100.0;
    }
}
