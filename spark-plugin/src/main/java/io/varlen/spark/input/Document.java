package io.varlen.spark.input;

/**
 * One text.
 *
 * @param docId unique in the job
 * @param source the n-th input, from 0
 * @param text valid UTF-8, may be empty; for {@link DocumentColumns} that are no text, see {@link DocumentContent}
 * @param path the file it is from
 * @param offset where it starts: a byte offset in the (decompressed) file; the row index for Parquet
 */
public record Document(String docId, int source, byte[] text, String path, long offset) implements InputRecord {}
