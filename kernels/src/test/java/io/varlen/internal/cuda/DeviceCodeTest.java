package io.varlen.internal.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;

/** The tests in C++ of the device code, under AddressSanitizer and UBSan: each is a test here. */
class DeviceCodeTest {
    private static final Pattern OUTCOME = Pattern.compile("^(passed|FAILED) (\\S+) .*(\n  .*)*", Pattern.MULTILINE);

    @TestFactory
    Stream<DynamicTest> passes() throws IOException, InterruptedException {
        Path tests;
        try {
            tests = Emulator.tests();
        } catch (TestAbortedException e) { // a factory that aborts would leave no trace among the skipped
            return Stream.of(dynamicTest("runs on the emulator", () -> {
                throw e;
            }));
        }
        return outcomes(tests);
    }

    private static Stream<DynamicTest> outcomes(Path executable) throws IOException, InterruptedException {
        Process run = new ProcessBuilder(executable.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = run.waitFor();
        String seed = output.lines().findFirst().orElse("");
        List<DynamicTest> tests = OUTCOME.matcher(output)
                .results()
                .map(test -> dynamicTest(
                        test.group(2),
                        () -> assertThat(test.group(1))
                                .as("%s, %s", seed, test.group())
                                .isEqualTo("passed")))
                .toList();
        DynamicTest whole = dynamicTest(
                "ended without a finding of a sanitizer",
                () -> assertThat(status == 0 || output.contains("\nFAILED "))
                        .as("exit status %d:\n%s", status, output)
                        .isTrue());
        return Stream.concat(tests.stream(), Stream.of(whole));
    }
}
