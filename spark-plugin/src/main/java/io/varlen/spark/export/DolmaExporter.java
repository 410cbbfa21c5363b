package io.varlen.spark.export;

import io.varlen.InvalidInputException;
import io.varlen.packing.PackedRow;
import io.varlen.packing.Segment;
import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.UnitFile;
import io.varlen.spark.internal.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/**
 * dolma's token files, which OLMo-core trains on, a document per segment: {@code .npy} nothing but tokens, without padding
 * and without NumPy's header, and {@code .csv.gz} with a line {@code start,end,id,src,loc} per document: its tokens, its id,
 * the part of the packed dataset that it is from and the 1-based row of it.
 */
final class DolmaExporter implements RowExporter {
    private final String source;
    private final TokenType type;
    private final LittleEndianFile tokens;
    private final OutputStream documents;
    private long written;
    private long rows;

    DolmaExporter(Staging.Unit unit, PartShape part) throws IOException {
        this.source = part.file();
        this.type = TokenType.of(part.dataset());
        this.tokens = new LittleEndianFile(unit.create(UnitFile.of("*.npy")));
        this.documents = new BufferedOutputStream(new GZIPOutputStream(unit.create(UnitFile.of("*.csv.gz"))));
    }

    @Override
    public void write(PackedRow row) throws IOException {
        type.write(row, tokens);
        rows++;
        int index = 0;
        for (Segment segment : row.segments()) {
            if (segment.docId().matches("(?s).*[\r\n].*")) {
                throw new InvalidInputException(
                        "row " + row.rowId() + " holds a segment of the document "
                                + Json.line(segment.docId())
                                + ", whose id has a line break; OLMo-core reads a line of .csv.gz per document, give it another id");
            }
            String line = (written + row.cuSeqlens().start(index)) + ","
                    + (written + row.cuSeqlens().end(index)) + "," + quoted(segment.docId()) + "," + quoted(source)
                    + "," + rows + "\r\n";
            documents.write(line.getBytes(StandardCharsets.UTF_8));
            index++;
        }
        written += row.nTokens();
    }

    @Override
    public void close() throws IOException {
        tokens.close();
        documents.close();
    }

    /** As RFC 4180 has it, where the field needs it. */
    private static String quoted(String field) {
        return field.contains(",") || field.contains("\"") ? "\"" + field.replace("\"", "\"\"") + "\"" : field;
    }
}
