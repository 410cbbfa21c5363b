package io.varlen.spark.engine;

import io.varlen.Sha256;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;

/**
 * A folder with copies of files of another file system, and a record of what was read of each. It has its name only when all of it
 * is on the disk; what has happened to it since, the record tells.
 */
final class ModelCopy {
    private static final String RECORD = ".copied";
    private static final int CHUNK_BYTES = 1 << 20;

    private final Path folder;

    ModelCopy(Path folder) {
        this.folder = folder;
    }

    /** Whether it is there, with every byte as it was read from the original. */
    boolean isIntact() throws IOException {
        List<String> record;
        try {
            record = Files.readAllLines(folder.resolve(RECORD));
        } catch (NoSuchFileException e) {
            return false;
        }
        for (String line : record) {
            String[] sha256AndName = line.split(" ", 2);
            Path file = sha256AndName.length == 2 ? folder.resolve(sha256AndName[1]) : folder;
            if (!Files.isRegularFile(file) || !sha256AndName[0].equals(Sha256.hexOf(file))) {
                return false;
            }
        }
        return !record.isEmpty();
    }

    /**
     * Makes it, instead of whatever is there.
     *
     * @param from the folder of the originals
     * @throws IOException if an original cannot be read to its end, or the disk is full; nothing of the copy is left then
     */
    void make(FileSystem files, org.apache.hadoop.fs.Path from, List<FileStatus> originals) throws IOException {
        Path unfinished = unfinished();
        FileUtil.fullyDelete(unfinished.toFile());
        try {
            StringBuilder record = new StringBuilder();
            for (FileStatus original : originals) {
                String name =
                        from.toUri().relativize(original.getPath().toUri()).getPath();
                record.append(copy(files, original, unfinished.resolve(name)))
                        .append(' ')
                        .append(name)
                        .append('\n');
            }
            Files.write(unfinished.resolve(RECORD), record.toString().getBytes(StandardCharsets.UTF_8));
            FileUtil.fullyDelete(folder.toFile()); // whoever has opened a damaged file keeps it
            Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            FileUtil.fullyDelete(unfinished.toFile());
            throw e;
        }
    }

    /** Removes it, finished or not; says whether there was anything. */
    boolean remove() {
        boolean there = Files.exists(folder) || Files.exists(unfinished());
        FileUtil.fullyDelete(folder.toFile());
        FileUtil.fullyDelete(unfinished().toFile());
        return there;
    }

    private Path unfinished() {
        return folder.resolveSibling(folder.getFileName() + ".unfinished");
    }

    /** The SHA-256 of what was read. */
    private static String copy(FileSystem files, FileStatus original, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        MessageDigest digest = Sha256.newDigest();
        long bytes = 0;
        try (InputStream in = files.open(original.getPath());
                FileChannel channel = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(channel)) {
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
                out.write(chunk, 0, count);
                bytes += count;
            }
            channel.force(true);
        }
        if (bytes != original.getLen()) {
            throw new EOFException(
                    original.getPath() + " ended after " + bytes + " of " + original.getLen() + " bytes");
        }
        return Sha256.hexOf(digest);
    }
}
