package io.varlen.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.TreeMap;

/** The text behind document ids of the form {@code <path>#<byte offset>}. */
final class CorpusText {
    private final Path base;
    private final TreeMap<String, TreeMap<Integer, String>> idsByFile = new TreeMap<>();

    /**
     * @param base the folder that the ids' paths start in
     * @param docIds all documents, so that it is known where each one ends
     */
    CorpusText(Path base, Collection<String> docIds) {
        this.base = base;
        docIds.forEach(
                id -> idsByFile.computeIfAbsent(file(id), f -> new TreeMap<>()).put(offset(id), id));
    }

    /** The text of a document, and the white space behind it. */
    String of(String docId) {
        Integer next = idsByFile.get(file(docId)).higherKey(offset(docId));
        try {
            byte[] bytes = Files.readAllBytes(base.resolve(file(docId)));
            int end = next == null ? bytes.length : next;
            return new String(Arrays.copyOfRange(bytes, offset(docId), end), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String file(String docId) {
        return docId.substring(0, docId.lastIndexOf('#'));
    }

    private static int offset(String docId) {
        return Integer.parseInt(docId.substring(docId.lastIndexOf('#') + 1));
    }
}
