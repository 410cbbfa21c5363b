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
 * @param label what people know it by; null if that is its path
 */
public record InputFile(int source, String uri, String name, long size, long modified, String label)
        implements Serializable {
    /** A file of the user's. */
    public InputFile(int source, String uri, String name, long size, long modified) {
        this(source, uri, name, size, modified, null);
    }

    /** The path as people may see it: without {@code file:} if it is local, and without credentials. */
    public String path() {
        if (label != null) {
            return label;
        }
        return uri.startsWith("file:/")
                ? uri.substring("file:".length()).replaceFirst("^/+", "/")
                : Redaction.text(uri);
    }
}
