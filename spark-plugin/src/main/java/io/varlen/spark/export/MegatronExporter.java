package io.varlen.spark.export;

import io.varlen.packing.PackedRow;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.UnitFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Megatron-LM's indexed dataset. A segment is a sequence and a row is a document of sequences, so that both boundaries are
 * in the index. {@code .bin} holds nothing but tokens, without padding.
 */
final class MegatronExporter implements RowExporter {
    private static final byte[] MAGIC = "MMIDIDX\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final long VERSION = 1;
    private static final int CODE_INT32 = 4;
    private static final int CODE_UINT16 = 8;

    private final Staging.Unit unit;
    private final TokenType type;
    private final LittleEndianFile tokens;
    private final IntList sequenceLengths = new IntList();
    private final IntList sequencesOfDocuments = new IntList();

    MegatronExporter(Staging.Unit unit, PartShape part) throws IOException {
        this.unit = unit;
        this.type = TokenType.of(part.dataset());
        this.tokens = new LittleEndianFile(unit.create(UnitFile.of("*.bin")));
    }

    @Override
    public void write(PackedRow row) throws IOException {
        type.write(row, tokens);
        for (int length : Segments.lengths(row.cuSeqlens())) {
            sequenceLengths.add(length);
        }
        sequencesOfDocuments.add(row.cuSeqlens().count());
    }

    @Override
    public void close() throws IOException {
        tokens.close();
        try (LittleEndianFile index = new LittleEndianFile(unit.create(UnitFile.of("*.idx")))) {
            writeIndex(index);
        }
    }

    private void writeIndex(LittleEndianFile index) throws IOException {
        index.putBytes(MAGIC);
        index.putLong(VERSION);
        index.putByte(type == TokenType.UINT16 ? CODE_UINT16 : CODE_INT32);
        index.putLong(sequenceLengths.size);
        index.putLong(sequencesOfDocuments.size + 1);
        for (int i = 0; i < sequenceLengths.size; i++) {
            index.putInt(sequenceLengths.values[i]);
        }
        long pointer = 0;
        for (int i = 0; i < sequenceLengths.size; i++) {
            index.putLong(pointer);
            pointer += (long) sequenceLengths.values[i] * type.bytes();
        }
        long sequence = 0;
        index.putLong(sequence);
        for (int i = 0; i < sequencesOfDocuments.size; i++) {
            sequence += sequencesOfDocuments.values[i];
            index.putLong(sequence);
        }
    }

    /** Numbers that the index wants after all of their kind are known; four bytes each. */
    private static final class IntList {
        private int[] values = new int[1024];
        private int size;

        void add(int value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, Math.multiplyExact(size, 2));
            }
            values[size++] = value;
        }
    }
}
