package io.varlen.mask;

/** Queries {@code [from, to)} of one sequence, in the packed axis. */
public record QueryTile(int sequence, int from, int to) {}
