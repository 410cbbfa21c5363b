package io.varlen.spark.dataset;

import io.varlen.InvalidInputException;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Where the rows of a DataFrame are while a job reads them: a folder of its own in {@code D/_varlen/input}. What a run that
 * was killed left there goes when the next one begins. A run that is at work looks the same, so its rows go, too: it finds
 * out by its marker, which goes first, and fails.
 */
public final class InputFolder implements Closeable {
    private static final String MARKER = "at-work";

    private final FileStore files;
    private final Path root;
    private final boolean wasThere;
    private final Path own;

    private InputFolder(FileStore files, Path root, boolean wasThere) {
        this.files = files;
        this.root = root;
        this.wasThere = wasThere;
        this.own =
                new Path(new Path(root, OutputFolder.INPUT), UUID.randomUUID().toString());
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
            for (FileStatus other : files.list(new Path(root, OutputFolder.INPUT))) {
                files.delete(new Path(other.getPath(), MARKER));
                files.delete(other.getPath());
            }
            InputFolder folder = new InputFolder(files, root, wasThere);
            files.makeFolder(folder.own);
            files.create(folder.marker()).close();
            return folder;
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException(output + " cannot be used (" + e.getMessage() + ")", e);
        }
    }

    /** The folder of the rows, which is not there yet. */
    public String path() {
        return new Path(own, "rows").toString();
    }

    /** @throws InvalidInputException if another run has taken the rows away, of which some may be left */
    public void requireUndisturbed() {
        try {
            if (!files.exists(marker())) {
                throw new InvalidInputException(
                        root + ": another job with this output began while this one was at work;"
                                + " run one after the other");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path marker() {
        return new Path(own, MARKER);
    }

    /** Deletes it, and what was made for it. */
    @Override
    public void close() {
        try {
            files.delete(own);
            deleteIfEmpty(own.getParent());
            deleteIfEmpty(new Path(root, OutputFolder.METADATA));
            if (!wasThere) {
                deleteIfEmpty(root);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void deleteIfEmpty(Path folder) throws IOException {
        if (files.exists(folder) && files.list(folder).isEmpty()) {
            files.delete(folder);
        }
    }
}
