package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.varlen.sequence.CuSeqlens;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Freezes group hash, dealing, row hash and digest; {@code golden_digest.py} computed the hashes. */
class GoldenDigestTest {
    private static JsonNode golden;

    @BeforeAll
    static void read() throws IOException {
        try (InputStream in = GoldenDigestTest.class.getResourceAsStream("/golden/digest/golden.json")) {
            golden = new ObjectMapper().readTree(in);
        }
        assertThat(golden.path("rows").size()).isGreaterThan(9);
    }

    @Test
    void rowHashesAndDigestAreTheCommittedOnes() {
        RowHash rowHash = new RowHash();
        Digest digest = new Digest();
        for (JsonNode row : golden.path("rows")) {
            byte[] hash = rowHash.of(row(row));
            assertThat(HexFormat.of().formatHex(hash))
                    .isEqualTo(row.path("hash").asText());
            assertThat(RowHash.checksum(hash)).isEqualTo(row.path("checksum").asLong());
            digest.add(hash);
        }
        assertThat(digest.hex()).isEqualTo(golden.path("digest").asText());
    }

    @Test
    void theDocumentsAreDealtIntoTheCommittedRows() {
        List<PackedRow> dealt = new ArrayList<>();
        new RowDealer(
                        documents(),
                        PackingRules.ofLength(golden.path("seq_len").asInt()),
                        golden.path("pad_id").asInt(),
                        golden.path("seed").asLong(),
                        golden.path("group").asInt())
                .rows(golden.path("first_row_id").asLong())
                .forEachRemaining(dealt::add);

        Iterator<JsonNode> committed = golden.path("rows").elements();
        for (PackedRow row : dealt) {
            assertThat(row).usingRecursiveComparison().isEqualTo(row(committed.next()));
        }
        assertThat(committed.next().has("loss_mask")).isTrue();
        assertThat(committed.hasNext()).isFalse();
    }

    private static List<TokenizedDocument> documents() {
        GroupHash groupHash = new GroupHash(golden.path("seed").asLong());
        List<TokenizedDocument> documents = new ArrayList<>();
        for (JsonNode document : golden.path("documents")) {
            String docId = document.path("doc_id").asText();
            long hash = groupHash.of(docId);
            assertThat(HexFormat.of().toHexDigits(hash))
                    .isEqualTo(document.path("group_hash").asText());
            documents.add(
                    new TokenizedDocument(docId, hash, document.path("source").asInt(), ints(document.path("ids"))));
        }
        return documents;
    }

    private static PackedRow row(JsonNode row) {
        List<Segment> segments = new ArrayList<>();
        for (JsonNode segment : row.path("segments")) {
            segments.add(new Segment(
                    segment.path("doc_id").asText(),
                    segment.path("source").asInt(),
                    segment.path("chunk").asInt(),
                    segment.path("token_start").asLong(),
                    segment.path("token_count").asInt()));
        }
        byte[] lossMask = null;
        if (row.has("loss_mask")) {
            int[] mask = ints(row.path("loss_mask"));
            lossMask = new byte[mask.length];
            for (int i = 0; i < mask.length; i++) {
                lossMask[i] = (byte) mask[i];
            }
        }
        return new PackedRow(
                row.path("row_id").asLong(),
                ints(row.path("input_ids")),
                row.path("n_tokens").asInt(),
                CuSeqlens.ofOffsets(ints(row.path("cu_seqlens"))),
                segments,
                lossMask);
    }

    private static int[] ints(JsonNode array) {
        int[] ints = new int[array.size()];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = array.get(i).asInt();
        }
        return ints;
    }
}
