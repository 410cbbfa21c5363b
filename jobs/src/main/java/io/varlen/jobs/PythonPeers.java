package io.varlen.jobs;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.varlen.tokenizer.TokenizerPeers;
import io.varlen.tokenizer.TokenizerSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Python's tokenizer libraries, each measured on one thread by a process of its own. */
final class PythonPeers {
    private static final String SCRIPT = "tokenizer_peers.py";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String python;
    private final BenchmarkText text;
    private final int seconds;

    PythonPeers(String python, BenchmarkText text, int seconds) {
        this.python = python;
        this.text = text;
        this.seconds = seconds;
    }

    /** One map per library: figures, or {@code reason} why there are none. */
    List<Map<String, Object>> measure(TokenizerSource source) {
        List<Map<String, Object>> results = new ArrayList<>();
        try {
            Path folder = Files.createTempDirectory("varlen-bench");
            try {
                prepare(folder, source);
                for (String engine : source.isTiktoken() ? List.of("tiktoken") : List.of("tokenizers", "gigatoken")) {
                    results.add(run(folder, source, engine));
                }
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return results;
    }

    private void prepare(Path folder, TokenizerSource source) throws IOException {
        text.write(folder.resolve("documents"));
        Files.write(
                folder.resolve("tokenizer"), source.isTiktoken() ? TokenizerPeers.tiktokenFile(source) : source.json());
        try (InputStream script = PythonPeers.class.getResourceAsStream(SCRIPT)) {
            Files.copy(script, folder.resolve(SCRIPT));
        }
    }

    private Map<String, Object> run(Path folder, TokenizerSource source, String engine) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                python, SCRIPT, engine, source.name(), Integer.toString(seconds), "documents", "tokenizer");
        builder.directory(folder.toFile())
                .redirectError(folder.resolve("errors").toFile());
        builder.environment().putAll(Map.of("TOKENIZERS_PARALLELISM", "false", "RAYON_NUM_THREADS", "1"));
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return TokenizeBenchmark.missing(
                    source, engine, "there is no Python " + python + "; name one with --python");
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                return TokenizeBenchmark.missing(source, engine, lastLine(folder.resolve("errors")));
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        return JSON.readValue(out, new TypeReference<Map<String, Object>>() {});
    }

    private static String lastLine(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        return lines.isEmpty() ? "it failed without a word" : lines.get(lines.size() - 1);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
