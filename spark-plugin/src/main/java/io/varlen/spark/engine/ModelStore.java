package io.varlen.spark.engine;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.varlen.InvalidInputException;
import io.varlen.Sha256;
import io.varlen.spark.VarlenConf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the files of a model local files: what lies on another file system is copied once per host.
 *
 * <p>A copy is named by a hash of the address, sizes and times of its originals, so a changed model is another copy. One that is not
 * what was read of the originals is never used: each executor compares all of it once. Whenever one is made, those go that
 * nobody has asked for in {@value #UNUSED_DAYS} days.
 */
final class ModelStore {
    private static final Logger LOG = LoggerFactory.getLogger(ModelStore.class);

    private static final int UNUSED_DAYS = 30;
    private static final String LOCK = ".lock";

    private final java.nio.file.Path copies;
    private final Configuration hadoop;

    /** @param copies where copies go */
    ModelStore(java.nio.file.Path copies, Configuration hadoop) {
        this.copies = copies;
        this.hadoop = hadoop;
    }

    /**
     * The local folder with the files of a model's folder.
     *
     * @throws InvalidInputException if there is no such folder
     * @throws IOException if its file system fails
     */
    java.nio.file.Path folder(String location) throws IOException {
        Path path = hadoopPath(location);
        FileSystem files = fileSystem(path);
        requireKind(files, path, true);
        return isLocal(files) ? localPath(path) : copy(files, path, modelFiles(files, path, 1));
    }

    /**
     * The local file with the bytes of a jar.
     *
     * @throws InvalidInputException if there is no such file
     * @throws IOException if its file system fails
     */
    java.nio.file.Path jar(String location) throws IOException {
        Path path = hadoopPath(location);
        FileSystem files = fileSystem(path);
        requireKind(files, path, false);
        return isLocal(files)
                ? localPath(path)
                : copy(files, path.getParent(), List.of(files.getFileStatus(path)))
                        .resolve(path.getName());
    }

    /** A path without a scheme is local if it is there, else on the default file system. */
    private static Path hadoopPath(String location) {
        java.nio.file.Path local = location.contains("://") ? null : java.nio.file.Path.of(location);
        if (local != null && Files.exists(local)) {
            return new Path(local.toUri());
        }
        try {
            return new Path(location);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("'" + location + "' is no path (" + e.getMessage() + ")", e);
        }
    }

    private FileSystem fileSystem(Path path) {
        try {
            return path.getFileSystem(hadoop);
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException("there is no file system for " + path + " (" + e.getMessage() + ")", e);
        }
    }

    private static void requireKind(FileSystem files, Path path, boolean folder) throws IOException {
        String wanted = folder ? "model folder" : "model jar";
        if (!files.exists(path)) {
            throw new InvalidInputException("there is no " + wanted + " " + path
                    + "; it must be readable under this path on the driver and on every executor");
        }
        if (files.getFileStatus(path).isDirectory() != folder) {
            throw new InvalidInputException(path + " is a " + (folder ? "file" : "folder") + ", not a " + wanted);
        }
    }

    private static boolean isLocal(FileSystem files) {
        return files.getUri().getScheme().equals("file");
    }

    private static java.nio.file.Path localPath(Path path) {
        return java.nio.file.Path.of(path.toUri().getPath());
    }

    /** What a Hugging Face folder holds for us: JSON, vocabularies and safetensors, at most one folder down. */
    private static List<FileStatus> modelFiles(FileSystem files, Path folder, int depth) throws IOException {
        List<FileStatus> found = new ArrayList<>();
        for (FileStatus entry : files.listStatus(folder)) {
            String name = entry.getPath().getName();
            if (entry.isDirectory() && depth > 0) {
                found.addAll(modelFiles(files, entry.getPath(), depth - 1));
            } else if (entry.isFile() && (name.endsWith(".json") || name.endsWith(".safetensors"))) {
                found.add(entry);
            }
        }
        found.sort(Comparator.comparing(FileStatus::getPath));
        return found;
    }

    /** The copy as it was made before, unless something has happened to it. */
    private java.nio.file.Path copy(FileSystem files, Path from, List<FileStatus> originals) throws IOException {
        java.nio.file.Path folder = copies.resolve(nameOf(originals));
        ModelCopy copy = new ModelCopy(folder);
        Files.createDirectories(copies);
        // the file's lock keeps out other executors of this host, and the class's other threads of this one
        synchronized (ModelStore.class) {
            java.nio.file.Path lockFile = sibling(folder, LOCK);
            try (FileChannel lock = FileChannel.open(lockFile, CREATE, WRITE)) {
                lock.lock();
                lock.write(ByteBuffer.allocate(1), 0); // its time is the copy's last use
                boolean there = Files.isDirectory(folder);
                if (there && copy.isIntact()) {
                    return folder;
                }
                if (there) {
                    LOG.warn("{}, a copy of {}, is damaged; it is made anew", folder, from);
                }
                removeUnused(lockFile);
                requireRoom(from, originals);
                copy.make(files, from, originals);
            }
        }
        return folder;
    }

    /** @param own lock, which opening and closing it once more would give back, as POSIX has it */
    private void removeUnused(java.nio.file.Path own) {
        try (DirectoryStream<java.nio.file.Path> locks = Files.newDirectoryStream(copies, "*" + LOCK)) {
            for (java.nio.file.Path lock : locks) {
                if (!lock.equals(own) && isUnused(lock)) {
                    removeUnlessLocked(lock);
                }
            }
        } catch (IOException
                | DirectoryIteratorException e) { // perhaps another user's; nobody's model is to fail for it
            LOG.warn(
                    "Copies of models that nobody has asked for in {} days are not removed: {}",
                    UNUSED_DAYS,
                    e.toString());
        }
    }

    private static boolean isUnused(java.nio.file.Path lock) throws IOException {
        Instant used = Files.getLastModifiedTime(lock).toInstant();
        return used.isBefore(Instant.now().minus(Duration.ofDays(UNUSED_DAYS)));
    }

    /** Its lock stays: whoever waits for it would otherwise have one that nobody else sees. */
    private static void removeUnlessLocked(java.nio.file.Path lockFile) throws IOException {
        String name = lockFile.getFileName().toString();
        java.nio.file.Path folder = lockFile.resolveSibling(name.substring(0, name.length() - LOCK.length()));
        try (FileChannel channel = FileChannel.open(lockFile, WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock != null && isUnused(lockFile) && new ModelCopy(folder).remove()) {
                LOG.info("{}, a copy of a model, is removed: nobody has asked for it in {} days", folder, UNUSED_DAYS);
            }
        }
    }

    private void requireRoom(Path from, List<FileStatus> originals) throws IOException {
        long bytes = originals.stream().mapToLong(FileStatus::getLen).sum();
        long room = Files.getFileStore(copies).getUsableSpace();
        if (bytes > room) {
            throw new InvalidInputException("there is no room for a copy of " + from + " in " + copies + ": it takes "
                    + (bytes >> 20) + " MiB, and " + (room >> 20) + " MiB are free; set " + VarlenConf.NATIVE_DIR.key()
                    + " to a folder with more");
        }
    }

    private static java.nio.file.Path sibling(java.nio.file.Path path, String extension) {
        return path.resolveSibling(path.getFileName() + extension);
    }

    private static String nameOf(List<FileStatus> originals) {
        StringBuilder lines = new StringBuilder();
        for (FileStatus file : originals) {
            lines.append(file.getPath() + "\n" + file.getLen() + "\n" + file.getModificationTime() + "\n");
        }
        return Sha256.hexOf(lines.toString()).substring(0, 32);
    }
}
