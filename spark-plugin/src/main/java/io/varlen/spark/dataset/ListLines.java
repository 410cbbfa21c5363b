package io.varlen.spark.dataset;

import io.varlen.spark.internal.HadoopConfiguration;
import io.varlen.spark.internal.TaskIterators;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

/** The lists below {@code _varlen} that belong to an output. */
final class ListLines {
    private ListLines() {}

    /** The files of {@code _varlen/<list>} that the manifest owns, relative to the output folder. */
    static List<String> files(FileStore files, Path root, Manifest manifest, String list) {
        String folder = OutputFolder.METADATA + "/" + list;
        try {
            return files.list(new Path(root, folder)).stream()
                    .map(file -> file.getPath().getName())
                    .filter(name -> name.endsWith(".jsonl") && manifest.owns(name))
                    .map(name -> folder + "/" + name)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines of such files, one partition per file. */
    static JavaRDD<String> of(JavaSparkContext spark, Path root, Configuration hadoop, List<String> files) {
        if (files.isEmpty()) {
            return spark.emptyRDD();
        }
        String folder = root.toString();
        HadoopConfiguration configuration = new HadoopConfiguration(hadoop);
        return spark.parallelize(files, files.size())
                .flatMap(file -> TaskIterators.closing(JsonLines.open(new Path(folder, file), configuration.get())));
    }
}
