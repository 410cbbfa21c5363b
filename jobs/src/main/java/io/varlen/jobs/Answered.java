package io.varlen.jobs;

import io.varlen.jobs.SemanticSearch.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A question with the passages nearest to it.
 *
 * @param passages the nearest first
 */
record Answered(Question question, List<Passage> passages) {
    private static final int EXCERPT = 300;

    /** A document near the question, and its text from the sentence on that is nearest. */
    record Passage(Answer answer, List<String> sentences) {
        Passage from(int sentence) {
            return new Passage(answer, sentences.subList(sentence, sentences.size()));
        }

        String excerpt() {
            return Excerpt.start(String.join(" ", sentences), EXCERPT);
        }
    }

    Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("question", question.text());
        figures.put("from", question.docId());
        figures.put("answers", passages.stream().map(Answered::figures).toList());
        return figures;
    }

    private static Map<String, Object> figures(Passage passage) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("doc_id", passage.answer().docId());
        figures.put("cosine", passage.answer().cosine());
        figures.put("excerpt", passage.excerpt());
        return figures;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(
                        question.docId() == null
                                ? question.text()
                                : "Like “" + question.text() + "” (" + question.docId() + ")")
                .append('\n');
        for (Passage passage : passages) {
            text.append(String.format(
                    "  %.2f  %s%n", passage.answer().cosine(), passage.answer().docId()));
            text.append("        ").append(passage.excerpt()).append('\n');
        }
        return text.toString();
    }
}
