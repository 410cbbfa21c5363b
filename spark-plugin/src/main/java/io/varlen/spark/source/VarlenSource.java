package io.varlen.spark.source;

import io.varlen.InvalidInputException;
import io.varlen.Nearest;
import io.varlen.spark.Varlen;
import io.varlen.spark.frame.FrameJob;
import io.varlen.spark.frame.FrameJobs;
import io.varlen.spark.frame.FrameReports;
import io.varlen.spark.frame.LogProgress;
import io.varlen.spark.frame.Operations;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.Sink;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.CreatableRelationProvider;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.sources.RelationProvider;
import org.apache.spark.sql.sources.StreamSinkProvider;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;
import scala.collection.Iterator;

/**
 * The data source {@code varlen}: {@code df.write().format("varlen").option("job", "pack")…save(D)} runs a job on a
 * DataFrame, and {@code spark.read().format("varlen").load(D)} reads what a job wrote. Its options are those of the command
 * line.
 *
 * <p>Save modes: {@code ErrorIfExists} is the life of every output (the same job does nothing or goes on, any other is
 * refused), {@code Ignore} leaves alone what is complete, {@code Overwrite} replaces it once the new output is complete, and
 * {@code Append}, for {@code pack} alone, adds the documents in new rows.
 *
 * <p>Spark's interfaces hand options over as {@code scala.collection.immutable.Map}, which has the same name for Scala 2.12 and
 * 2.13; of {@code Seq} there are two, and so two {@code createSink}.
 */
public final class VarlenSource
        implements DataSourceRegister, RelationProvider, CreatableRelationProvider, StreamSinkProvider {
    private static final String JOB = "job";
    private static final String PATH = "path";
    private static final String VIEW = "view";

    /** Jobs that a reader may name. */
    private static final Set<String> REPORTS = Set.of("plan", "verify");

    private static final StructType EXPLANATION = new StructType().add("explanation", DataTypes.StringType, false);

    /** What Hive's catalog adds to the options of every table. */
    private static final String HIVE_OPTION = "serialization.format";

    /** How Spark hands on what partitionBy and its like say. */
    private static final String LAYOUT_PREFIX = "__";

    @Override
    public String shortName() {
        return "varlen";
    }

    /**
     * Reads what a job wrote; with {@code job} {@code plan} or {@code verify}, what it says of a packed dataset; with {@code view},
     * what a job makes of the rows of a view.
     */
    @Override
    public BaseRelation createRelation(SQLContext context, scala.collection.immutable.Map<String, String> parameters) {
        Map<String, String> given = javaMap(parameters);
        if (given.containsKey(VIEW)) {
            return ofView(context, given);
        }
        String folder = path(given, "load");
        if (REPORTS.contains(given.getOrDefault(JOB, ""))) {
            return report(context, folder, given);
        }
        leaveOutWhatTablesKeep(given);
        given.keySet().stream().findFirst().ifPresent(name -> {
            throw new InvalidInputException(
                    "there is no option '" + name + "' for reading; there is only path, the folder that a job wrote");
        });
        return new VarlenRelation(context, folder);
    }

    private static BaseRelation report(SQLContext context, String folder, Map<String, String> given) {
        SparkSession session = context.sparkSession();
        return given.remove(JOB).equals("plan")
                ? new ReportRelation(context, FrameReports.PLAN, () -> FrameReports.plan(session, folder, given))
                : new ReportRelation(
                        context,
                        FrameReports.VERIFY,
                        () -> FrameReports.verify(session, folder, given, new LogProgress()));
    }

    private static BaseRelation ofView(SQLContext context, Map<String, String> given) {
        Dataset<Row> rows = context.sparkSession().table(given.remove(VIEW));
        String job = String.valueOf(given.remove(JOB));
        if (rows.isStreaming()) {
            throw new InvalidInputException(
                    "the view is a stream, which is not read as a view; the functions varlen_tokenize"
                            + " and varlen_embed take its columns");
        }
        return switch (job) {
            case "tokenize" -> new ViewRelation(context, Operations.ofRows(FrameJob.TOKENIZE, rows, given));
            case "embed" -> new ViewRelation(context, Operations.ofRows(FrameJob.EMBED, rows, given));
            case "score" -> new ViewRelation(context, Operations.ofRows(FrameJob.SCORE, rows, given));
            case "plan" -> new ReportRelation(context, FrameReports.PLAN, () -> FrameReports.plan(rows, given));
            case "explain" ->
                new ReportRelation(context, EXPLANATION, () -> List.of(RowFactory.create(Varlen.explain(rows))));
            default ->
                throw new InvalidInputException("with a view, job is tokenize, embed, score, plan or explain, and not '"
                        + job + "'; jobs that write a folder take the DataFrame itself: write.format(\"varlen\")");
        };
    }

    /** A table hands the options of the job that made it, and what a catalog put there, to whoever reads it. */
    private static void leaveOutWhatTablesKeep(Map<String, String> given) {
        given.remove(HIVE_OPTION);
        if (given.containsKey(JOB)) {
            given.clear();
        }
    }

    /** Runs a job. */
    @Override
    public BaseRelation createRelation(
            SQLContext context,
            SaveMode mode,
            scala.collection.immutable.Map<String, String> parameters,
            Dataset<Row> documents) {
        Map<String, String> given = javaMap(parameters);
        String output = path(given, "save");
        if (given.keySet().stream().anyMatch(name -> name.startsWith(LAYOUT_PREFIX))) {
            throw new InvalidInputException("a job lays its rows into files by itself; leave out partitionBy, bucketBy,"
                    + " sortBy and clusterBy");
        }
        FrameJob job = job(given);
        FrameJobs jobs = new FrameJobs(context.sparkSession(), job, given, new LogProgress());
        if (mode != SaveMode.Ignore || !FrameJobs.isComplete(context.sparkSession(), output)) {
            FrameJobs.Mode how =
                    switch (mode) {
                        case Append -> FrameJobs.Mode.APPEND;
                        case Overwrite -> FrameJobs.Mode.OVERWRITE;
                        case ErrorIfExists, Ignore -> FrameJobs.Mode.CREATE;
                    };
            jobs.run(documents, output, how);
        }
        return new VarlenRelation(context, output);
    }

    /** Spark with Scala 2.13 calls this one; it always refuses. */
    public Sink createSink(
            SQLContext context,
            scala.collection.immutable.Map<String, String> parameters,
            scala.collection.immutable.Seq<String> partitionColumns,
            OutputMode mode) {
        throw noStream();
    }

    /** Spark with Scala 2.12 calls this one; it always refuses. */
    public Sink createSink(
            SQLContext context,
            scala.collection.immutable.Map<String, String> parameters,
            scala.collection.Seq<String> partitionColumns,
            OutputMode mode) {
        throw noStream();
    }

    private static InvalidInputException noStream() {
        return new InvalidInputException(
                "a job needs all documents, and a stream never ends; write each batch by itself:"
                        + " writeStream.foreachBatch, and in it write.format(\"varlen\").option(\"job\", \"pack\")"
                        + ".mode(\"append\"), which packs a batch once however often it comes");
    }

    private static FrameJob job(Map<String, String> given) {
        String name = given.remove(JOB);
        if (name == null) {
            throw new InvalidInputException("the option job is missing; it is pack, embed, score or attend"
                    + given.keySet().stream()
                            .map(option -> Nearest.to(option, List.of(JOB, "tokenizer", "model", "seq-len")))
                            .filter(JOB::equals)
                            .findFirst()
                            .map(near -> "; did you mean option \"job\"?")
                            .orElse(""));
        }
        return FrameJob.ofName(name);
    }

    private static String path(Map<String, String> given, String verb) {
        String path = given.remove(PATH);
        if (path == null || path.isBlank()) {
            throw new InvalidInputException("no folder is given; name it with " + verb + "(…) or as the option path");
        }
        return path;
    }

    private static Map<String, String> javaMap(scala.collection.immutable.Map<String, String> map) {
        Map<String, String> copy = new LinkedHashMap<>();
        Iterator<Tuple2<String, String>> entries = map.iterator();
        while (entries.hasNext()) {
            Tuple2<String, String> entry = entries.next();
            copy.put(entry._1(), entry._2());
        }
        return copy;
    }
}
