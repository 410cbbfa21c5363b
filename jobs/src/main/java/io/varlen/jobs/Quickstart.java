package io.varlen.jobs;

import io.varlen.jobs.Answered.Passage;
import io.varlen.jobs.SemanticSearch.Vector;
import io.varlen.spark.engine.Engine;
import io.varlen.spark.engine.ModelReference;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.job.DocumentOptions;
import io.varlen.spark.job.EmbedJob;
import io.varlen.spark.job.EmbedOptions;
import io.varlen.spark.job.JobProgress;
import io.varlen.spark.job.JobReport;
import io.varlen.spark.job.PackJob;
import io.varlen.spark.job.PackOptions;
import io.varlen.spark.job.VerifyJob;
import io.varlen.spark.job.VerifyOptions;
import io.varlen.spark.job.VerifyReport;
import io.varlen.tokenizer.TokenizerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/** The whole pipeline: text → packed rows → verified → embeddings → answers. */
final class Quickstart {
    static final List<String> QUESTIONS = List.of(
            "How are documents removed that somebody withdrew?",
            "What happens to records that are invalid UTF-8?",
            "How much attention would leak between documents?");

    static final long TOKEN_LIMIT = 150_000;
    private static final int SEQ_LEN = 2048;
    private static final int ANSWERS = 2;

    private final SparkSession spark;
    private final Path text;
    private final Path work;
    private final List<String> asked;
    private final JobProgress progress;
    private final ModelReference model = ModelReference.of(ModelReference.BUILTIN, null);

    /**
     * @param text a local file or folder
     * @param work a folder of this command's own; what is in it goes
     * @param asked the questions; empty to make them of the text
     */
    Quickstart(SparkSession spark, Path text, Path work, List<String> asked, JobProgress progress) {
        this.spark = spark;
        this.text = text;
        this.work = work;
        this.asked = asked;
        this.progress = progress;
    }

    QuickstartReport run() {
        long began = System.nanoTime();
        clear(work);
        TokenizerSource tokenizer = TokenizerArgument.source(ModelReference.BUILTIN);
        QuickstartCorpus corpus =
                QuickstartCorpus.copy(text, folder("corpus"), Engine.get().tokenizer(tokenizer), TOKEN_LIMIT);
        progress.note("quickstart: " + corpus.describe(TOKEN_LIMIT));

        String packed = path("packed");
        InputOptions paragraphs = new InputOptions(List.of(corpus.root().toString()), InputFormat.PARAGRAPHS);
        JobReport pack = new PackJob(spark, new PackOptions(paragraphs, tokenizer, SEQ_LEN, packed), progress).run();
        VerifyReport verify = new VerifyJob(spark, new VerifyOptions(packed), progress).run();
        JobReport embed = embed(new InputOptions(List.of(packed), InputFormat.TEXT), path("embeddings"));
        List<Answered> answered = answer();
        double seconds = (System.nanoTime() - began) / 1e9;
        return new QuickstartReport(corpus, pack, verify, embed, answered, seconds);
    }

    private JobReport embed(InputOptions input, String output) {
        return new EmbedJob(spark, new EmbedOptions(new DocumentOptions(input, model, output)), progress).run();
    }

    private List<Answered> answer() {
        List<Vector> documents = SemanticSearch.vectors(spark, path("embeddings"));
        List<String> docIds = documents.stream().map(Vector::docId).toList();
        CorpusText texts = new CorpusText(work.resolve("corpus"), docIds);
        List<Question> questions = asked.isEmpty()
                ? Question.fromCorpus(docIds, texts, QUESTIONS.size())
                : asked.stream().map(question -> new Question(question, null)).toList();
        List<float[]> vectors =
                embedTexts("question", questions.stream().map(Question::text).toList());
        SemanticSearch search = new SemanticSearch(documents);
        List<List<Passage>> nearest = IntStream.range(0, questions.size())
                .mapToObj(i ->
                        search.nearest(vectors.get(i), id -> !asks(texts.of(id), questions.get(i)), ANSWERS).stream()
                                .map(answer -> new Passage(answer, Sentences.of(texts.of(answer.docId()))))
                                .toList())
                .toList();
        Iterator<float[]> sentences = embedTexts(
                        "sentence",
                        nearest.stream()
                                .flatMap(List::stream)
                                .flatMap(passage -> passage.sentences().stream())
                                .toList())
                .iterator();
        return IntStream.range(0, questions.size())
                .mapToObj(i -> new Answered(
                        questions.get(i),
                        nearest.get(i).stream()
                                .map(passage -> passage.from(nearest(passage, vectors.get(i), sentences)))
                                .toList()))
                .toList();
    }

    /** Whether a text has the question itself in it, as this project's documents have, and so is no answer. */
    private static boolean asks(String text, Question question) {
        return text.replaceAll("\\s+", " ").contains(question.text());
    }

    /** Which of a passage's sentences is nearest to the question. */
    private static int nearest(Passage passage, float[] question, Iterator<float[]> sentences) {
        int nearest = 0;
        double cosine = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < passage.sentences().size(); i++) {
            double other = SemanticSearch.dot(sentences.next(), question);
            if (other > cosine) {
                nearest = i;
                cosine = other;
            }
        }
        return nearest;
    }

    /** The embeddings of texts, in their order. */
    private List<float[]> embedTexts(String kind, List<String> texts) {
        if (texts.isEmpty()) {
            return List.of();
        }
        Path folder = folder(kind + "s");
        try {
            for (int i = 0; i < texts.size(); i++) {
                // a file each; numbers of equal width, so that ids sort as texts do
                Files.writeString(folder.resolve(String.format("%s-%05d.txt", kind, i)), texts.get(i));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String output = path(kind + "-embeddings");
        embed(new InputOptions(List.of(folder.toString()), InputFormat.TEXT), output);
        return SemanticSearch.vectors(spark, output).stream()
                .map(Vector::values)
                .toList();
    }

    private String path(String name) {
        return work.resolve(name).toString();
    }

    private Path folder(String name) {
        try {
            return Files.createDirectories(work.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void clear(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> found = Files.walk(folder)) {
            List<Path> deepestFirst = new ArrayList<>(found.toList());
            deepestFirst.sort(Comparator.reverseOrder());
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
