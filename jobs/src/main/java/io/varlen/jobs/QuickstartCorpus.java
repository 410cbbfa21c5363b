package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The text that the quickstart works on: the text files below a folder in path order, up to a number of tokens; the last
 * one is cut between two paragraphs.
 *
 * @param root a copy of those files, below a folder named like the original
 * @param files how many
 * @param tokens their tokens, special tokens not counted
 * @param unused how many text files came behind the limit
 * @param cut whether the last file is not whole
 */
record QuickstartCorpus(Path root, int files, long tokens, int unused, boolean cut) {
    private static final Set<String> TEXT = Set.of(
            "adoc",
            "c",
            "cc",
            "cpp",
            "cu",
            "cuh",
            "go",
            "h",
            "hpp",
            "java",
            "js",
            "kt",
            "md",
            "properties",
            "py",
            "rs",
            "rst",
            "scala",
            "sh",
            "sql",
            "tex",
            "toml",
            "ts",
            "txt",
            "xml",
            "yaml",
            "yml");
    private static final Set<String> BUILD_OUTPUT = Set.of("target", "build", "node_modules", "__pycache__");

    /**
     * Copies the text.
     *
     * @param from a folder, or one file whatever its name
     * @param work an existing folder for the copy
     * @throws InvalidInputException if there is no text
     */
    static QuickstartCorpus copy(Path from, Path work, Tokenizer tokenizer, long limit) {
        List<Path> files = textFiles(from);
        try {
            Path original = from.toRealPath();
            boolean folder = Files.isDirectory(original);
            Path root = work.resolve(original.getFileName().toString());
            Copy copy = new Copy(tokenizer, limit);
            for (Path file : files) {
                copy.add(file, folder ? root.resolve(from.relativize(file).toString()) : root);
            }
            if (copy.files == 0) {
                throw new InvalidInputException("--input " + from + " has no text: files that are UTF-8 and end in ."
                        + String.join(", .", TEXT.stream().sorted().toList()));
            }
            return new QuickstartCorpus(root, copy.files, copy.tokens, copy.unused, copy.cut);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One line. */
    String describe(long limit) {
        String from = Table.number(tokens) + " tokens of text from " + files
                + (files == 1 ? " file" : " files in path order");
        return unused == 0 && !cut
                ? from
                : from + ", up to the limit of " + Table.number(limit) + (cut ? ", the last one cut" : "") + " ("
                        + Table.number(unused) + " more files left out)";
    }

    /**
     * A file itself, or the text files below a folder in path order.
     *
     * @throws InvalidInputException if {@code input} does not exist
     */
    static List<Path> textFiles(Path input) {
        if (!Files.exists(input)) {
            throw new InvalidInputException("--input " + input + " does not exist; give a local file or folder");
        }
        if (!Files.isDirectory(input)) {
            return List.of(input);
        }
        try {
            List<Path> files = new ArrayList<>();
            collect(input, files);
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The bytes of a file; none if they are not UTF-8. */
    static byte[] readText(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            return Copy.isText(bytes) ? bytes : new byte[0];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void collect(Path folder, List<Path> files) throws IOException {
        List<Path> entries;
        try (Stream<Path> list = Files.list(folder)) {
            entries = list.sorted(
                            Comparator.comparing(path -> path.getFileName().toString()))
                    .toList();
        }
        for (Path entry : entries) {
            String name = entry.getFileName().toString();
            if (name.startsWith(".") || name.startsWith("_") || Files.isSymbolicLink(entry)) {
                continue;
            }
            if (Files.isDirectory(entry)) {
                if (!BUILD_OUTPUT.contains(name)) {
                    collect(entry, files);
                }
            } else if (TEXT.contains(name.substring(name.lastIndexOf('.') + 1))) {
                files.add(entry);
            }
        }
    }

    /** Copies file after file until the tokens are used up. */
    private static final class Copy {
        private final Tokenizer tokenizer;
        private final long limit;
        private int files;
        private long tokens;
        private int unused;
        private boolean cut;
        private boolean full;

        Copy(Tokenizer tokenizer, long limit) {
            this.tokenizer = tokenizer;
            this.limit = limit;
        }

        void add(Path from, Path to) throws IOException {
            if (full) {
                unused++;
                return;
            }
            byte[] text = Files.readAllBytes(from);
            if (!isText(text)) {
                return;
            }
            int end = fit(text);
            full = end < text.length;
            if (end == 0) {
                unused += full ? 1 : 0;
                return;
            }
            cut = full;
            Files.createDirectories(to.getParent());
            Files.write(to, Arrays.copyOf(text, end));
            files++;
        }

        /** Counts the tokens paragraph by paragraph; returns where the first one begins that is too much. */
        private int fit(byte[] text) {
            TokenBuffer ids = new TokenBuffer();
            int start = 0;
            while (start < text.length) {
                int end = endOfParagraph(text, start);
                ids.clear();
                tokenizer.encode(text, start, end, ids);
                if (tokens + ids.size() > limit) {
                    return start;
                }
                tokens += ids.size();
                start = end;
            }
            return start;
        }

        /** Behind the next two line feeds with nothing but blanks between them, else the end of the text. */
        private static int endOfParagraph(byte[] text, int from) {
            boolean blankLine = false;
            for (int i = from; i < text.length; i++) {
                if (text[i] == '\n') {
                    if (blankLine) {
                        return i + 1;
                    }
                    blankLine = true;
                } else if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') {
                    blankLine = false;
                }
            }
            return text.length;
        }

        private static boolean isText(byte[] bytes) {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
                return true;
            } catch (CharacterCodingException e) {
                return false;
            }
        }
    }
}
