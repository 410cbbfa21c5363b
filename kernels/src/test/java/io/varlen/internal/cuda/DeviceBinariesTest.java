package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/**
 * The committed binaries are those of the committed sources, by the record that {@code src/main/cuda/compile} wrote: without a compiler,
 * so it is not seen whether they are what the compiler gives ({@code compile --check} sees it).
 */
class DeviceBinariesTest {
    private static final Path SOURCES = Path.of("src/main/cuda");
    private static final Path BINARIES = Path.of("src/main/resources/io/varlen/internal/cuda");
    private static final String AGAIN = "run kernels/src/main/cuda/compile and commit what it writes";

    @Test
    void comeFromTheSources() throws IOException {
        JsonNode files = record().get("files");
        Set<String> recorded = new TreeSet<>();
        files.fieldNames().forEachRemaining(name -> recorded.add(name + ".cu"));
        assertThat(recorded).as(AGAIN).isNotEmpty().isEqualTo(names(SOURCES, ".cu"));
        Map<String, String> hashes = new TreeMap<>();
        Map<String, String> actual = new TreeMap<>();
        for (JsonNode file : files) {
            for (Map.Entry<String, JsonNode> source : file.get("sources").properties()) {
                hashes.put(source.getKey(), source.getValue().asText());
                Path path = SOURCES.resolve(source.getKey());
                actual.put(source.getKey(), Files.exists(path) ? sha256(Files.readAllBytes(path)) : "missing");
            }
        }
        assertThat(hashes).as(AGAIN).isEqualTo(actual);
    }

    @Test
    void areTheRecordedOnes() throws IOException {
        Set<String> recorded = new TreeSet<>();
        for (JsonNode file : record().get("files")) {
            for (Map.Entry<String, JsonNode> binary : file.get("binaries").properties()) {
                recorded.add(binary.getKey() + ".gz");
                byte[] packed = Files.readAllBytes(BINARIES.resolve(binary.getKey() + ".gz"));
                try (GZIPInputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(packed))) {
                    assertThat(sha256(unpacked.readAllBytes()))
                            .as("%s; %s", binary.getKey(), AGAIN)
                            .isEqualTo(binary.getValue().asText());
                }
            }
        }
        assertThat(names(BINARIES, ".gz")).as(AGAIN).isEqualTo(recorded);
    }

    @Test
    void areThereForEachTarget() throws IOException {
        for (Map.Entry<String, JsonNode> file : record().get("files").properties()) {
            String name = file.getKey();
            Set<String> binaries = new TreeSet<>();
            file.getValue().get("binaries").fieldNames().forEachRemaining(binaries::add);
            Set<String> expected =
                    new TreeSet<>(Set.of(name + ".compute_80.ptx", name + ".sm_80.cubin", name + ".sm_90a.cubin"));
            if (!Files.readAllLines(SOURCES.resolve(name + ".cu")).contains("// Needs sm_80.")) {
                expected.add(name + ".compute_75.ptx");
            }
            assertThat(binaries).as(AGAIN).isEqualTo(expected);
        }
    }

    @Test
    void comeFromThePinnedCompilers() throws IOException {
        Map<String, String> pinned = Files.readAllLines(SOURCES.resolve("requirements.txt")).stream()
                .map(line -> line.split("=="))
                .collect(Collectors.toMap(pin -> pin[0], pin -> pin[1]));
        Map<String, String> used = new TreeMap<>();
        record().get("compilers")
                .properties()
                .forEach(compiler ->
                        used.put(compiler.getKey(), compiler.getValue().asText()));
        assertThat(used).as(AGAIN).isEqualTo(pinned);
    }

    private static JsonNode record() throws IOException {
        return new ObjectMapper().readTree(BINARIES.resolve("record.json").toFile());
    }

    private static Set<String> names(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
