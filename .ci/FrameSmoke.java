import io.varlen.spark.Varlen;
import io.varlen.spark.frame.TokenizeSettings;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The data source and {@code Varlen} where the all jar is one of an application's jars and nothing else is set. Prints a line of results. */
public final class FrameSmoke {
    private FrameSmoke() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        Dataset<Row> documents = spark.sql("SELECT id, 'tokens, please' text FROM range(0, 100, 1, 7)");
        String folder = args[0];
        documents.write().format("varlen").option("job", "pack").option("tokenizer", "tiktoken:cl100k_base").option("seq-len", 32).save(folder);
        Row packed = spark.read().format("varlen").load(folder).where("n_tokens > 0").selectExpr("sum(n_tokens)").head();
        Dataset<Row> tokens = Varlen.tokenize(documents, TokenizeSettings.of("tiktoken:cl100k_base"));
        Row tokenized = tokens.selectExpr("sum(size(input_ids))", "count(DISTINCT id)", "max(text)").head();
        System.out.println(packed.mkString(" ") + " " + tokenized.mkString(" "));
        spark.stop();
    }
}
