package io.varlen.packing;

/** Puts pieces into rows one after the other. */
interface RowFit {
    /** The row of the next piece, which takes up so many slots; a row that is new has the next number. */
    int place(int slots);
}
