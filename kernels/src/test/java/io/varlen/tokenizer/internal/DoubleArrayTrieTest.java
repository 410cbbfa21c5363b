package io.varlen.tokenizer.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DoubleArrayTrieTest {
    private final long seed = System.nanoTime();
    private final SplittableRandom random = new SplittableRandom(seed);

    @Test
    void findsItsKeysAndNothingElse() {
        for (int i = 0; i < 200; i++) {
            Map<String, Integer> ids = new HashMap<>();
            int alphabet = 1 + random.nextInt(1000);
            for (int k = random.nextInt(2000); k > 0; k--) {
                ids.put(randomKey(alphabet), random.nextInt(Integer.MAX_VALUE));
            }
            DoubleArrayTrie trie = DoubleArrayTrie.of(ids);
            ids.forEach(
                    (key, id) -> assertThat(find(trie, key)).as("seed %d", seed).isEqualTo(id));
            for (int k = 0; k < 2000; k++) {
                String key = randomKey(alphabet);
                assertThat(find(trie, key)).as("seed %d", seed).isEqualTo(ids.getOrDefault(key, DoubleArrayTrie.NONE));
            }
        }
    }

    @Test
    void aKeyMayBeLong() {
        String key = "x".repeat(1_000_000);
        DoubleArrayTrie trie = DoubleArrayTrie.of(Map.of(key, 7, "x", 8));
        assertThat(find(trie, key)).isEqualTo(7);
        assertThat(find(trie, key.substring(1))).isEqualTo(DoubleArrayTrie.NONE);
        assertThat(find(trie, key + "x")).isEqualTo(DoubleArrayTrie.NONE);
    }

    private static int find(DoubleArrayTrie trie, String key) {
        byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
        return trie.find(utf8, 0, utf8.length);
    }

    private String randomKey(int alphabet) {
        StringBuilder key = new StringBuilder();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            key.append((char) ('a' + random.nextInt(alphabet)));
        }
        return key.toString();
    }
}
