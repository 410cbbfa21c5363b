package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.varlen.attention.Activation;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Dtype;
import io.varlen.attention.Pooling;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SteadyStateTest {
    private static final int TOKENS = 4096;
    private static final int MOST = 16 << 10;

    /** A batch has its tensors; what a further layer allocates is a few objects, far less than any tensor or scratch. */
    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"FP32", "AUTO"})
    void aLayerAllocatesNothingOfTheBatchsSize(Dtype dtype) {
        try (Backend backend = Backends.open("cpu", 1, dtype)) {
            long perLayer = Long.MAX_VALUE;
            for (int time = 0; time < 5 && perLayer >= MOST; time++) { // on a busy machine the compiler comes late
                perLayer = (allocated(backend, 12) - allocated(backend, 2)) / 10;
            }
            System.out.println(dtype + ": a layer allocates " + perLayer + " bytes for " + TOKENS + " tokens");
            assertThat(perLayer).isLessThan(MOST);
        }
    }

    private static long allocated(Backend backend, int layers) {
        BertConfig config = new BertConfig("bert", 50, 64, layers, 2, 128, Activation.GELU, 512, 0, 2, 1e-12f);
        try (Encoder encoder = new PooledEncoder(
                new BertModel(config, BertWeights.load(config, new RandomWeights(1), backend), backend),
                Pooling.MEAN,
                backend)) {
            int[][] sequences = new int[TOKENS / 64][];
            for (int i = 0; i < sequences.length; i++) {
                sequences[i] = new Random(i).ints(64, 0, 50).toArray();
            }
            PackedBatch batch = TinyModels.pack(sequences);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long self = Thread.currentThread().getId();
            long least = Long.MAX_VALUE; // the first rounds are interpreted, where every vector is an object
            for (int round = 0; round < 40; round++) {
                long before = threads.getThreadAllocatedBytes(self);
                for (int i = 0; i < 5; i++) {
                    encoder.embed(batch);
                }
                least = Math.min(least, (threads.getThreadAllocatedBytes(self) - before) / 5);
            }
            return least;
        }
    }
}
