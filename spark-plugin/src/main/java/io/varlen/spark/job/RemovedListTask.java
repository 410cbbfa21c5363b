package io.varlen.spark.job;

import io.varlen.spark.dataset.Staging;
import io.varlen.spark.dataset.UnitFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/** Writes one of the lists of removed documents; gives its name in the staging folder. */
final class RemovedListTask implements Function2<Integer, Iterator<Tuple2<String, String>>, Iterator<String>> {
    private final Staging staging;
    private final int firstUnit;

    /** @param firstUnit the number of the first list; the numbers of the parts go before it */
    RemovedListTask(Staging staging, int firstUnit) {
        this.staging = staging;
        this.firstUnit = firstUnit;
    }

    @Override
    public Iterator<String> call(Integer partition, Iterator<Tuple2<String, String>> lines) throws IOException {
        try (Staging.Unit unit = staging.begin(firstUnit + partition)) {
            long count = 0;
            try (OutputStream out = new BufferedOutputStream(unit.create(UnitFile.REMOVED))) {
                for (; lines.hasNext(); count++) {
                    out.write((lines.next()._2() + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
            return List.of(unit.complete(count, "{}").get(UnitFile.REMOVED).name())
                    .iterator();
        }
    }
}
