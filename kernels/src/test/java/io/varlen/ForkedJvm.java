package io.varlen;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a main class of the tests in a JVM of its own, for what a JVM does only once. */
public final class ForkedJvm {
    private ForkedJvm() {}

    /**
     * Standard output and error of the run, by lines.
     *
     * @param properties the only system properties that are set
     * @param arguments of {@code main}
     */
    public static List<String> run(Class<?> main, Map<String, String> properties, String... arguments)
            throws IOException, InterruptedException {
        return run(main, List.of(), properties, arguments);
    }

    /** The same with options of the JVM. */
    public static List<String> run(
            Class<?> main, List<String> options, Map<String, String> properties, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        properties.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of("-Xmx512m", "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        List.of("OPT_OUT_TRACKING", "DJL_OFFLINE", "ENGINE_CACHE_DIR", "DJL_CACHE_DIR", "RUST_LIBRARY_PATH")
                .forEach(builder.environment()::remove);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new AssertionError(main.getName() + " with " + properties + " failed:\n" + output);
        }
        return output.lines().toList();
    }
}
