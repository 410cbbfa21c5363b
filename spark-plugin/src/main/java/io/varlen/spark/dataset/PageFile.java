package io.varlen.spark.dataset;

import io.varlen.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Where a page about an output goes: a file on any Hadoop file system, which takes the place of an earlier page of ours. */
public final class PageFile {
    /** Where readers of the output, ours and others', take no notice of it. */
    private static final Pattern UNREAD = Pattern.compile("(_varlen/[^/]*|_[^/]*)\\.html");

    private static final int START = 1024;

    private final Path path;
    private final String told;
    private final FileStore files;
    private final String mark;

    private PageFile(Path path, String told, FileStore files, String mark) {
        this.path = path;
        this.told = told;
        this.files = files;
        this.mark = mark;
    }

    /**
     * Looks at the place. Nothing is written yet.
     *
     * @param output what the page is about
     * @param file the place; null for {@link OutputFolder#PAGE} of the output
     * @param mark what the first {@value #START} bytes of a page of ours hold
     * @param overwrite whether any file may be there
     * @throws InvalidInputException if something else is there, or readers of the output would take the page for data
     */
    public static PageFile open(Configuration hadoop, JobOutput output, String file, String mark, boolean overwrite) {
        String told = file == null ? output.folder() + "/" + OutputFolder.PAGE : file;
        try {
            Path named = new Path(told);
            FileStore files = FileStore.of(named, hadoop);
            Path path = files.qualify(named);
            requireUnread(output, path, told);
            if (files.isFolder(path)) {
                throw new InvalidInputException(
                        "--output " + told + " is a folder; name a file, such as " + new Path(told, "report.html"));
            }
            if (!overwrite && files.exists(path) && !holds(files.readStart(path, START), mark)) {
                throw new InvalidInputException(
                        "--output " + told
                                + " is there and is not a page of varlen report; name another file, or --overwrite replaces it");
            }
            return new PageFile(path, told, files, mark);
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException("--output " + told + " cannot be used (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Writes the page, all of it or nothing.
     *
     * @return whether these bytes were not there before
     * @throws InvalidInputException if it cannot be written there
     */
    public boolean write(byte[] page) {
        if (!holds(Arrays.copyOf(page, Math.min(page.length, START)), mark)) {
            throw new IllegalArgumentException("the page does not hold its mark " + mark);
        }
        try {
            if (files.exists(path) && files.size(path) == page.length && Arrays.equals(files.read(path), page)) {
                return false;
            }
            files.makeFolder(path.getParent());
            files.writeAtomically(path, page);
            return true;
        } catch (IOException e) {
            throw new InvalidInputException(
                    "--output " + told + " cannot be written (" + e.getMessage() + "); name another file", e);
        }
    }

    /** The place in the one spelling that all spellings of it have in common. */
    public String path() {
        return path.toString();
    }

    private static void requireUnread(JobOutput output, Path path, String told) {
        String folder = output.folder() + "/";
        if (path.toString().startsWith(folder)
                && !UNREAD.matcher(path.toString().substring(folder.length())).matches()) {
            throw new InvalidInputException(
                    "--output " + told + " is in the dataset itself, whose readers would take it"
                            + " for data; name a file elsewhere, or one there that begins with _ and ends in .html");
        }
    }

    private static boolean holds(byte[] start, String mark) {
        return new String(start, StandardCharsets.UTF_8).contains(mark);
    }
}
