package io.varlen.tokenizer.differential;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The library that defines a tokenizer, in a Python process of its own ({@code .ci/tokenizers/oracle.py}). */
final class Oracle implements AutoCloseable {
    private final Process process;
    private final DataOutputStream requests;
    private final DataInputStream replies;

    /** @param command starts Python with the script and its arguments */
    Oracle(List<String> command) {
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
        replies = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    }

    /** The ids of each text; null for a text that the library cannot encode. */
    List<int[]> encode(List<String> texts) {
        try {
            requests.writeInt(texts.size());
            for (String text : texts) {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                requests.writeInt(utf8.length);
                requests.write(utf8);
            }
            requests.flush();
            List<int[]> all = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                int count = replies.readInt();
                int[] ids = count < 0 ? null : new int[count];
                for (int k = 0; k < count; k++) {
                    ids[k] = replies.readInt();
                }
                all.add(ids);
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException("the oracle is gone", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
