package io.varlen.attention;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.varlen.attention.RandomCall.Form;
import io.varlen.attention.RandomCall.Sequence;
import io.varlen.mask.BlockMask;
import io.varlen.sequence.CuSeqlens;
import io.varlen.sequence.Unpadding;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Writes random calls and what the CPU's kernels make of them, for PyTorch to compare: one JSON object per line, floats as
 * little-endian fp32 in base64. Also random paddings and their {@link Unpadding}. Run by {@code .ci/full attention}.
 */
final class OracleCalls {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KERNELS = "varlen.cpu.kernels";

    private OracleCalls() {}

    /** Arguments: the file to write, the seed, the number of calls. */
    public static void main(String... args) throws IOException {
        Random dice = new Random(Long.parseLong(args[1]));
        int calls = Integer.parseInt(args[2]);
        try (BufferedWriter out = Files.newBufferedWriter(Path.of(args[0]));
                Backend java = open("java");
                Backend vector = open("vector")) {
            for (int i = 0; i < calls; i++) {
                Form form = Form.of(dice);
                RandomCall call = RandomCall.of(dice, form, 4, i % 10 == 0 ? 300 : 50);
                if (call.queries().total() > 0 && call.keys().total() > 0) {
                    write(out, attention(dice, call, List.of(java, vector)));
                }
                write(out, padding(dice));
            }
        }
    }

    private static Backend open(String kernels) {
        System.setProperty(KERNELS, kernels);
        try {
            return Backends.open("cpu", 1);
        } finally {
            System.clearProperty(KERNELS);
        }
    }

    private static Map<String, Object> attention(Random dice, RandomCall call, List<Backend> backends) {
        Form form = call.form();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", "attention");
        json.put("heads", form.heads());
        json.put("key_heads", form.keyHeads());
        json.put("dim", form.dim());
        json.put("scale", form.scale());
        json.put("softcap", form.softcap());
        json.put("sinks", form.sinks() == null ? null : base64(form.sinks()));
        json.put("window", form.left() < -1 ? null : new int[] {form.left(), form.right()});
        json.put("chunk", form.chunk() < 0 ? null : form.chunk());
        json.put(
                "prefix",
                form.prefix() ? call.sequences().stream().map(Sequence::prefix).toList() : null);
        json.put(
                "query_documents",
                form.document()
                        ? call.sequences().stream().map(Sequence::queryIds).toList()
                        : null);
        json.put(
                "key_documents",
                form.document()
                        ? call.sequences().stream().map(Sequence::keyIds).toList()
                        : null);
        json.put(
                "dense",
                form.dense() ? call.sequences().stream().map(Sequence::visible).toList() : null);
        json.put("cu_seqlens_q", call.queries().toArray());
        json.put("cu_seqlens_k", call.keys().toArray());
        for (Backend backend : backends) {
            RandomCall.Result result = call.run(backend);
            if (!json.containsKey("q")) {
                Attention inputs = result.call();
                json.put("q", base64(inputs.q().tensor().toArray()));
                json.put("k", base64(inputs.k().tensor().toArray()));
                json.put("v", base64(inputs.v().tensor().toArray()));
                Tensor bias = inputs.options().bias();
                json.put("bias", bias == null ? null : base64(bias.toArray()));
                json.put("bias_shape", bias == null ? null : new int[] {bias.rows(), bias.columns()});
                json.put("results", new LinkedHashMap<String, Object>());
            }
            @SuppressWarnings("unchecked")
            Map<String, Object> results = (Map<String, Object>) json.get("results");
            results.put(backend.description(), Map.of("o", base64(result.output()), "lse", base64(result.lse())));
        }
        int[] block = {1 + dice.nextInt(64), 1 + dice.nextInt(64)};
        json.put("block_size", block);
        json.put("block_mask", BlockMask.of(call.mask(), block[0], block[1]));
        return json;
    }

    private static Map<String, Object> padding(Random dice) {
        int rows = 1 + dice.nextInt(6);
        int length = 1 + dice.nextInt(12);
        int[][] mask = new int[rows][length];
        int[][] inLength = new int[rows][length];
        for (int row = 0; row < rows; row++) {
            int room = length;
            for (int i = 0; i < length; i++) {
                mask[row][i] = dice.nextInt(2);
                inLength[row][i] = dice.nextInt(3) == 0 ? 0 : dice.nextInt(Math.min(room, 4) + 1);
                room -= inLength[row][i];
            }
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", "padding");
        json.put("attention_mask", mask);
        json.put("unpad_input", unpadding(Unpadding.ofAttentionMask(mask)));
        json.put("attention_mask_in_length", inLength);
        Unpadding concatenated = Unpadding.ofAttentionMaskInLength(inLength);
        json.put("unpad_input_for_concatenated_sequences", unpadding(concatenated));
        int[] positions = concatenated.cuSeqlens().positionIds();
        json.put("position_ids", positions);
        json.put("of_position_ids", CuSeqlens.ofPositionIds(positions).toArray());
        return json;
    }

    private static Map<String, Object> unpadding(Unpadding unpadding) {
        return Map.of(
                "indices", unpadding.indices(),
                "cu_seqlens", unpadding.cuSeqlens().toArray(),
                "max_seqlen", unpadding.maxSeqlen());
    }

    private static String base64(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    private static void write(BufferedWriter out, Map<String, Object> json) throws IOException {
        out.write(JSON.writeValueAsString(json));
        out.newLine();
    }
}
