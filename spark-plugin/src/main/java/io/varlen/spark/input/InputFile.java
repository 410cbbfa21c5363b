package io.varlen.spark.input;

import io.varlen.spark.Redaction;
import java.io.Serializable;

/**
 * One file of an input.
 *
 * @param source the n-th input, from 0
 * @param uri the qualified path
 * @param name what the ids of its documents begin with: the last element of the input's path, and the path below it
 * @param size in bytes
 * @param modified milliseconds since 1970
 */
public record InputFile(int source, String uri, String name, long size, long modified) implements Serializable {
    /** The path as people may see it: without {@code file:} if it is local, and without credentials. */
    public String path() {
        return uri.startsWith("file:/")
                ? uri.substring("file:".length()).replaceFirst("^/+", "/")
                : Redaction.text(uri);
    }
}
