package io.varlen.jobs;

import picocli.CommandLine.Option;

/** Where the result goes. */
final class OutputArguments {
    @Option(
            names = "--output",
            paramLabel = "D",
            required = true,
            description = "The folder of the result, on any Hadoop file system. The same command again goes on where an"
                    + " unfinished run stopped, and does nothing once the result is complete")
    String folder;

    @Option(
            names = "--overwrite",
            description = "Replace what another job left in the output folder, once the new result is complete")
    boolean overwrite;
}
