package io.varlen.natives;

import static org.assertj.core.api.Assertions.assertThat;

import io.varlen.ForkedJvm;
import io.varlen.InvalidInputException;
import io.varlen.tokenizer.TokenizerSource;
import io.varlen.tokenizer.Tokenizers;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeDirectoryTest {
    @TempDir
    private Path folder;

    @Test
    void theTokenizerLibraryIsUnpackedThereAndNothingBelowHome() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Path natives = folder.resolve("deep/natives");
        List<String> output =
                fork(Map.of("user.home", home.toString(), "spark.varlen.native.dir", natives.toString()), "tokenizer");

        assertThat(output).contains("folder " + natives, "opened");
        assertThat(files(home)).isEmpty();
        assertThat(files(natives)).anyMatch(file -> file.endsWith("libtokenizers.so"));
    }

    @Test
    void everyLibraryIsSentBelowTheFolderAndTheFirstCallDecides() throws Exception {
        Path natives = folder.resolve("natives");
        List<String> output = fork(
                Map.of("spark.varlen.native.dir", natives.toString()),
                "second",
                folder.resolve("other").toString());

        assertThat(output)
                .contains(
                        "folder " + natives,
                        "second " + natives,
                        "org.bytedeco.javacpp.cachedir " + natives.resolve("javacpp"),
                        "jna.tmpdir " + natives.resolve("jna"),
                        "ENGINE_CACHE_DIR " + natives.resolve("djl"),
                        "DJL_CACHE_DIR " + natives.resolve("djl"),
                        "OPT_OUT_TRACKING true",
                        "ai.djl.offline true");
        assertThat(folder.resolve("other")).doesNotExist();
    }

    @Test
    void aSecondCopyOfTheClassesIsRefused() throws Exception {
        List<String> output = ForkedJvm.run(
                Copies.class,
                Map.of("spark.varlen.native.dir", folder.resolve("natives").toString()));

        assertThat(output).contains("first: " + folder.resolve("natives"), "first again: " + folder.resolve("natives"));
        assertThat(output)
                .filteredOn(line -> line.startsWith("second: "))
                .singleElement()
                .asString()
                .matches("second: spark-varlen is in this JVM twice: file:.* by URLClassLoader@\\w+, and now file:.* by"
                        + " URLClassLoader@\\w+, as when .*; start it with --jars, .*");
        assertThat(output).filteredOn(line -> line.startsWith("second again: ")).hasSize(1);
    }

    /** Run in a JVM of its own: loaders that know nothing of each other, as those of jars that are added later. */
    static final class Copies {
        public static void main(String[] arguments) throws Exception {
            Class<?> first = copy();
            Class<?> second = copy();
            prepare("first", first);
            prepare("second", second);
            prepare("second again", second);
            prepare("first again", first);
        }

        private static Class<?> copy() throws Exception {
            List<URL> path = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
                path.add(Path.of(entry).toUri().toURL());
            }
            return new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())
                    .loadClass(NativeDirectory.class.getName());
        }

        private static void prepare(String name, Class<?> copy) throws Exception {
            try {
                System.out.println(name + ": " + copy.getMethod("prepare").invoke(null));
            } catch (InvocationTargetException e) {
                System.out.println(name + ": " + e.getCause().getMessage());
            }
        }
    }

    @Test
    void withoutASettingItIsAPrivateFolderOfTheUser() throws Exception {
        List<String> output = fork(Map.of("java.io.tmpdir", folder.toString()));
        Path expected = folder.resolve("varlen-" + System.getProperty("user.name"));

        assertThat(output).contains("folder " + expected);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(expected)))
                .isEqualTo("rwx------");
    }

    @Test
    void aDefaultFolderThatOthersCanWriteIsRefused() throws Exception {
        Path open = Files.createDirectory(folder.resolve("varlen-" + System.getProperty("user.name")));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        List<String> output = fork(Map.of("java.io.tmpdir", folder.toString()));

        assertThat(output)
                .anyMatch(line -> line.startsWith("refused: " + open) && line.contains(NativeDirectory.PROPERTY));
    }

    @Test
    void aDefaultFolderThatIsALinkIsRefused() throws Exception {
        Path target = Files.createDirectory(folder.resolve("target"));
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
        Path link = Files.createSymbolicLink(folder.resolve("varlen-" + System.getProperty("user.name")), target);
        List<String> output = fork(Map.of("java.io.tmpdir", folder.toString()));

        assertThat(output).anyMatch(line -> line.startsWith("refused: " + link) && line.contains("symbolic link"));
        assertThat(files(target)).isEmpty();
    }

    @Test
    void aFolderThatCannotBeCreatedIsNamed() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        List<String> output =
                fork(Map.of("spark.varlen.native.dir", file.resolve("below").toString()));

        assertThat(output).anyMatch(line -> line.startsWith("refused: cannot create " + file.resolve("below")));
    }

    @Test
    void aMachineWithoutTheLibraryIsToldWhatWorksThere() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        List<String> output = fork(
                Map.of("spark.varlen.native.dir", folder.toString(), "RUST_LIBRARY_PATH", empty.toString()),
                "tokenizer");

        assertThat(output)
                .anyMatch(line -> line.startsWith("refused: the native library that reads a tokenizer.json")
                        && line.contains(System.getProperty("os.arch"))
                        && line.contains("tiktoken:"));
    }

    private static List<String> fork(Map<String, String> properties, String... arguments) throws Exception {
        return ForkedJvm.run(Fork.class, properties, arguments);
    }

    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile).map(Path::toString).toList();
        }
    }

    static final class Fork {
        public static void main(String[] arguments) throws IOException {
            try {
                System.out.println("folder " + NativeDirectory.prepare());
                List.of(
                                "org.bytedeco.javacpp.cachedir",
                                "jna.tmpdir",
                                "ENGINE_CACHE_DIR",
                                "DJL_CACHE_DIR",
                                "OPT_OUT_TRACKING",
                                "ai.djl.offline")
                        .forEach(key -> System.out.println(key + " " + System.getProperty(key)));
                if (arguments.length == 2) {
                    System.out.println("second " + NativeDirectory.prepare(Path.of(arguments[1])));
                } else if (arguments.length == 1) {
                    try (InputStream in = Fork.class.getResourceAsStream("/golden/tokenizers/byte-level.json")) {
                        // a field that the Java engine does not know sends the file to the native library
                        String json = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                                .replace("\"use_regex\":", "\"x\":0,\"use_regex\":");
                        byte[] unknown = json.getBytes(StandardCharsets.UTF_8);
                        Tokenizers.open(TokenizerSource.ofJson("t", unknown, null))
                                .close();
                    }
                    System.out.println("opened");
                }
            } catch (InvalidInputException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }
}
