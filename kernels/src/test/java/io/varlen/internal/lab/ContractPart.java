package io.varlen.internal.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs test classes and writes a line for each test: {@code ContractPart OUTPUT CLASS...}. Ends with 1 unless all passed and some ran. */
final class ContractPart {
    private ContractPart() {}

    public static void main(String[] arguments) throws IOException {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(arguments)
                        .skip(1)
                        .map(DiscoverySelectors::selectClass)
                        .toList())
                .build();
        Tally tally;
        try (Results results = new Results(arguments[0])) {
            tally = new Tally(results);
            LauncherFactory.create().execute(request, tally);
            results.write("passed", tally.passed, "failed", tally.failed, "skipped", tally.skipped);
        }
        System.out.print(Files.readString(Path.of(arguments[0]), StandardCharsets.UTF_8)
                        .lines()
                        .reduce("", (before, line) -> line)
                + System.lineSeparator());
        System.exit(tally.failed == 0 && tally.skipped == 0 && tally.passed > 0 ? 0 : 1);
    }

    /** Counts tests and writes what became of each. */
    private static final class Tally implements TestExecutionListener {
        private final Results results;
        private int passed;
        private int failed;
        private int skipped;

        Tally(Results results) {
            this.results = results;
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            skipped++;
            results.write("test", test.getUniqueId(), "skipped", reason);
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            String error = result.getThrowable().map(Results::reason).orElse(null);
            switch (result.getStatus()) {
                case SUCCESSFUL -> {
                    if (test.isTest()) {
                        passed++;
                        results.write("test", test.getDisplayName(), "in", test.getUniqueId(), "result", "passed");
                    }
                }
                case ABORTED -> {
                    skipped++;
                    results.write("test", test.getUniqueId(), "skipped", error);
                }
                case FAILED -> {
                    failed++;
                    results.write("test", test.getUniqueId(), "failed", error);
                }
            }
        }
    }
}
