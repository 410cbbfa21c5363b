package io.varlen.spark.statistics;

import java.util.Map;
import java.util.function.Consumer;

/** Draws a table of attention statistics. */
public interface HeadCharts {
    /** Draws nothing. */
    HeadCharts NONE = (table, notes) -> Map.of();

    /**
     * @param notes takes a line for the user about what could not be drawn
     * @return files by their names, which begin with an underscore, so that readers of Parquet pass over them
     */
    Map<String, byte[]> draw(HeadTable table, Consumer<String> notes);
}
