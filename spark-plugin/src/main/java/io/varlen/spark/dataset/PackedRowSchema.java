package io.varlen.spark.dataset;

import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** The columns of a packed dataset in Parquet; lists have the three levels of its specification. */
final class PackedRowSchema {
    static final String ROW_ID = "row_id";
    static final String INPUT_IDS = "input_ids";
    static final String N_TOKENS = "n_tokens";
    static final String CU_SEQLENS = "cu_seqlens";
    static final String SEGMENTS = "segments";
    static final String CHECKSUM = "checksum";
    static final String LOSS_MASK = "loss_mask";

    static final String DOC_ID = "doc_id";
    static final String SOURCE = "source";
    static final String CHUNK = "chunk";
    static final String TOKEN_START = "token_start";
    static final String TOKEN_COUNT = "token_count";

    private PackedRowSchema() {}

    static MessageType of(boolean lossMask, List<DerivedColumn> emit) {
        List<Type> columns = new ArrayList<>(List.of(
                Types.required(PrimitiveTypeName.INT64).named(ROW_ID),
                intList(INPUT_IDS),
                Types.required(PrimitiveTypeName.INT32).named(N_TOKENS),
                intList(CU_SEQLENS),
                segments(),
                Types.required(PrimitiveTypeName.INT64).named(CHECKSUM)));
        if (lossMask) {
            columns.add(Types.requiredList()
                    .requiredElement(PrimitiveTypeName.INT32)
                    .as(LogicalTypeAnnotation.intType(Byte.SIZE, true))
                    .named(LOSS_MASK));
        }
        emit.forEach(column -> columns.add(intList(column.columnName())));
        return new MessageType("packed_row", columns);
    }

    private static Type intList(String name) {
        return Types.requiredList().requiredElement(PrimitiveTypeName.INT32).named(name);
    }

    private static Type segments() {
        return Types.requiredList()
                .requiredGroupElement()
                .addField(Types.required(PrimitiveTypeName.BINARY)
                        .as(LogicalTypeAnnotation.stringType())
                        .named(DOC_ID))
                .addField(Types.required(PrimitiveTypeName.INT32).named(SOURCE))
                .addField(Types.required(PrimitiveTypeName.INT32).named(CHUNK))
                .addField(Types.required(PrimitiveTypeName.INT64).named(TOKEN_START))
                .addField(Types.required(PrimitiveTypeName.INT32).named(TOKEN_COUNT))
                .named(SEGMENTS);
    }
}
