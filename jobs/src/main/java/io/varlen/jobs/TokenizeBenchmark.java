package io.varlen.jobs;

import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerPeers;
import io.varlen.tokenizer.TokenizerSource;
import io.varlen.tokenizer.Tokenizers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Supplier;

/**
 * {@code bench tokenize}: each engine encodes all documents again and again for some seconds. The first pass is told apart, since
 * what an engine remembers, and what the JVM compiles, makes later ones faster; the median of these is the figure.
 */
final class TokenizeBenchmark {
    private final BenchmarkText text;
    private final List<TokenizerSource> sources;
    private final List<Integer> threads;
    private final int seconds;
    private final String python;
    private final JobProgress progress;
    private final List<Map<String, Object>> results = new ArrayList<>();
    private final List<Map<String, Object>> notMeasured = new ArrayList<>();

    /** @param threads of our engines; others run on one */
    TokenizeBenchmark(
            BenchmarkText text,
            List<TokenizerSource> sources,
            List<Integer> threads,
            int seconds,
            String python,
            JobProgress progress) {
        this.text = text;
        this.sources = sources;
        this.threads = threads;
        this.seconds = seconds;
        this.python = python;
        this.progress = progress;
    }

    JobReport run() {
        progress.stage("measure", sources.size(), "tokenizers");
        for (TokenizerSource source : sources) {
            measure(source);
            progress.advance(1);
        }
        LinkedHashMap<String, Object> figures = new LinkedHashMap<>();
        figures.put("benchmark", "tokenize");
        figures.put("documents", text.documents().size());
        figures.put("bytes", text.bytes());
        figures.put("cores", Runtime.getRuntime().availableProcessors());
        figures.put("java", Runtime.version().toString());
        figures.put("results", results);
        figures.put("not_measured", notMeasured);
        return new JobReport("bench", false, figures);
    }

    private void measure(TokenizerSource source) {
        for (int count : threads) {
            measure(source, "varlen", () -> Tokenizers.open(source), count);
        }
        if (source.isTiktoken()) {
            measure(source, "jtokkit", () -> TokenizerPeers.jtokkit(source), 1);
        } else {
            measure(source, "djl", () -> TokenizerPeers.huggingFace(source), 1);
        }
        new PythonPeers(python, text, seconds)
                .measure(source)
                .forEach(result -> (result.containsKey("reason") ? notMeasured : results).add(result));
    }

    private void measure(TokenizerSource source, String engine, Supplier<Tokenizer> opener, int count) {
        try (Tokenizer tokenizer = opener.get()) {
            results.add(figures(source, engine, count, passes(tokenizer, count)));
        } catch (RuntimeException e) {
            notMeasured.add(missing(source, engine, e.getMessage()));
        }
    }

    static Map<String, Object> missing(TokenizerSource source, String engine, String reason) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("tokenizer", source.name());
        result.put("engine", engine);
        result.put("reason", reason);
        return result;
    }

    /** Wall time of each pass of each thread, in nanoseconds, and the tokens of a pass. */
    private record Passes(long tokens, List<Long> first, List<Long> later) {}

    private Passes passes(Tokenizer tokenizer, int count) {
        Passes[] byThread = new Passes[count];
        CyclicBarrier start = new CyclicBarrier(count);
        Thread[] workers = new Thread[count];
        Throwable[] failure = new Throwable[1];
        for (int i = 0; i < count; i++) {
            int worker = i;
            workers[i] = new Thread(() -> {
                try {
                    start.await();
                    byThread[worker] = passesOfOne(tokenizer);
                } catch (Exception | LinkageError | OutOfMemoryError e) {
                    failure[0] = e;
                }
            });
            workers[i].start();
        }
        join(workers);
        if (failure[0] != null) {
            throw new IllegalStateException(String.valueOf(failure[0].getMessage()), failure[0]);
        }
        List<Long> first = new ArrayList<>();
        List<Long> later = new ArrayList<>();
        Arrays.stream(byThread).forEach(passes -> {
            first.addAll(passes.first());
            later.addAll(passes.later());
        });
        return new Passes(byThread[0].tokens(), first, later);
    }

    private static void join(Thread[] workers) {
        try {
            for (Thread worker : workers) {
                worker.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private Passes passesOfOne(Tokenizer tokenizer) {
        TokenBuffer ids = new TokenBuffer();
        List<Long> nanos = new ArrayList<>();
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        long tokens = 0;
        while (nanos.size() < 2 || System.nanoTime() < end) {
            long began = System.nanoTime();
            tokens = 0;
            for (byte[] document : text.documents()) {
                ids.clear();
                tokenizer.encode(document, 0, document.length, ids);
                tokens += ids.size();
            }
            nanos.add(System.nanoTime() - began);
        }
        return new Passes(tokens, nanos.subList(0, 1), nanos.subList(1, nanos.size()));
    }

    private Map<String, Object> figures(TokenizerSource source, String engine, int count, Passes passes) {
        double median = median(passes.later());
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("tokenizer", source.name());
        result.put("engine", engine);
        result.put("threads", count);
        result.put("tokens", passes.tokens());
        result.put("mb_per_second", round(count * 1e3 * text.bytes() / median));
        result.put("mb_per_second_per_thread", round(1e3 * text.bytes() / median));
        result.put("first_pass_mb_per_second_per_thread", round(1e3 * text.bytes() / median(passes.first())));
        result.put("tokens_per_second", Math.round(count * 1e9 * passes.tokens() / median));
        return result;
    }

    private static double median(List<Long> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private static double round(double value) {
        return Math.round(10 * value) / 10.0;
    }

    /** A table for people. */
    @SuppressWarnings("unchecked") // the lists that run() put there
    static String text(JobReport report) {
        Figures figures = new Figures(report);
        StringBuilder out = new StringBuilder(String.format(
                Locale.ROOT,
                "%s documents, %s bytes of text%n%n%-28s %-12s %7s %10s %12s %14s%n",
                figures.number("documents"),
                figures.number("bytes"),
                "tokenizer",
                "engine",
                "threads",
                "MB/s",
                "first pass",
                "tokens/s"));
        for (Map<String, Object> row :
                (List<Map<String, Object>>) report.figures().get("results")) {
            out.append(String.format(
                    Locale.ROOT,
                    "%-28s %-12s %7s %10s %12s %14s%n",
                    end(row.get("tokenizer").toString()),
                    row.get("engine"),
                    row.get("threads"),
                    row.get("mb_per_second"),
                    row.get("first_pass_mb_per_second_per_thread"),
                    Table.number(((Number) row.get("tokens_per_second")).longValue())));
        }
        for (Map<String, Object> row :
                (List<Map<String, Object>>) report.figures().get("not_measured")) {
            out.append(String.format(
                    "%-28s %-12s not measured: %s%n",
                    end(row.get("tokenizer").toString()), row.get("engine"), row.get("reason")));
        }
        return out.toString();
    }

    private static String end(String name) {
        return name.length() <= 28 ? name : "…" + name.substring(name.length() - 27);
    }
}
