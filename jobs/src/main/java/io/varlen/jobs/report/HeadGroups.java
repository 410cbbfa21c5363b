package io.varlen.jobs.report;

/**
 * Values of heads, of neighbours together where a model has so many that a page would become large.
 *
 * @param values means over groups
 * @param note says what they are; empty where each head is by itself
 */
record HeadGroups(double[][] values, String note) {
    private static final int MOST_CELLS = 1600;

    static HeadGroups of(double[][] values) {
        int layers = 1;
        int heads = 1;
        while ((long) groups(values.length, layers) * groups(values[0].length, heads) > MOST_CELLS) {
            if (groups(values.length, layers) >= groups(values[0].length, heads)) {
                layers++;
            } else {
                heads++;
            }
        }
        if (layers == 1 && heads == 1) {
            return new HeadGroups(values, "");
        }
        String note = "each cell is the mean of " + layers + " layers and " + heads + " heads";
        return new HeadGroups(means(values, layers, heads), note);
    }

    private static int groups(int count, int size) {
        return (count + size - 1) / size;
    }

    private static double[][] means(double[][] values, int layers, int heads) {
        double[][] means = new double[groups(values.length, layers)][groups(values[0].length, heads)];
        int[][] counts = new int[means.length][means[0].length];
        for (int layer = 0; layer < values.length; layer++) {
            for (int head = 0; head < values[0].length; head++) {
                means[layer / layers][head / heads] += values[layer][head];
                counts[layer / layers][head / heads]++;
            }
        }
        for (int i = 0; i < means.length; i++) {
            for (int j = 0; j < means[0].length; j++) {
                means[i][j] /= counts[i][j];
            }
        }
        return means;
    }
}
