package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whoever fills a struct writes at the offset of each field of it, but the reserved ones, and nowhere else. Where fields are is in {@code
 * layout_test.cpp}, which g++ holds the device code's headers to.
 */
class StructOffsetsTest {
    private static final Path LAYOUT = Path.of("src/test/cuda/layout_test.cpp");
    private static final Path SOURCES = Path.of("src/main/java/io/varlen/internal/cuda");
    private static final Pattern PUT = Pattern.compile("\\bput\\(\\s*([^,()]+?),");

    @ParameterizedTest
    @CsvSource({
        "AttentionParams, AttentionParams",
        "ShortAttention, ShortAttentionParams",
        "CudaStandardAttention, StandardParams",
        "CudaStatistics, AttentionStatisticsParams",
        "CudaCrossEntropy, CrossEntropyParams",
        "CudaSums, AddParams",
        "CudaGather, GatherParams",
        "CudaEmbedding, EmbeddingParams",
        "CudaGemm, GemmParams",
        "CudaNorms, NormParams",
        "CudaPooling, PoolParams",
        "CudaRotation, RopeParams"
    })
    void areThoseOfTheDeviceCode(String writer, String struct) throws IOException {
        Set<Integer> written = PUT.matcher(Files.readString(SOURCES.resolve(writer + ".java")))
                .results()
                .map(put -> offset(put.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<Integer> fields = Pattern.compile("AT\\(" + struct + ", (\\w+), (\\d+)\\);")
                .matcher(Files.readString(LAYOUT))
                .results()
                .filter(field -> !Set.of("reserved", "call").contains(field.group(1)))
                .map(field -> Integer.valueOf(field.group(2)))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(written).isNotEmpty().isEqualTo(fields);
    }

    /** A number, or one behind the struct with which others begin. */
    private static int offset(String expression) {
        MatchResult sum = Pattern.compile("AttentionParams\\.SIZE(?: \\+ (\\d+))?")
                .matcher(expression)
                .results()
                .findFirst()
                .orElse(null);
        if (sum == null) {
            return Integer.parseInt(expression);
        }
        return AttentionParams.SIZE + (sum.group(1) == null ? 0 : Integer.parseInt(sum.group(1)));
    }
}
