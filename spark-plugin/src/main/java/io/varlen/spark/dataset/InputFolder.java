package io.varlen.spark.dataset;

import io.varlen.InvalidInputException;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Where the rows of a DataFrame are while a job reads them: {@code D/_varlen/input}. What a run that was killed left there goes
 * when the next one begins.
 */
public final class InputFolder implements Closeable {
    private final FileStore files;
    private final Path root;
    private final boolean wasThere;

    private InputFolder(FileStore files, Path root, boolean wasThere) {
        this.files = files;
        this.root = root;
        this.wasThere = wasThere;
    }

    /**
     * Makes room for the input of a job with this output.
     *
     * @throws InvalidInputException if the output is a file or holds what no job of ours wrote
     */
    public static InputFolder of(Configuration hadoop, String output) {
        try {
            FileStore files = FileStore.of(new Path(output), hadoop);
            Path root = files.qualify(new Path(output));
            boolean wasThere = files.exists(root);
            if (wasThere && !files.isFolder(root)) {
                throw new InvalidInputException(output + " is a file; name a folder");
            }
            if (!files.exists(new Path(root, OutputFolder.METADATA))
                    && !files.list(root).isEmpty()) {
                throw new InvalidInputException(
                        output + " is not empty and not the output of a varlen job; name another folder");
            }
            InputFolder folder = new InputFolder(files, root, wasThere);
            files.delete(folder.input());
            return folder;
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException(output + " cannot be used (" + e.getMessage() + ")", e);
        }
    }

    /** The folder, which is not there yet. */
    public String path() {
        return input().toString();
    }

    private Path input() {
        return new Path(root, OutputFolder.INPUT);
    }

    /** Deletes it, and what was made for it. */
    @Override
    public void close() {
        try {
            files.delete(input());
            Path metadata = new Path(root, OutputFolder.METADATA);
            if (files.exists(metadata) && files.list(metadata).isEmpty()) {
                files.delete(metadata);
            }
            if (!wasThere && files.exists(root) && files.list(root).isEmpty()) {
                files.delete(root);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
