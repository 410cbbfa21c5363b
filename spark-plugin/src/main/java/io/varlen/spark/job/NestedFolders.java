package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Keeps an output out of the dataset that it is made of, and the dataset out of the output. */
final class NestedFolders {
    private NestedFolders() {}

    /** @throws InvalidInputException if one folder is the other or lies in it */
    static void refuse(Configuration hadoop, String input, String output) {
        String in;
        String out;
        try {
            in = resolved(hadoop, input);
            out = resolved(hadoop, output);
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException("--output " + output + " cannot be used (" + e.getMessage() + ")", e);
        }
        if (in.equals(out)) {
            throw new InvalidInputException("--output " + output + " is the --input; name another folder");
        }
        if (out.startsWith(in) || in.startsWith(out)) {
            boolean outside = in.startsWith(out);
            throw new InvalidInputException("--output " + output + (outside ? " holds" : " lies in") + " the --input "
                    + input + "; name a folder outside of it");
        }
    }

    /** Qualified, without links on the local disk, and with a slash at the end. */
    private static String resolved(Configuration hadoop, String folder) throws IOException {
        Path path = new Path(folder);
        path = path.getFileSystem(hadoop).makeQualified(path);
        if (!path.toUri().getScheme().equals("file")) {
            return path + "/";
        }
        java.nio.file.Path local = java.nio.file.Path.of(path.toUri().getPath());
        java.nio.file.Path existing = local;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        return "file:" + existing.toRealPath().resolve(existing.relativize(local)) + "/";
    }
}
