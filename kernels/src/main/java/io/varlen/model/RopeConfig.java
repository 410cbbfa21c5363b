package io.varlen.model;

/**
 * Rotary position embedding as {@code config.json} describes it: {@code rope_parameters}, before transformers 5 {@code
 * rope_theta} and {@code rope_scaling}.
 *
 * @param scaling how the frequencies are made smaller
 * @param factor by how much
 * @param lowFactor llama3: waves longer than {@code originalPositions / lowFactor} are stretched by the whole factor
 * @param highFactor llama3: waves shorter than {@code originalPositions / highFactor} stay as they are
 * @param originalPositions llama3: the longest sequence before stretching
 */
record RopeConfig(
        double theta, Scaling scaling, double factor, double lowFactor, double highFactor, int originalPositions) {
    /** transformers' {@code rope_type}. */
    enum Scaling {
        DEFAULT,
        LINEAR,
        LLAMA3
    }

    private static final String PARAMETERS = "rope_parameters";
    private static final String SCALING = "rope_scaling";
    private static final double MAX_THETA = 1e15;
    private static final double MAX_FACTOR = 1e6;

    /**
     * For all layers.
     *
     * @param theta if the file names none
     */
    static RopeConfig read(JsonFile file, double theta, int maxPositions) {
        JsonFile parameters = parameters(file);
        parameters.object().properties().forEach(field -> {
            if (field.getValue().isObject()) {
                throw parameters.wrong("'" + JsonFile.excerpt(field.getKey())
                        + "' is a JSON object; supported is one rotation for all layers");
            }
        });
        double base = file.number("rope_theta", Double.MIN_NORMAL, MAX_THETA, theta);
        return read(file, parameters, base, maxPositions);
    }

    /**
     * For the layers of one type.
     *
     * @param thetaKey where the base is before transformers 5
     * @param theta if the file names none
     */
    static RopeConfig read(JsonFile file, String layerType, String thetaKey, double theta, int maxPositions) {
        if (!file.child(SCALING).object().isEmpty()) {
            throw file.wrong("'" + SCALING + "' is there; supported is '" + PARAMETERS + "' by type of layer");
        }
        double base = file.number(thetaKey, Double.MIN_NORMAL, MAX_THETA, theta);
        return read(file, file.child(PARAMETERS).child(layerType), base, maxPositions);
    }

    private static JsonFile parameters(JsonFile file) {
        JsonFile scaling = file.child(SCALING);
        return scaling.object().isEmpty() ? file.child(PARAMETERS) : scaling;
    }

    private static RopeConfig read(JsonFile file, JsonFile parameters, double base, int maxPositions) {
        requireWhole(file);
        requireWhole(parameters);
        double theta = parameters.number("rope_theta", Double.MIN_NORMAL, MAX_THETA, base);
        String type = parameters.text("rope_type") != null ? parameters.text("rope_type") : parameters.text("type");
        return switch (type == null ? "default" : type) {
            case "default" -> new RopeConfig(theta, Scaling.DEFAULT, 1, 1, 1, maxPositions);
            case "linear" -> new RopeConfig(theta, Scaling.LINEAR, factor(parameters, "factor"), 1, 1, maxPositions);
            case "llama3" -> llama3(file, parameters, theta, maxPositions);
            default ->
                throw parameters.wrong(
                        "'rope_type' is '" + JsonFile.excerpt(type) + "'; supported are default, linear and llama3");
        };
    }

    private static RopeConfig llama3(JsonFile file, JsonFile parameters, double theta, int maxPositions) {
        String key = "original_max_position_embeddings";
        int inner = parameters.integer(key, 1, ConfigFields.MAX_ROWS, maxPositions);
        double low = factor(parameters, "low_freq_factor");
        double high = factor(parameters, "high_freq_factor");
        if (!(high > low)) {
            throw parameters.wrong("'high_freq_factor' " + high + " is not above 'low_freq_factor' " + low);
        }
        return new RopeConfig(
                theta,
                Scaling.LLAMA3,
                factor(parameters, "factor"),
                low,
                high,
                file.integer(key, 1, ConfigFields.MAX_ROWS, inner));
    }

    private static double factor(JsonFile parameters, String key) {
        return parameters.number(key, 1 / MAX_FACTOR, MAX_FACTOR);
    }

    private static void requireWhole(JsonFile file) {
        if (file.number("partial_rotary_factor", 0, 1, 1) != 1) {
            throw file.wrong("'partial_rotary_factor' is "
                    + JsonFile.excerpt(file.object().get("partial_rotary_factor")) + "; supported is 1");
        }
    }

    /**
     * The angle per position of each pair of a head's elements, in the single precision of transformers: at a position in the
     * ten thousands a frequency's last bit is an angle of a thousandth.
     *
     * @return {@code [dim / 2]}
     */
    float[] frequencies(int dim) {
        float[] frequencies = new float[dim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = (float) (2 * i) / dim;
            frequencies[i] = scaled(1 / (float) Math.pow((float) theta, exponent));
        }
        return frequencies;
    }

    private float scaled(float frequency) {
        return switch (scaling) {
            case DEFAULT -> frequency;
            case LINEAR -> frequency / (float) factor;
            case LLAMA3 -> stretched(frequency);
        };
    }

    private float stretched(float frequency) {
        float wave = (float) (2 * Math.PI) / frequency;
        if (wave < originalPositions / highFactor) {
            return frequency;
        }
        if (wave > originalPositions / lowFactor) {
            return frequency / (float) factor;
        }
        float smooth = (originalPositions / wave - (float) lowFactor) / (float) (highFactor - lowFactor);
        return (1 - smooth) * frequency / (float) factor + smooth * frequency;
    }
}
