package io.varlen.jobs;

import io.varlen.spark.Redaction;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code varlen COMMAND [options]}: what {@code jobs/bin/varlen} and {@code spark-submit --class io.varlen.jobs.Main}
 * start.
 *
 * <p>Standard output carries results, standard error everything else. The exit status is 0 when done, 2 for wrong usage
 * or input, and 1 for any other failure; a failure is one line.
 */
@Command(
        name = "varlen",
        header = "Packed sequences and variable-length attention on Apache Spark.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "varlen COMMAND [options]",
        descriptionHeading = "%n",
        description = {
            "Packs documents into rows of fixed length that carry their boundaries, checks such rows, and computes one"
                    + " embedding per document from text or from packed rows. Nothing is padded on the way."
        },
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%n",
        footer = {
            "varlen COMMAND --help explains a command. To see all of it at work: varlen quickstart",
            "",
            "Exit status: 0 done; 2 wrong usage or input; 1 any other failure (verify: 1 damaged data, 2 not a packed"
                    + " dataset)."
        },
        subcommands = {
            QuickstartCommand.class,
            PackCommand.class,
            EmbedCommand.class,
            ScoreCommand.class,
            AttendCommand.class,
            VerifyCommand.class,
            PlanCommand.class,
            InspectCommand.class,
            ReportCommand.class,
            RemoveCommand.class,
            ExportCommand.class,
            BenchCommand.class,
            DoctorCommand.class
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help")
    private boolean help;

    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine(writer(System.out), writer(System.err)).execute(args));
    }

    /** The command line as it is, writing to these. */
    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        CommandLine commandLine = new CommandLine(new Main());
        commandLine.setOut(out);
        commandLine.setErr(err);
        commandLine.setUnmatchedOptionsAllowedAsOptionParameters(false);
        commandLine.setUsageHelpWidth(110);
        commandLine.setUsageHelpLongOptionsMaxWidth(34);
        Converters.register(commandLine);
        commandLine
                .getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec()
                        .usageMessage()
                        .sortOptions(false)
                        .synopsisHeading("%nUsage: ")
                        .descriptionHeading("%n")
                        .optionListHeading("%nOptions:%n")
                        .footerHeading("%n"));
        commandLine.setParameterExceptionHandler((e, given) -> usage(e, List.of(given)));
        commandLine.setExecutionExceptionHandler((e, command, parsed) -> failure(e, command));
        return commandLine;
    }

    /** Reached where no command is named. */
    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "no command given; give one of "
                        + String.join(", ", spec.subcommands().keySet()));
    }

    /** @param given the words of a command line that cannot be parsed */
    private static int usage(ParameterException e, List<String> given) {
        Failure failure = new Failure(Failure.USAGE, UsageError.line(e));
        return told(failure, e.getCommandLine(), given.contains(CommonOptions.JSON));
    }

    private static int failure(Exception e, CommandLine command) {
        Optional<CommonOptions> options =
                command.getCommand() instanceof JobCommand job ? Optional.of(job.common) : Optional.empty();
        int status = told(Failure.of(e), command, options.isPresent() && options.get().json);
        if (options.isPresent() && options.get().verbose) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace, true));
            command.getErr().print(Redaction.text(trace.toString()));
            command.getErr().flush();
        }
        return status;
    }

    /** One line for people and, where it is asked for, one for programs. */
    private static int told(Failure failure, CommandLine command, boolean json) {
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + failure.line());
        if (json) {
            command.getOut().println(failure.toJson(command.getCommandName()));
        }
        return failure.status();
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }
}
