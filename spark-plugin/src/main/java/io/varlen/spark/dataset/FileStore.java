package io.varlen.spark.dataset;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * The few operations on files that outputs are made of. On the local file system it keeps no {@code .crc} files: they
 * cannot be renamed together with the file that they belong to.
 */
final class FileStore {
    private final FileSystem fileSystem;
    private final Configuration hadoop;

    private FileStore(FileSystem fileSystem, Configuration hadoop) {
        this.fileSystem = fileSystem;
        this.hadoop = hadoop;
    }

    static FileStore of(Path path, Configuration hadoop) throws IOException {
        FileSystem fileSystem = path.getFileSystem(hadoop);
        return new FileStore(
                fileSystem instanceof LocalFileSystem local ? local.getRawFileSystem() : fileSystem, hadoop);
    }

    Path qualify(Path path) {
        return fileSystem.makeQualified(path);
    }

    boolean exists(Path path) throws IOException {
        return fileSystem.exists(path);
    }

    boolean isFolder(Path path) throws IOException {
        return fileSystem.exists(path) && fileSystem.getFileStatus(path).isDirectory();
    }

    long size(Path path) throws IOException {
        return fileSystem.getFileStatus(path).getLen();
    }

    /** What is in a folder; nothing if it does not exist. */
    List<FileStatus> list(Path folder) throws IOException {
        try {
            return List.of(fileSystem.listStatus(folder));
        } catch (FileNotFoundException e) {
            return List.of();
        }
    }

    InputStream open(Path path) throws IOException {
        return fileSystem.open(path);
    }

    byte[] read(Path path) throws IOException {
        try (InputStream in = open(path)) {
            return in.readAllBytes();
        }
    }

    /** At most the first {@code length} bytes. */
    byte[] readStart(Path path, int length) throws IOException {
        try (InputStream in = fileSystem.open(path)) {
            return in.readNBytes(length);
        }
    }

    FSDataOutputStream create(Path path) throws IOException {
        return fileSystem.create(path, false);
    }

    void makeFolder(Path path) throws IOException {
        if (!fileSystem.mkdirs(path)) {
            throw new IOException("cannot create the folder " + path);
        }
    }

    void delete(Path path) throws IOException {
        fileSystem.delete(path, true);
    }

    /** Moves a file to where there is none. */
    void move(Path from, Path to) throws IOException {
        if (!fileSystem.rename(from, to)) {
            throw new IOException("cannot move " + from + " to " + to);
        }
    }

    /** Writes a file that is there with all of its bytes or not at all, in the place of an older one if there is one. */
    void writeAtomically(Path path, byte[] bytes) throws IOException {
        writeAtomically(path, bytes, path.getParent());
    }

    /** @param workFolder on the same file system, where something is left if this is killed */
    void writeAtomically(Path path, byte[] bytes, Path workFolder) throws IOException {
        Path temporary = new Path(workFolder, "." + path.getName() + "." + UUID.randomUUID());
        try (OutputStream out = create(temporary)) {
            out.write(bytes);
        }
        if (fileSystem instanceof RawLocalFileSystem) {
            move(temporary, path); // POSIX rename replaces
            return;
        }
        try {
            FileContext.getFileContext(path.toUri(), hadoop).rename(temporary, path, Options.Rename.OVERWRITE);
        } catch (UnsupportedFileSystemException e) {
            // object stores show a file only when it is closed
            try (OutputStream out = fileSystem.create(path, true)) {
                out.write(bytes);
            }
            delete(temporary);
        }
    }
}
