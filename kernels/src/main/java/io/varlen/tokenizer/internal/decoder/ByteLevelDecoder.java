package io.varlen.tokenizer.internal.decoder;

import io.varlen.tokenizer.internal.bpe.ByteAlphabet;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Hugging Face's {@code ByteLevel}: tokens that are written in the byte alphabet become their bytes, others their UTF-8. */
final class ByteLevelDecoder implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String token : tokens) {
            byte[] written = ByteAlphabet.bytesOf(token);
            bytes.writeBytes(written == null ? token.getBytes(StandardCharsets.UTF_8) : written);
        }
        return List.of(bytes.toString(StandardCharsets.UTF_8));
    }
}
