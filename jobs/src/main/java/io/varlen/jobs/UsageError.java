package io.varlen.jobs;

import io.varlen.Nearest;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;

/** Says in one line what is wrong with a command line, where, and what would be right. */
final class UsageError {
    private UsageError() {}

    static String line(ParameterException e) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        List<String> unknown = e.getCommandLine().getUnmatchedArguments();
        if (!unknown.isEmpty()) { // before what is missing because of it
            return unmatched(command, unknown.get(0));
        }
        if (e instanceof OverwrittenOptionException twice) {
            return name(twice.getOverwritten()) + " is given twice; give it once";
        }
        if (e instanceof MissingParameterException missing && e.getArgSpec() == null) {
            return missing(command, missing.getMissing());
        }
        if (e instanceof MissingParameterException) {
            return name(e.getArgSpec()) + " needs a value behind it: " + usage(e.getArgSpec());
        }
        if (e.getArgSpec() != null && e.getValue() != null) {
            return name(e.getArgSpec()) + " " + e.getValue() + ": " + reason(e);
        }
        return e.getMessage();
    }

    private static String unmatched(CommandSpec command, String word) {
        if (!word.startsWith("-")) {
            return command.subcommands().isEmpty()
                    ? "'" + word + "' belongs to no option; every value stands behind the option that it is for"
                    : "there is no command " + word
                            + right(word, List.copyOf(command.subcommands().keySet()));
        }
        String option = word.replaceFirst("=.*", "");
        return "there is no option " + option
                + right(option, List.copyOf(command.optionsMap().keySet()));
    }

    private static String right(String word, List<String> known) {
        return Nearest.didYouMean(
                word,
                known,
                "; there are "
                        + known.stream().filter(name -> name.length() > 2).collect(Collectors.joining(", ")));
    }

    private static String missing(CommandSpec command, List<ArgSpec> missing) {
        String names = Stream.concat(command.positionalParameters().stream(), command.options().stream())
                .filter(missing::contains)
                .map(UsageError::usage)
                .collect(Collectors.joining(", "));
        return names + (missing.size() == 1 ? " is" : " are") + " missing; the least is: "
                + String.join(" ", command.usageMessage().customSynopsis()).replace(" [options]", "");
    }

    /** The converter's own words, without picocli's "Invalid value for option '--x': " before them. */
    private static String reason(ParameterException e) {
        return e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
    }

    private static String usage(ArgSpec arg) {
        return arg.isOption() ? name(arg) + " " + arg.paramLabel() : arg.paramLabel();
    }

    private static String name(ArgSpec arg) {
        return arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel();
    }
}
