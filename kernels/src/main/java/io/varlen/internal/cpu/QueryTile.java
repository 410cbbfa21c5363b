package io.varlen.internal.cpu;

import io.varlen.sequence.CuSeqlens;
import java.util.ArrayList;
import java.util.List;

/** Up to {@link #MAX_QUERIES} queries {@code [from, to)} of one sequence, in the packed axis. */
record QueryTile(int sequence, int from, int to) {
    static final int MAX_QUERIES = 128;

    static List<QueryTile> of(CuSeqlens queries) {
        List<QueryTile> tiles = new ArrayList<>();
        for (int i = 0; i < queries.count(); i++) {
            for (int from = queries.start(i); from < queries.end(i); from += MAX_QUERIES) {
                tiles.add(new QueryTile(i, from, Math.min(from + MAX_QUERIES, queries.end(i))));
            }
        }
        return tiles;
    }
}
