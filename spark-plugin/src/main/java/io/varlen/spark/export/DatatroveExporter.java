package io.varlen.spark.export;

import io.varlen.packing.PackedRow;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.UnitFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * datatrove's token files, a document per segment: {@code .ds} the tokens without padding, {@code .ds.index} where each
 * document ends, counted in tokens, {@code .ds.loss} a byte per token where there is a loss mask, {@code .ds.metadata} the
 * tokenizer and how many tokens there are.
 */
final class DatatroveExporter implements RowExporter {
    private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E"};

    private final Staging.Unit unit;
    private final String tokenizer;
    private final TokenType type;
    private final LittleEndianFile tokens;
    private final LittleEndianFile ends;
    private final LittleEndianFile loss;
    private long written;

    DatatroveExporter(Staging.Unit unit, PartShape part) throws IOException {
        this.unit = unit;
        this.tokenizer = part.dataset().tokenizer();
        this.type = TokenType.of(part.dataset());
        this.tokens = new LittleEndianFile(unit.create(UnitFile.of("*.ds")));
        this.ends = new LittleEndianFile(unit.create(UnitFile.of("*.ds.index")));
        this.loss = part.dataset().lossMask() ? new LittleEndianFile(unit.create(UnitFile.of("*.ds.loss"))) : null;
    }

    @Override
    public void write(PackedRow row) throws IOException {
        type.write(row, tokens);
        for (int i = 0; i < row.cuSeqlens().count(); i++) {
            ends.putLong(written + row.cuSeqlens().end(i));
        }
        if (loss != null) {
            loss.putBytes(row.lossMask(), 0, row.nTokens());
        }
        written += row.nTokens();
    }

    @Override
    public void close() throws IOException {
        tokens.close();
        ends.close();
        if (loss != null) {
            loss.close();
        }
        String lines = String.join(
                "\n",
                tokenizer.replaceAll("\\s+", " ") + "|" + type.bytes(),
                String.valueOf(written),
                readable(written));
        try (OutputStream out = unit.create(UnitFile.of("*.ds.metadata"))) {
            out.write(lines.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The number of tokens as datatrove writes it for people: three digits that matter. */
    static String readable(long tokens) {
        int exponent = String.valueOf(tokens).length() - 1;
        double value = tokens / Math.pow(1000, exponent / 3);
        return String.format(Locale.ROOT, "%." + (2 - exponent % 3) + "f %sT", value, PREFIXES[exponent / 3]);
    }
}
