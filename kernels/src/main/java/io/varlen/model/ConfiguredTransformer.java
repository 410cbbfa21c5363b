package io.varlen.model;

import io.varlen.mask.Mask;
import java.util.Map;

/**
 * A transformer whose shape is that of its configuration.
 *
 * @param <C> the configuration of its family
 */
abstract class ConfiguredTransformer<C extends ModelConfig> implements Transformer {
    final C config;

    ConfiguredTransformer(C config) {
        this.config = config;
    }

    @Override
    public final int hiddenSize() {
        return config.hiddenSize();
    }

    @Override
    public final int layers() {
        return config.layers();
    }

    @Override
    public final int heads() {
        return config.heads();
    }

    @Override
    public final int maxPositions() {
        return config.maxPositions();
    }

    @Override
    public final int vocabularySize() {
        return config.vocabularySize();
    }

    @Override
    public final Map<String, Mask> masks() {
        return config.masks();
    }
}
