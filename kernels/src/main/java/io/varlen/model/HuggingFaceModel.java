package io.varlen.model;

import io.varlen.InvalidInputException;
import io.varlen.tokenizer.TokenizerSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model in a folder as Hugging Face lays it out. */
final class HuggingFaceModel {
    private static final String CONFIG = "config.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";

    private HuggingFaceModel() {}

    static ModelFiles open(Path path) {
        ModelFolder folder = new ModelFolder(path);
        SentenceModules modules = SentenceModules.read(folder);
        ModelFolder encoder = folder.subfolder(modules.encoderFolder());
        ModelConfig config = ModelConfig.read(encoder.json(CONFIG));
        SafetensorsWeights.open(encoder).close();
        String state = state(encoder);
        return new ModelFiles(
                path.toString(),
                config,
                tokenizer(encoder),
                modules,
                digest(encoder, modules),
                () -> unchanged(encoder, state));
    }

    /** The weights, which must be those that were hashed. */
    private static Weights unchanged(ModelFolder encoder, String state) {
        Weights weights = SafetensorsWeights.open(encoder);
        if (!state(encoder).equals(state)) {
            weights.close();
            throw new InvalidInputException("the weights in " + encoder.root()
                    + " have changed since this process hashed them; begin anew, in a new Spark application");
        }
        return weights;
    }

    /** Names, sizes and times of the files with weights. */
    private static String state(ModelFolder encoder) {
        StringBuilder state = new StringBuilder();
        for (String name : SafetensorsWeights.fileNames(encoder)) {
            Path file = encoder.path(name);
            try {
                state.append(name).append(' ').append(Files.size(file)).append(' ');
                state.append(Files.getLastModifiedTime(file)).append('\n');
            } catch (IOException e) {
                throw new InvalidInputException("cannot read " + file + ": " + e, e);
            }
        }
        return state.toString();
    }

    private static TokenizerSource tokenizer(ModelFolder folder) {
        if (!folder.has(TOKENIZER)) {
            throw new InvalidInputException(folder.root() + " holds no " + TOKENIZER
                    + "; a tokenizer in another form can be saved as one by transformers' fast tokenizers");
        }
        byte[] json = folder.read(TOKENIZER);
        byte[] config = folder.has(TOKENIZER_CONFIG) ? folder.read(TOKENIZER_CONFIG) : null;
        return TokenizerSource.ofJson(folder.root().toString(), json, config);
    }

    /** Over what decides about a vector: the configuration, the weights and what is done with the hidden states. */
    private static String digest(ModelFolder encoder, SentenceModules modules) {
        ModelDigest digest = new ModelDigest();
        digest.add(CONFIG, encoder.read(CONFIG));
        for (String name : SafetensorsWeights.fileNames(encoder)) {
            digest.add(name, encoder.path(name));
        }
        digest.add("pooling", modules.pooling() + " " + modules.normalizes());
        return digest.toHex();
    }
}
