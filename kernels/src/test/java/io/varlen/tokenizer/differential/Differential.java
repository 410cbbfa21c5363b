package io.varlen.tokenizer.differential;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSources;
import io.varlen.tokenizer.Tokenizers;
import io.varlen.tokenizer.internal.PipelineTokenizers;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Compares the tokenizers in Java with the libraries that define them, id by id, on generated strings and on files. Run by
 * {@code .ci/full tokenizers}:
 *
 * <pre>Differential --python PYTHON --oracle oracle.py --layouts FOLDER --strings N --seed S [--texts FOLDER] [--jtokkit JAR] [LAYOUT …]</pre>
 *
 * <p>With {@code --expectations FOLDER} it also writes what {@link ExpectationsTest} reads.
 *
 * <p>Exits with 1 after a mismatch, of which it prints the shortest string that still shows it.
 */
public final class Differential {
    private static final int BATCH = 1000;
    private static final int MOST_MISMATCHES = 5;
    private static final SpecialTokens NO_SPECIAL_TOKENS = new SpecialTokens(new int[0], new int[0], 0);

    private static final List<String> TIKTOKEN =
            List.of("tiktoken:cl100k_base", "tiktoken:o200k_base", "tiktoken:p50k_base", "tiktoken:r50k_base");
    private static final List<String> TIKTOKEN_FRAGMENTS = List.of(
            "<|endoftext|>",
            "<|fim_prefix|>",
            "<|endofprompt|>",
            "<|im_start|>",
            " the",
            "ing",
            "\n\n",
            "        ",
            "\u4eba");

    private final Map<String, String> options;
    private boolean failed;

    private Differential(Map<String, String> options) {
        this.options = options;
    }

    public static void main(String[] args) throws IOException {
        Map<String, String> options = new HashMap<>();
        List<String> layouts = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith("--")) {
                options.put(args[i].substring(2), args[++i]);
            } else {
                layouts.add(args[i]);
            }
        }
        Differential differential = new Differential(options);
        try (Stream<Path> files = Files.list(Path.of(options.get("layouts")))) {
            for (Path file : files.sorted().toList()) {
                String layout = file.getFileName().toString().replace(".json", "");
                if (layouts.isEmpty() || layouts.contains(layout)) {
                    differential.compare(layout, file);
                }
            }
        }
        for (String name : TIKTOKEN) {
            if (options.containsKey("jtokkit") && (layouts.isEmpty() || layouts.contains(name))) {
                differential.compareTiktoken(name);
            }
        }
        System.exit(differential.failed ? 1 : 0);
    }

    private void compare(String layout, Path file) throws IOException {
        byte[] json = Files.readAllBytes(file);
        try (Tokenizer tokenizer = PipelineTokenizers.ofJson(json, NO_SPECIAL_TOKENS)) {
            compare(layout, tokenizer, List.of(file.toString()), fragments(json));
            if (options.containsKey("expectations")) {
                writeExpectations(layout, file, json);
            }
        } catch (UnsupportedConstructException e) {
            System.out.printf("%-24s left to the native library: %s%n", layout, e.getMessage());
        }
    }

    private void writeExpectations(String layout, Path file, byte[] json) throws IOException {
        List<String> strings = Expectations.strings(json).toList();
        try (Oracle oracle = oracle(List.of(file.toString()))) {
            Expectations.write(Path.of(options.get("expectations")), layout, json, oracle.encode(strings));
        }
    }

    private Oracle oracle(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(options.get("python"), options.get("oracle")));
        command.addAll(arguments);
        return new Oracle(command);
    }

    private void compareTiktoken(String name) throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(TokenizerSources.resolve(name))) {
            compare(name, tokenizer, List.of(name, options.get("jtokkit")), TIKTOKEN_FRAGMENTS);
        }
    }

    private void compare(String layout, Tokenizer tokenizer, List<String> arguments, List<String> fragments)
            throws IOException {
        try (Oracle oracle = oracle(arguments)) {
            Comparison comparison = new Comparison(layout, tokenizer, oracle);
            comparison.compareAll(texts());
            long seed = Long.parseLong(options.get("seed"));
            AdversarialStrings strings = new AdversarialStrings(seed, fragments);
            int count = Integer.parseInt(options.get("strings"));
            for (int done = 0; done < count && comparison.mismatches < MOST_MISMATCHES; done += BATCH) {
                comparison.compareAll(
                        Stream.generate(strings::next).limit(BATCH).toList());
            }
            System.out.printf(
                    "%-24s %,9d strings, %,11d ids, seed %d: %s%s%n",
                    layout,
                    comparison.strings,
                    comparison.ids,
                    seed,
                    comparison.mismatches == 0 ? "equal" : comparison.mismatches + " MISMATCHES",
                    comparison.panics == 0 ? "" : "; " + comparison.panics + " more made the oracle panic");
            failed |= comparison.mismatches > 0;
        }
    }

    /** The files of the folder of texts, whole and line by line. */
    private List<String> texts() throws IOException {
        List<String> texts = new ArrayList<>();
        if (options.containsKey("texts")) {
            try (Stream<Path> files = Files.list(Path.of(options.get("texts")))) {
                for (Path file : files.sorted().toList()) {
                    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                    texts.add(text);
                    texts.addAll(text.lines().toList());
                }
            }
        }
        return texts;
    }

    /** The added tokens, several times because they are few, and part of the vocabulary. */
    static List<String> fragments(byte[] json) throws IOException {
        JsonFactory factory = JsonFactory.builder()
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .build();
        JsonNode root = new ObjectMapper(factory).readTree(json);
        List<String> tokens = new ArrayList<>();
        JsonNode vocabulary = root.path("model").path("vocab");
        if (vocabulary.isArray()) {
            vocabulary.forEach(entry -> tokens.add(entry.get(0).asText()));
        } else {
            vocabulary.fieldNames().forEachRemaining(tokens::add);
        }
        int copies = 1 + tokens.size() / Math.max(1, root.path("added_tokens").size());
        root.path("added_tokens").forEach(token -> {
            for (int i = 0; i < copies; i++) {
                tokens.add(token.path("content").asText());
            }
        });
        return tokens;
    }

    static int[] encode(Tokenizer tokenizer, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        tokenizer.encode(utf8, 0, utf8.length, ids);
        return ids.toArray();
    }

    /** One tokenizer beside its oracle. */
    private static final class Comparison {
        private final String layout;
        private final Tokenizer tokenizer;
        private final Oracle oracle;
        private long strings;
        private long ids;
        private long panics;
        private int mismatches;

        Comparison(String layout, Tokenizer tokenizer, Oracle oracle) {
            this.layout = layout;
            this.tokenizer = tokenizer;
            this.oracle = oracle;
        }

        void compareAll(List<String> texts) {
            List<int[]> expected = oracle.encode(texts);
            for (int i = 0; i < texts.size() && mismatches < MOST_MISMATCHES; i++) {
                if (expected.get(i) == null) {
                    panics++;
                    continue;
                }
                strings++;
                ids += expected.get(i).length;
                if (differs(texts.get(i), expected.get(i))) {
                    mismatches++;
                    report(texts.get(i));
                }
            }
        }

        private boolean differs(String text, int[] expected) {
            try {
                return expected != null && !Arrays.equals(encode(tokenizer, text), expected);
            } catch (RuntimeException e) {
                return true;
            }
        }

        private void report(String text) {
            Predicate<String> fails =
                    shorter -> differs(shorter, oracle.encode(List.of(shorter)).get(0));
            String shortest = Minimizer.minimize(text, fails);
            String ours;
            try {
                ours = Arrays.toString(encode(tokenizer, shortest));
            } catch (RuntimeException e) {
                ours = e.toString();
            }
            System.out.printf(
                    "%s: '%s' (%s)%n  Java   %s%n  oracle %s%n",
                    layout,
                    shortest,
                    escaped(shortest),
                    ours,
                    Arrays.toString(oracle.encode(List.of(shortest)).get(0)));
        }

        private static String escaped(String text) {
            StringBuilder escaped = new StringBuilder();
            text.codePoints().forEach(c -> escaped.append(String.format(escaped.isEmpty() ? "U+%04X" : " U+%04X", c)));
            return escaped.toString();
        }
    }
}
