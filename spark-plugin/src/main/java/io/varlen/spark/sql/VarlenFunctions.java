package io.varlen.spark.sql;

import io.varlen.spark.function.FunctionDefinition;
import java.util.List;

/** All SQL functions there are. */
public final class VarlenFunctions {
    private static final List<FunctionDefinition> ALL = List.of(
            Tokenize.TOKENIZE,
            Tokenize.TOKEN_COUNT,
            Detokenize.DEFINITION,
            CumulativeLengths.DEFINITION,
            TokenColumn.POSITION_IDS,
            TokenColumn.SEGMENT_IDS,
            Unpack.DEFINITION,
            CosineSimilarity.DEFINITION,
            Embed.DEFINITION,
            Attend.DEFINITION);

    private VarlenFunctions() {}

    /** In the order in which they are documented. */
    public static List<FunctionDefinition> all() {
        return ALL;
    }
}
