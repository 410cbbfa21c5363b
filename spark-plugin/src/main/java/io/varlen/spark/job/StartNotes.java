package io.varlen.spark.job;

import io.varlen.spark.dataset.OutputFolder;
import io.varlen.spark.input.InputFiles;

/** What the user is told before a job begins. */
final class StartNotes {
    private StartNotes() {}

    static void tell(JobProgress progress, InputFiles files, OutputFolder output) {
        if (files.skipped() > 0) {
            progress.note("passed over " + counted(files.skipped(), "name")
                    + " in the input with a leading dot or underscore");
        }
        if (files.outputs() > 0) {
            progress.note(
                    "passed over " + counted(files.outputs(), "folder") + " in the input that a job of ours wrote");
        }
        if (output.state() == OutputFolder.State.CONTINUE) {
            progress.note("continuing an unfinished run");
        }
    }

    /** The number with the noun, in the plural where it belongs. */
    static String counted(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
