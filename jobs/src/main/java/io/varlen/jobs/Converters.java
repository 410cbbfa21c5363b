package io.varlen.jobs;

import io.varlen.attention.Dtype;
import io.varlen.packing.PackingStrategy;
import io.varlen.packing.SpecialTokensPolicy;
import io.varlen.spark.dataset.DerivedColumn;
import io.varlen.spark.embedding.LongDocuments;
import io.varlen.spark.export.ExportFormat;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.job.MissingIds;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** How values on the command line become what options hold; a message says what would be right. */
final class Converters {
    private Converters() {}

    static void register(CommandLine commands) {
        commands.registerConverter(
                InputFormat.class, new EnumConverter<>(InputFormat.values(), InputFormat::optionName));
        commands.registerConverter(
                BadRecordPolicy.class, new EnumConverter<>(BadRecordPolicy.values(), BadRecordPolicy::optionName));
        commands.registerConverter(
                SpecialTokensPolicy.class,
                new EnumConverter<>(SpecialTokensPolicy.values(), SpecialTokensPolicy::optionName));
        commands.registerConverter(
                PackingStrategy.class, new EnumConverter<>(PackingStrategy.values(), PackingStrategy::optionName));
        commands.registerConverter(Dtype.class, new EnumConverter<>(Dtype.values(), Dtype::optionName));
        commands.registerConverter(
                LongDocuments.class, new EnumConverter<>(LongDocuments.values(), LongDocuments::optionName));
        commands.registerConverter(
                DerivedColumn.class, new EnumConverter<>(DerivedColumn.values(), DerivedColumn::columnName));
        commands.registerConverter(MissingIds.class, new EnumConverter<>(MissingIds.values(), MissingIds::optionName));
        commands.registerConverter(
                ExportFormat.class, new EnumConverter<>(ExportFormat.values(), ExportFormat::optionName));
        commands.registerConverter(int.class, Converters::wholeInt);
        commands.registerConverter(Integer.class, Converters::wholeInt);
        commands.registerConverter(long.class, Converters::wholeLong);
        commands.registerConverter(Long.class, Converters::wholeLong);
    }

    private static int wholeInt(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("it is a whole number up to " + Integer.MAX_VALUE);
        }
    }

    private static long wholeLong(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("it is a whole number up to " + Long.MAX_VALUE);
        }
    }
}
