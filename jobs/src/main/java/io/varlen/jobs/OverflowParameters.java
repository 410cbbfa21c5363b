package io.varlen.jobs;

import io.varlen.InvalidInputException;
import io.varlen.Nearest;
import io.varlen.packing.Overflow;
import io.varlen.packing.Overflow.Mode;
import java.util.Arrays;
import java.util.List;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;

/** The words behind {@code --overflow}: one, or two where chunks overlap. */
final class OverflowParameters implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> words, ArgSpec option, CommandSpec command) {
        if (option.getValue() != null) {
            throw new OverwrittenOptionException(command.commandLine(), option, "");
        }
        if (words.isEmpty()) {
            throw new ParameterException(command.commandLine(), "--overflow needs a value behind it: --overflow HOW");
        }
        String how = words.pop();
        if (how.equals(Mode.SPLIT_OVERLAP.optionName())
                && !words.isEmpty()
                && !words.peek().startsWith("-")) {
            how += " " + words.pop();
        }
        try {
            option.setValue(Overflow.ofName(how));
        } catch (InvalidInputException e) {
            List<String> modes =
                    Arrays.stream(Mode.values()).map(Mode::optionName).toList();
            throw new ParameterException(
                    command.commandLine(),
                    "--overflow: " + e.getMessage() + Nearest.didYouMean(how, modes, ""),
                    option,
                    null);
        }
    }
}
