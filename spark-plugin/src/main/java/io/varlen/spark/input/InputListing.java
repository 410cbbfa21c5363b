package io.varlen.spark.input;

import io.varlen.InvalidInputException;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The files of one input: a file, a folder with all below it, or what a glob matches. */
final class InputListing {
    private final int source;
    private final String path;
    private final List<InputFile> files = new ArrayList<>();
    private long skipped;
    private long outputs;

    private InputListing(int source, String path) {
        this.source = source;
        this.path = path;
    }

    static InputListing of(int source, String input, Configuration hadoop) {
        try {
            Path path = new Path(input);
            FileSystem fileSystem = path.getFileSystem(hadoop);
            path = fileSystem.makeQualified(path);
            InputListing listing = new InputListing(source, path.toString());
            for (FileStatus match : matches(fileSystem, path)) {
                listing.add(fileSystem, match, match.getPath().getName());
            }
            if (listing.files.isEmpty()) {
                throw new InvalidInputException("the input " + input + " holds no file"
                        + (listing.skipped > 0 ? " whose name does not begin with a dot or an underscore" : ""));
            }
            return listing;
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException("the input " + input + " cannot be listed (" + e.getMessage() + ")", e);
        }
    }

    String path() {
        return path;
    }

    List<InputFile> files() {
        return files;
    }

    long skipped() {
        return skipped;
    }

    long outputs() {
        return outputs;
    }

    private static List<FileStatus> matches(FileSystem fileSystem, Path path) throws IOException {
        if (fileSystem.exists(path)) {
            return List.of(fileSystem.getFileStatus(path));
        }
        FileStatus[] found = fileSystem.globStatus(path);
        if (found == null || found.length == 0) {
            throw new InvalidInputException("the input " + path + " does not exist; name a file, a folder or a glob");
        }
        boolean hiddenMeant = isHidden(path);
        return List.of(found).stream()
                .filter(match -> hiddenMeant || !isHidden(match.getPath()))
                .toList();
    }

    private void add(FileSystem fileSystem, FileStatus status, String name) throws IOException {
        if (!status.isDirectory()) {
            files.add(new InputFile(
                    source, status.getPath().toString(), name, status.getLen(), status.getModificationTime()));
            return;
        }
        FileStatus[] children = fileSystem.listStatus(status.getPath());
        requireFindable(status.getPath());
        if (name.contains("/") && isOutputOfOurs(children)) {
            outputs++;
            return;
        }
        for (FileStatus child : children) {
            if (isHidden(child.getPath())) {
                skipped++;
            } else {
                add(
                        fileSystem,
                        child,
                        (name.isEmpty() ? "" : name + "/") + child.getPath().getName());
            }
        }
    }

    /** Hadoop lists a local folder without the names that lead nowhere. */
    private static void requireFindable(Path path) {
        String[] names =
                path.toUri().getScheme().equals("file") ? new File(path.toUri().getPath()).list() : null;
        for (String name : names == null ? new String[0] : names) {
            if (!isHidden(name) && !new File(path.toUri().getPath(), name).exists()) {
                throw new InvalidInputException("the input folder " + path + " holds '" + name
                        + "', which cannot be found: a link to nowhere, or a name that is not in this JVM's encoding ("
                        + System.getProperty("sun.jnu.encoding") + "; LC_ALL=C.UTF-8 makes it UTF-8)");
            }
        }
    }

    /** Else a job whose output lies in its input would read that output the next time. */
    private static boolean isOutputOfOurs(FileStatus[] children) {
        return Stream.of(children).anyMatch(child -> child.getPath().getName().equals("_varlen"));
    }

    private static boolean isHidden(Path path) {
        return isHidden(path.getName());
    }

    private static boolean isHidden(String name) {
        return name.startsWith(".") || name.startsWith("_");
    }
}
