import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * The SQL functions where the all jar is one of an application's jars and nothing else is set: each of them of columns and of
 * constants, which must give the same, described, and as DataFrames call them. Prints a line of results.
 */
public final class SqlSmoke {
    private static final String TOKENIZER = "'tiktoken:cl100k_base'";
    private static final String MODEL = "'builtin:all-minilm-l6-v2'";

    private static final Map<String, String> CONSTANTS = new TreeMap<>(Map.of(
            "@text", "'tokens, please'",
            "@both", "array('tokens, please', null)",
            "@ids", "array(31666, 11, 4587)",
            "@lengths", "array(2, 1)",
            "@bounds", "array(0, 2, 3)",
            "@slots", "4",
            "@floats", "array(1F, 2F, 3F)",
            "@doubles", "array(3D, 2D, 1D)",
            "@pieces", "array(named_struct('doc_id', 'a', 'source', 0, 'chunk', 0, 'token_start', 0L, 'token_count', 2),"
                    + " named_struct('doc_id', 'b', 'source', 0, 'chunk', 1, 'token_start', 9L, 'token_count', 1))"));

    private static final List<String> CALLS = List.of(
            "concat_ws(' ', cast(varlen_tokenize(@text, " + TOKENIZER + ") as array<string>))",
            "varlen_token_count(@text, " + TOKENIZER + ")",
            "varlen_detokenize(@ids, " + TOKENIZER + ", true)",
            "to_json(named_struct('x', varlen_cu_seqlens(@lengths, 'lengths')))",
            "to_json(named_struct('x', varlen_position_ids(@bounds, @slots)))",
            "to_json(named_struct('x', varlen_segment_ids(@bounds, @slots)))",
            "to_json(named_struct('x', varlen_unpack(@ids, @bounds)))",
            "to_json(named_struct('x', varlen_unpack(@ids, @bounds, @pieces)))",
            "round(varlen_cosine_similarity(@floats, @doubles), 6)",
            "round(varlen_cosine_similarity(varlen_embed(@text, " + MODEL + "),"
                    + " varlen_embed(@both, " + MODEL + ", 'max_length=512')[0]), 6)",
            "varlen_embed(@both, " + MODEL + ")[1] is null",
            "to_json(named_struct('x', varlen_attention(@floats, @floats, @floats, @bounds, 1, 1, 'causal', 'scale=0')))");

    private SqlSmoke() {}

    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        StringBuilder columns = new StringBuilder("id");
        CONSTANTS.forEach((name, value) -> columns.append(", if(id < 0, null, ").append(value).append(") AS ").append(name.substring(1)));
        spark.sql("SELECT " + columns + " FROM range(0, 100, 1, 7)").createOrReplaceTempView("t");
        StringBuilder line = new StringBuilder();
        for (String call : CALLS) {
            String ofConstants = call;
            for (Map.Entry<String, String> constant : CONSTANTS.entrySet()) {
                ofConstants = ofConstants.replace(constant.getKey(), constant.getValue());
            }
            Object expected = spark.sql("SELECT " + ofConstants).head().get(0);
            List<Row> values = spark.sql("SELECT DISTINCT " + call.replace("@", "") + " FROM t").collectAsList();
            if (values.size() != 1 || !values.get(0).get(0).equals(expected)) {
                throw new IllegalStateException(call + " gives " + values + " of columns and " + expected + " of constants");
            }
            line.append(line.length() == 0 ? "" : " | ").append(expected);
        }
        String described = spark.sql("DESCRIBE FUNCTION EXTENDED varlen_unpack").collectAsList().toString();
        if (!described.contains("varlen_unpack(input_ids, cu_seqlens[, segments]) - ")) {
            throw new IllegalStateException(described);
        }
        long called = spark.table("t")
                .filter(functions.call_function("varlen_token_count", functions.col("text"), functions.lit("tiktoken:cl100k_base")).equalTo(3))
                .count();
        System.out.println(line + " | " + called);
        spark.stop();
    }
}
