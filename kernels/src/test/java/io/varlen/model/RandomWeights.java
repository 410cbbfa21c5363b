package io.varlen.model;

import java.util.Arrays;
import java.util.Random;

/** Some value for every name and shape. */
final class RandomWeights implements Weights {
    private final long seed;
    private String poisonedName;
    private int poisonedRow;
    private int poisonedColumns;

    RandomWeights(long seed) {
        this.seed = seed;
    }

    void poisonRow(String name, int row, int columns) {
        poisonedName = name;
        poisonedRow = row;
        poisonedColumns = columns;
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
        if (name.equals(poisonedName)) {
            Arrays.fill(elements, poisonedRow * poisonedColumns, (poisonedRow + 1) * poisonedColumns, Float.NaN);
        }
        return elements;
    }

    @Override
    public void close() {}
}
