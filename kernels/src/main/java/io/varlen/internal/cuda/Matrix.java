package io.varlen.internal.cuda;

/** Where a row-major matrix lies in device memory, for as long as whoever owns it keeps it. Rows follow without gaps. */
record Matrix(long address, Element element, int rows, int columns) {
    /** Some of its rows. */
    Matrix rows(int from, int count) {
        return new Matrix(address + (long) from * columns * element.bytes(), element, count, columns);
    }
}
