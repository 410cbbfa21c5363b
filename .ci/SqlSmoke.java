import org.apache.spark.sql.SparkSession;

/** The SQL functions where the all jar is one of an application's jars and nothing else is set: prints their results on one line. */
public final class SqlSmoke {
    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        String tokenizer = "'tiktoken:cl100k_base'";
        String counts = "sum(varlen_token_count(concat(text, id), " + tokenizer + "))";
        String ids = "concat_ws(' ', cast(max(varlen_tokenize(text, " + tokenizer + ")) as array<string>))";
        String texts = "(SELECT id, 'tokens, please' text FROM range(0, 100, 1, 7))";
        System.out.println(spark.sql("SELECT " + counts + ", " + ids + " FROM " + texts).collectAsList().get(0).mkString(" "));
        spark.stop();
    }
}
