package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.attention.Dtype;
import io.varlen.internal.cuda.CudaUnderTest;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The built-in model on an emulated GPU against PyTorch: of a size that the kernels for tensor cores take. */
class CudaGoldenEmbeddingsTest {
    @ParameterizedTest
    @CsvSource({
        "80, BF16, gemm_sm80_, attention_short_",
        "80, FP16, gemm_sm80_, attention_short_",
        "75, FP16, gemm_plain_, attention_plain_"
    })
    void textsHavePyTorchsEmbeddings(int capability, Dtype dtype, String products, String attention)
            throws IOException {
        List<JsonNode> texts = GoldenEmbeddings.lines("texts.jsonl").subList(0, 12);
        List<float[]> expected = GoldenEmbeddings.rows("embeddings.f32");
        int[][] ids = texts.stream().map(GoldenEmbeddings::ids).toArray(int[][]::new);
        try (CudaUnderTest cuda = new CudaUnderTest(capability, dtype);
                Encoder encoder = Models.encoder(ModelFiles.builtin(null), cuda.backend())) {
            float[] together = encoder.embed(TinyModels.pack(ids));
            for (int i = 0; i < ids.length; i++) {
                assertThat(GoldenEmbeddings.cosine(row(together, i), expected.get(i)))
                        .as("text %s", texts.get(i).get("id"))
                        .isGreaterThan(0.999);
            }
            assertThat(encoder.embed(TinyModels.pack(ids[3]))).containsExactly(row(together, 3));
            assertThat(cuda.launches().keySet())
                    .anyMatch(kernel -> kernel.startsWith(products))
                    .anyMatch(kernel -> kernel.startsWith(attention));
        }
    }

    private static float[] row(float[] embeddings, int i) {
        int dimension = GoldenEmbeddings.DIMENSION;
        return Arrays.copyOfRange(embeddings, i * dimension, (i + 1) * dimension);
    }
}
