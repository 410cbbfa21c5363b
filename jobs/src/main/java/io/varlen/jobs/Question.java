package io.varlen.jobs;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A question for a semantic search.
 *
 * @param text the question
 * @param docId the document that it was taken from, null if it was not
 */
record Question(String text, String docId) {
    private static final int MIN_WORDS = 8;
    private static final int MAX_WORDS = 30;

    /**
     * Sentences of the corpus, taken from documents that lie far apart: what else is like them?
     *
     * @param docIds all documents, in their order
     */
    static List<Question> fromCorpus(List<String> docIds, CorpusText texts, int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        i -> firstIn(docIds.subList(i * docIds.size() / count, (i + 1) * docIds.size() / count), texts))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<Question> firstIn(List<String> docIds, CorpusText texts) {
        List<String> fromTheMiddle = docIds.subList(docIds.size() / 2, docIds.size());
        return fromTheMiddle.stream()
                .flatMap(id -> Sentences.of(texts.of(id)).stream().map(sentence -> new Question(sentence, id)))
                .filter(question -> isSentence(question.text()))
                .findFirst();
    }

    private static boolean isSentence(String text) {
        int words = text.split(" ").length;
        return words >= MIN_WORDS && words <= MAX_WORDS && text.matches("\\p{Lu}[\\p{L}\\p{N} ,;:'’\"“”()-]*[.?!]");
    }
}
