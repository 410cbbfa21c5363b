package io.varlen.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.varlen.ForkedJvm;
import io.varlen.natives.NativeDirectory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing calls home: whoever asks for a proxy or opens an http(s) URL in the forked JVM is reported. */
class NetworkSilenceTest {

    @Test
    void openingAndUsingTokenizersConnectsToNothing(@TempDir Path folder) throws Exception {
        List<String> output = ForkedJvm.run(
                Fork.class, Map.of("spark.varlen.native.dir", folder.toString(), "OPT_OUT_TRACKING", "false"), "ours");

        assertThat(output).contains("4 tokenizers used").noneMatch(line -> line.startsWith("CONNECTS"));
    }

    /** DJL's own factory does call home when nobody opts out, which proves that the detector detects. */
    @Test
    void theDetectorSeesTheLibrarysOwnFactoryCallHome(@TempDir Path folder) throws Exception {
        List<String> output = ForkedJvm.run(Fork.class, Map.of("ENGINE_CACHE_DIR", folder.toString()), "djl");

        assertThat(output).contains("1 tokenizers used").anyMatch(line -> line.startsWith("CONNECTS"));
    }

    /** The same factory is silent once the native directory is prepared, for whoever else uses it in this JVM. */
    @Test
    void preparingTheNativeDirectorySilencesTheFactoryToo(@TempDir Path folder) throws Exception {
        List<String> output =
                ForkedJvm.run(Fork.class, Map.of("spark.varlen.native.dir", folder.toString()), "prepared djl");

        assertThat(output).contains("1 tokenizers used").noneMatch(line -> line.startsWith("CONNECTS"));
    }

    static final class Fork {
        public static void main(String[] arguments) throws IOException {
            ProxySelector.setDefault(new ReportingProxySelector());
            URL.setURLStreamHandlerFactory(protocol -> protocol.startsWith("http") ? new ReportingHandler() : null);
            byte[] miniLm = Samples.bytes(Samples.MINILM);
            int used = 0;
            if (arguments[0].equals("ours")) {
                for (Tokenizer opened : List.of(
                        Tokenizers.open(TokenizerSource.ofJson("minilm", miniLm, null)),
                        Tokenizers.open(Samples.source(Samples.BYTE_LEVEL)),
                        Samples.openNative(Samples.BYTE_LEVEL),
                        Tokenizers.open(TokenizerSources.resolve("tiktoken:r50k_base")))) {
                    try (Tokenizer tokenizer = opened) {
                        int[] ids = Samples.encode(tokenizer, "hello world");
                        used += tokenizer.decode(ids, 0, ids.length).contains("hello") ? 1 : 0;
                    }
                }
            } else {
                if (arguments[0].startsWith("prepared")) {
                    NativeDirectory.prepare();
                }
                try (var tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(miniLm), null)) {
                    used += tokenizer.encode("hello world").getIds().length > 0 ? 1 : 0;
                }
            }
            System.out.println(used + " tokenizers used");
        }
    }

    private static final class ReportingProxySelector extends ProxySelector {
        @Override
        public List<Proxy> select(URI uri) {
            System.out.println("CONNECTS to " + uri);
            return List.of(Proxy.NO_PROXY);
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException e) {}
    }

    private static final class ReportingHandler extends URLStreamHandler {
        @Override
        protected URLConnection openConnection(URL url) throws IOException {
            System.out.println("CONNECTS to " + url);
            throw new IOException("no network in this test");
        }

        @Override
        protected URLConnection openConnection(URL url, Proxy proxy) throws IOException {
            return openConnection(url);
        }
    }
}
