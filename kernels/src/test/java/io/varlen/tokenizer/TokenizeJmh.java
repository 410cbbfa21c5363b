package io.varlen.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The twin of {@code varlen bench tokenize} for JMH: bytes per microsecond (MB/s) and tokens of one pass over all documents. CONTRIBUTING.md
 * says how to run it.
 */
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TokenizeJmh {
    private static final int DOCUMENT_BYTES = 4096;

    /** The tokenizer and the documents. */
    @State(Scope.Benchmark)
    public static class Work {
        @Param({"varlen", "peer"})
        public String engine;

        @Param("tiktoken:cl100k_base")
        public String tokenizer;

        @Param("src/test/resources/io/varlen/tokenizer/sample_texts.txt")
        public String text;

        private Tokenizer opened;
        private List<byte[]> documents;

        @Setup
        public void open() throws IOException {
            TokenizerSource source = TokenizerSources.resolve(tokenizer);
            if (engine.equals("varlen")) {
                opened = Tokenizers.open(source);
            } else {
                opened = source.isTiktoken() ? TokenizerPeers.jtokkit(source) : TokenizerPeers.huggingFace(source);
            }
            documents = documents(Files.readAllBytes(Path.of(text)));
        }

        @TearDown
        public void close() {
            opened.close();
        }

        private static List<byte[]> documents(byte[] text) {
            List<byte[]> documents = new ArrayList<>();
            for (int from = 0, to; from < text.length; from = to) {
                to = Math.min(text.length, from + DOCUMENT_BYTES);
                while (to < text.length && text[to - 1] != '\n') {
                    to++;
                }
                documents.add(Arrays.copyOfRange(text, from, to));
            }
            return documents;
        }
    }

    /** What one thread has encoded. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Counts {
        public long bytes;
        public long tokens;
        private final TokenBuffer ids = new TokenBuffer();

        @Setup(Level.Iteration)
        public void reset() {
            bytes = 0;
            tokens = 0;
        }
    }

    @Benchmark
    public void encode(Work work, Counts counts) {
        for (byte[] document : work.documents) {
            counts.ids.clear();
            work.opened.encode(document, 0, document.length, counts.ids);
            counts.bytes += document.length;
            counts.tokens += counts.ids.size();
        }
    }
}
