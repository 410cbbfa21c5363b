package io.varlen.jobs;

import io.varlen.InvalidInputException;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Text to measure on: files cut into documents of about 4 KiB, each ending with a line.
 *
 * @param bytes of all documents
 */
record BenchmarkText(List<byte[]> documents, long bytes) {
    private static final int DOCUMENT_BYTES = 4096;
    private static final long LIMIT = 1L << 30;

    /** @throws InvalidInputException if there is no text in {@code inputs}, or more than 1 GiB */
    static BenchmarkText read(List<Path> inputs) {
        List<byte[]> documents = new ArrayList<>();
        long bytes = 0;
        for (Path input : inputs) {
            for (Path file : QuickstartCorpus.textFiles(input)) {
                byte[] text = QuickstartCorpus.readText(file);
                bytes += text.length;
                if (bytes > LIMIT) {
                    throw new InvalidInputException("the input has more than 1 GiB of text; measure on less");
                }
                cut(text, documents);
            }
        }
        if (documents.isEmpty()) {
            throw new InvalidInputException("--input " + inputs.get(0) + " has no text that is UTF-8");
        }
        return new BenchmarkText(documents, bytes);
    }

    private static void cut(byte[] text, List<byte[]> documents) {
        for (int from = 0, to; from < text.length; from = to) {
            to = Math.min(text.length, from + DOCUMENT_BYTES);
            while (to < text.length && text[to - 1] != '\n') {
                to++;
            }
            documents.add(Arrays.copyOfRange(text, from, to));
        }
    }

    /** For another process: for each document an int32, big-endian, with its length, and its bytes. */
    void write(Path file) {
        try (DataOutputStream out =
                new DataOutputStream(new java.io.BufferedOutputStream(Files.newOutputStream(file)))) {
            for (byte[] document : documents) {
                out.writeInt(document.length);
                out.write(document);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
