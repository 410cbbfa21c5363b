package io.varlen.tokenizer.internal.decoder;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Hugging Face's {@code ByteFallback}: a run of tokens like {@code <0x0A>} becomes text, or U+FFFD for each if it is none. */
final class ByteFallbackDecoder implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        List<String> decoded = new ArrayList<>();
        ByteArrayOutputStream run = new ByteArrayOutputStream();
        for (String token : tokens) {
            if (token.matches("<0x[0-9A-Fa-f]{2}>")) {
                run.write(Integer.parseInt(token.substring(3, 5), 16));
            } else {
                finish(run, decoded);
                decoded.add(token);
            }
        }
        finish(run, decoded);
        return decoded;
    }

    private static void finish(ByteArrayOutputStream run, List<String> decoded) {
        try {
            decoded.add(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(run.toByteArray()))
                    .toString());
        } catch (CharacterCodingException e) {
            decoded.addAll(Collections.nCopies(run.size(), "\uFFFD"));
        }
        run.reset();
    }
}
