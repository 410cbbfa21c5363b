package io.varlen.tokenizer;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;
import io.varlen.InvalidInputException;
import io.varlen.Nearest;
import io.varlen.Sha256;
import io.varlen.tokenizer.internal.PipelineTokenizers;
import io.varlen.tokenizer.internal.pretokenizer.Pattern;
import io.varlen.tokenizer.internal.pretokenizer.Patterns;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The encodings of tiktoken, whose vocabularies JTokkit's jar carries. */
enum TiktokenEncoding {
    CL100K_BASE(EncodingType.CL100K_BASE, Patterns.cl100k(), 100_256, 100_257),
    O200K_BASE(EncodingType.O200K_BASE, Patterns.o200k(), 199_998, 199_999),
    P50K_BASE(EncodingType.P50K_BASE, Patterns.gpt2(), 50_281, 50_256),
    R50K_BASE(EncodingType.R50K_BASE, Patterns.gpt2(), 50_256, 50_256);

    static final String SCHEME = "tiktoken:";
    static final String NAMES = SCHEME
            + Arrays.stream(values()).map(TiktokenEncoding::encodingName).collect(Collectors.joining("|" + SCHEME));

    final EncodingType type;
    private final Pattern pattern;
    final int vocabularySize;
    final int endOfText;

    /**
     * @param pattern splits text into pieces
     * @param vocabularySize one more than the largest id of ordinary text
     * @param endOfText the id of {@code <|endoftext|>}, which ordinary text never gives
     */
    TiktokenEncoding(EncodingType type, Pattern pattern, int vocabularySize, int endOfText) {
        this.type = type;
        this.pattern = pattern;
        this.vocabularySize = vocabularySize;
        this.endOfText = endOfText;
    }

    static TiktokenEncoding ofName(String name) {
        for (TiktokenEncoding encoding : values()) {
            if (name.equals(SCHEME + encoding.encodingName())) {
                return encoding;
            }
        }
        List<String> known = Arrays.stream(values())
                .map(encoding -> SCHEME + encoding.encodingName())
                .toList();
        throw new InvalidInputException("there is no tokenizer '" + name + "': did you mean " + Nearest.to(name, known)
                + "? There are " + NAMES);
    }

    String encodingName() {
        return type.getName();
    }

    TokenizerSource source() {
        return new TokenizerSource(SCHEME + encodingName(), null, null, Sha256.hexOf(vocabularyFile()));
    }

    /** A tokenizer with the semantics of {@code encode_ordinary}: text that spells a special token is ordinary text. */
    Tokenizer open() {
        SpecialTokens special = new SpecialTokens(new int[0], new int[0], endOfText);
        return PipelineTokenizers.ofRanks(tokens(), pattern, Map.of(endOfText, "<|endoftext|>"), special);
    }

    /** The bytes of each id; a line of the file is Base64, a space, and the id. */
    private byte[][] tokens() {
        byte[] file = vocabularyFile();
        byte[][] tokens = new byte[vocabularySize][];
        for (int start = 0, end; start < file.length; start = end + 1) {
            int space = indexOf(file, ' ', start);
            end = indexOf(file, '\n', space);
            int id = Integer.parseInt(new String(file, space + 1, end - space - 1, StandardCharsets.US_ASCII));
            tokens[id] = Base64.getDecoder().decode(Arrays.copyOfRange(file, start, space));
        }
        return tokens;
    }

    private static int indexOf(byte[] bytes, char wanted, int from) {
        int i = from;
        while (i < bytes.length && bytes[i] != wanted) {
            i++;
        }
        return i;
    }

    byte[] vocabularyFile() {
        String file = encodingName() + ".tiktoken";
        try (InputStream in = Encodings.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("JTokkit's jar does not hold " + file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file + " from JTokkit's jar", e);
        }
    }
}
