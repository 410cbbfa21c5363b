package io.varlen.spark.frame;

import io.varlen.spark.engine.LocalDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;

/** Folders on this machine's disk that are deleted when the JVM ends. */
final class OwnFolders {
    private static final Set<Path> ALL = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ALL.forEach(OwnFolders::delete), "varlen-own-folders"));
    }

    private OwnFolders() {}

    static String create(SparkConf conf, String name) {
        try {
            Path local = LocalDirectory.of(conf, System.getenv());
            Path folder = Files.createTempDirectory(Files.createDirectories(local), "varlen-" + name + "-");
            ALL.add(folder);
            return folder.toUri().toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // Spark may have been quicker: its local folder goes at the same time
        }
    }
}
