package io.varlen.tokenizer.internal.unicode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** {@code unicode.txt}: one property a line, its name and then its entries, in hexadecimal. */
final class UnicodeData {
    private final SortedMap<String, String[]> entriesOf = new TreeMap<>();

    private UnicodeData() {}

    static UnicodeData load() {
        UnicodeData data = new UnicodeData();
        try (InputStream in = UnicodeData.class.getResourceAsStream("unicode.txt");
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
            lines.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                String[] words = line.split(" ");
                data.entriesOf.put(words[0], Arrays.copyOfRange(words, 1, words.length));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return data;
    }

    /** The names of properties that start with {@code prefix}, without it. */
    String[] namesAfter(String prefix) {
        return entriesOf.tailMap(prefix).keySet().stream()
                .takeWhile(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()))
                .toArray(String[]::new);
    }

    CodePointSet set(String name) {
        return CodePointSet.ofRanges(ranges(name));
    }

    /** Pairs of first and last code point. */
    int[] ranges(String name) {
        String[] entries = entriesOf.get(name);
        int[] ranges = new int[2 * entries.length];
        for (int i = 0; i < entries.length; i++) {
            int dash = entries[i].indexOf('-');
            ranges[2 * i] = hex(dash < 0 ? entries[i] : entries[i].substring(0, dash));
            ranges[2 * i + 1] = hex(entries[i].substring(dash + 1));
        }
        return ranges;
    }

    Map<Integer, int[]> sequences(String name) {
        Map<Integer, int[]> sequences = new HashMap<>();
        for (String entry : entriesOf.get(name)) {
            int colon = entry.indexOf(':');
            int[] sequence = Arrays.stream(entry.substring(colon + 1).split(","))
                    .mapToInt(UnicodeData::hex)
                    .toArray();
            sequences.put(hex(entry.substring(0, colon)), sequence);
        }
        return sequences;
    }

    private static int hex(String digits) {
        return Integer.parseInt(digits, 16);
    }
}
