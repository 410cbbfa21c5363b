package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Texts and their all-MiniLM-L6-v2 embeddings as PyTorch computes them; see the README beside the files. */
final class GoldenEmbeddings {
    static final int DIMENSION = 384;
    private static final String FOLDER = "/golden/minilm-l6/";

    private GoldenEmbeddings() {}

    /** The lines of a {@code .jsonl} file. */
    static List<JsonNode> lines(String name) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> lines = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(resource(name), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(mapper.readTree(line));
            }
        }
        return lines;
    }

    /** The rows of a {@code .f32} file. */
    static List<float[]> rows(String name) throws IOException {
        List<float[]> rows = new ArrayList<>();
        try (InputStream in = resource(name)) {
            ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining()) {
                float[] row = new float[DIMENSION];
                for (int i = 0; i < DIMENSION; i++) {
                    row[i] = bytes.getFloat();
                }
                rows.add(row);
            }
        }
        return rows;
    }

    static int[] ids(JsonNode line) {
        JsonNode ids = line.get("input_ids");
        int[] result = new int[ids.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = ids.get(i).intValue();
        }
        return result;
    }

    static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }

    private static InputStream resource(String name) throws IOException {
        InputStream in = GoldenEmbeddings.class.getResourceAsStream(FOLDER + name);
        if (in == null) {
            throw new IOException("no test resource " + FOLDER + name);
        }
        return in;
    }
}
