package io.varlen.model;

import java.util.Arrays;
import java.util.Random;

/** Some value for every name and shape. */
final class RandomWeights implements Weights {
    private final long seed;
    private String poisonedName = "";
    private int poisonedRow;

    RandomWeights(long seed) {
        this.seed = seed;
    }

    /** Fills a row of the tensor whose name ends so with NaN. */
    RandomWeights poisonRow(String name, int row) {
        poisonedName = name;
        poisonedRow = row;
        return this;
    }

    @Override
    public boolean contains(String name) {
        return true;
    }

    @Override
    public float[] read(String name, int... shape) {
        Random dice = new Random(seed + name.hashCode());
        float[] elements = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = (float) dice.nextGaussian() * 0.4f;
        }
        if (!poisonedName.isEmpty() && name.endsWith(poisonedName)) {
            Arrays.fill(elements, poisonedRow * shape[1], (poisonedRow + 1) * shape[1], Float.NaN);
        }
        return elements;
    }

    @Override
    public void close() {}
}
