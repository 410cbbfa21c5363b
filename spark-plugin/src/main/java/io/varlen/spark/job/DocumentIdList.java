package io.varlen.spark.job;

import io.varlen.InvalidInputException;
import io.varlen.spark.input.BadRecord;
import io.varlen.spark.input.BadRecordPolicy;
import io.varlen.spark.input.DocumentSource;
import io.varlen.spark.input.InputFormat;
import io.varlen.spark.input.InputOptions;
import io.varlen.spark.input.Survey;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/** A text file with one document id per line. Blank lines are passed over; no other character is. */
final class DocumentIdList {
    private DocumentIdList() {}

    /**
     * The ids, each once, with the offset of its first line.
     *
     * @throws InvalidInputException if the file cannot be read, is not UTF-8, or names no document
     */
    static JavaPairRDD<String, Long> read(SparkSession spark, String file) {
        try {
            DocumentSource source = DocumentSource.open(spark, new InputOptions(List.of(file), InputFormat.LINES));
            Survey survey = source.survey(BadRecordPolicy.QUARANTINE);
            if (survey.badRecords() > 0) {
                BadRecord first = source.badRecords(survey).min(new ByPlace());
                throw new InvalidInputException(first + "; it must be UTF-8 with one document id per line");
            }
            JavaPairRDD<String, Long> ids = source.documents(survey)
                    .mapToPair(line -> new Tuple2<>(new String(line.text(), StandardCharsets.UTF_8), line.offset()))
                    .filter(line -> !line._1().isBlank())
                    .reduceByKey(Math::min);
            if (ids.isEmpty()) {
                throw new InvalidInputException("it names no document; write one document id per line");
            }
            return ids;
        } catch (InvalidInputException e) {
            throw new InvalidInputException("--doc-ids " + file + ": " + e.getMessage(), e);
        }
    }

    private static final class ByPlace implements Comparator<BadRecord>, Serializable {
        @Override
        public int compare(BadRecord a, BadRecord b) {
            return a.compareTo(b);
        }
    }
}
