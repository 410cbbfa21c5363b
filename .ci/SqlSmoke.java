import io.varlen.spark.Varlen;
import io.varlen.spark.frame.TokenizeSettings;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The SQL functions, the data source and {@code Varlen} where the all jar is one of an application's jars and nothing else is set: prints their results on one line. */
public final class SqlSmoke {
    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        String tokenizer = "'tiktoken:cl100k_base'";
        String counts = "sum(varlen_token_count(concat(text, id), " + tokenizer + "))";
        String ids = "concat_ws(' ', cast(max(varlen_tokenize(text, " + tokenizer + ")) as array<string>))";
        String texts = "(SELECT id, 'tokens, please' text FROM range(0, 100, 1, 7))";
        System.out.println(spark.sql("SELECT " + counts + ", " + ids + " FROM " + texts).collectAsList().get(0).mkString(" "));
        Dataset<Row> documents = spark.sql("SELECT * FROM " + texts);
        String folder = args[0];
        documents.write().format("varlen").option("job", "pack").option("tokenizer", "tiktoken:cl100k_base").option("seq-len", 32).save(folder);
        Row packed = spark.read().format("varlen").load(folder).where("n_tokens > 0").selectExpr("sum(n_tokens)").collectAsList().get(0);
        Dataset<Row> tokens = Varlen.tokenize(documents, TokenizeSettings.of("tiktoken:cl100k_base"));
        Row tokenized = tokens.selectExpr("sum(size(input_ids))", "count(DISTINCT id)", "max(text)").collectAsList().get(0);
        System.out.println(packed.mkString(" ") + " " + tokenized.mkString(" "));
        spark.stop();
    }
}
