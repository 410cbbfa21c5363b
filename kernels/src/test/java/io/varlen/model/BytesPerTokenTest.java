package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.attention.AttentionListener;
import io.varlen.attention.Dtype;
import io.varlen.internal.cuda.CudaUnderTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a model says of its memory, against the device memory that it takes. */
class BytesPerTokenTest {
    /** What a block of device memory is rounded up to; a pass has a few dozen, of plans and tables too. */
    private static final long BLOCKS = 64 * 256;

    @TempDir
    private Path temp;

    static Stream<Arguments> familiesAndTypes() {
        return TinyModels.NAMES.stream()
                .flatMap(name -> Stream.of(Dtype.FP32, Dtype.BF16).map(dtype -> Arguments.of(name, dtype)));
    }

    @ParameterizedTest
    @MethodSource("familiesAndTypes")
    void isWhatAPassTakes(String name, Dtype dtype) throws IOException {
        ModelFiles files = ModelFiles.open(TinyModels.folder(name, temp));
        try (CudaUnderTest cuda = new CudaUnderTest(80, dtype);
                Transformer model = Models.transformer(files, cuda.backend())) {
            int[] sequence = new int[Math.min(60, model.maxPositions())];
            int[][] sequences = new int[2048 / sequence.length][];
            Arrays.fill(sequences, sequence);
            PackedBatch batch = TinyModels.pack(sequences);
            long before = cuda.used();
            long left = cuda.backend().memory();
            model.forward(batch, AttentionListener.NONE).close();
            long peak = cuda.mostUsed() - before;
            int tokens = batch.inputIds().length;
            long perToken = ModelMemory.of(files, cuda.backend(), false).bytesPerToken();
            assertThat(peak).as("%d tokens", tokens).isGreaterThan(tokens * perToken * 9 / 10);
            assertThat(peak)
                    .isLessThan(
                            tokens * (perToken + inner(files) * cuda.backend().activationBytes() + 64L) + BLOCKS);
            assertThat(left - cuda.backend().memory()).isEqualTo(cuda.used() - before);
        }
    }

    /** The columns of a feed-forward part's inner tensor, all of which is there at once in so small a model. */
    private static long inner(ModelFiles files) {
        if (files.config() instanceof BertConfig bert) {
            return bert.intermediateSize();
        }
        return files.config() instanceof ModernBertConfig modern
                ? modern.intermediateSize()
                : ((DecoderConfig) files.config()).intermediateSize();
    }
}
