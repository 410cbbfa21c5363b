package io.varlen.natives;

import io.varlen.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/**
 * The one folder below which this JVM unpacks native libraries (JavaCPP's, JNA's, DJL's), never the home directory.
 *
 * <p>The libraries read their settings once, when they are first loaded, so whoever loads one calls {@link #prepare()}
 * before. The first call of the JVM decides; later ones return its folder. It also tells DJL not to call home and not to
 * download anything.
 */
public final class NativeDirectory {
    /** The system property (and Spark key) that names the folder. */
    public static final String PROPERTY = "spark.varlen.native.dir";

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> WRITABLE_BY_OTHERS = PosixFilePermissions.fromString("----w--w-");

    private static Path chosen;

    private NativeDirectory() {}

    /**
     * Uses the folder named by {@value #PROPERTY}, else {@code varlen-<user>} below {@code java.io.tmpdir}.
     *
     * @return the folder in use, which exists
     * @throws InvalidInputException if it cannot be created, or (the default only) if others could write into it
     */
    public static synchronized Path prepare() {
        if (chosen != null) {
            return chosen;
        }
        String configured = System.getProperty(PROPERTY);
        if (configured != null && !configured.isBlank()) {
            return prepare(Path.of(configured));
        }
        return prepareBelow(Path.of(System.getProperty("java.io.tmpdir")));
    }

    /**
     * Uses {@code varlen-<user>} below a folder that other users may be able to write into, unless an earlier call of this
     * JVM chose one already.
     *
     * @return the folder in use, which exists
     * @throws InvalidInputException if it cannot be created, or if it is a symbolic link or others could write into it
     */
    public static synchronized Path prepareBelow(Path shared) {
        if (chosen != null) {
            return chosen;
        }
        Path folder = shared.resolve("varlen-" + System.getProperty("user.name"));
        create(folder);
        requirePrivate(folder);
        return prepare(folder);
    }

    /**
     * Uses {@code folder}, unless an earlier call of this JVM chose one already.
     *
     * @return the folder in use, which exists
     * @throws InvalidInputException if it cannot be created, or if another class loader's copy of this class has chosen one
     */
    public static synchronized Path prepare(Path folder) {
        if (chosen == null) {
            OneCopy.require();
            Path absolute = folder.toAbsolutePath().normalize();
            create(absolute);
            settings(absolute).forEach((key, path) -> {
                create(path);
                System.setProperty(key, path.toString());
            });
            System.setProperty("OPT_OUT_TRACKING", "true");
            System.setProperty("ai.djl.offline", "true");
            chosen = absolute;
        }
        return chosen;
    }

    private static Map<String, Path> settings(Path folder) {
        return Map.of(
                "org.bytedeco.javacpp.cachedir", folder.resolve("javacpp"),
                "jna.tmpdir", folder.resolve("jna"),
                "DJL_CACHE_DIR", folder.resolve("djl"),
                "ENGINE_CACHE_DIR", folder.resolve("djl"));
    }

    private static void create(Path folder) {
        try {
            if (!Files.isDirectory(folder)) {
                boolean posix =
                        folder.getFileSystem().supportedFileAttributeViews().contains("posix");
                if (posix) {
                    Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
                } else {
                    Files.createDirectories(folder);
                }
            }
        } catch (IOException e) {
            throw new InvalidInputException(
                    "cannot create " + folder + " for native libraries (" + e + "); set " + PROPERTY
                            + " to a folder that can be written",
                    e);
        }
    }

    /** The default folder lies where anybody may have created it before us, with libraries of theirs in it. */
    private static void requirePrivate(Path folder) {
        if (Files.isSymbolicLink(folder)) {
            throw new InvalidInputException(
                    folder + " is a symbolic link, which its owner could point to native libraries of theirs; set "
                            + PROPERTY + " to a private folder");
        }
        try {
            // /proc/self, since a container's user may have no name
            boolean ours = Files.getOwner(folder).equals(Files.getOwner(Path.of("/proc/self")));
            boolean open = Files.getPosixFilePermissions(folder).stream().anyMatch(WRITABLE_BY_OTHERS::contains);
            if (!ours || open) {
                throw new InvalidInputException(folder + " belongs to "
                        + Files.getOwner(folder).getName() + " with permissions "
                        + PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
                        + ", so others could place native libraries there; set " + PROPERTY + " to a private folder");
            }
        } catch (UnsupportedOperationException e) {
            // a file system without owners: nothing to check
        } catch (IOException e) {
            throw new InvalidInputException("cannot read the owner of " + folder + " (" + e + ")", e);
        }
    }
}
