package io.varlen.spark.internal

import io.varlen.InvalidInputException
import io.varlen.spark.engine.{Engine, ModelReference}
import io.varlen.spark.{Folders, Golden, LocalSpark, TestFiles}
import io.varlen.tokenizer.{TokenBuffer, Tokenizers, TokenizerSources}
import java.nio.charset.StandardCharsets.UTF_8
import org.apache.spark.sql.Row
import org.apache.spark.sql.functions.expr
import org.scalatest.funspec.AnyFunSpec
import scala.util.{Random, Try}

class SqlFunctionsSpec extends AnyFunSpec {
  private val spark = LocalSpark.session
  private val tiktoken = "tiktoken:cl100k_base"

  private def sql(query: String): Row = spark.sql(query).head()
  private def ids(row: Row): Seq[Int] = row.getSeq[Int](0)
  private def refusal(query: String): String = {
    val thrown = LocalSpark.quietly(Try(spark.sql(query).collect()).failed.get)
    Iterator.iterate(thrown)(_.getCause).takeWhile(_ != null).map(_.getMessage).mkString(" | ")
  }

  describe("varlen_tokenize and varlen_token_count") {
    it("are there with nothing but the jar on the class path, and documented") {
      assert(ids(sql(s"select varlen_tokenize('tokens, please', '$tiktoken')")) == Seq(31666, 11, 4587))
      assert(sql(s"select varlen_token_count('tokens, please', '$tiktoken')").getInt(0) == 3)
      val text = spark.sql("describe function extended varlen_tokenize").collect().map(_.getString(0)).mkString("\n")
      assert(text.contains("varlen_tokenize(text, tokenizer") && text.contains("tiktoken:cl100k_base|o200k_base"))
    }

    it("give what Hugging Face's encode(text) gives, special tokens unless they are not wanted") {
      val model = ModelReference.BUILTIN
      val golden = Golden.lines(Golden.texts)
      val texts = spark.read.json(Golden.texts.toString)
      for (codegen <- Seq("true", "false"))
        LocalSpark.withConf("spark.sql.codegen.wholeStage", codegen) {
          val rows = texts
            .repartition(7)
            .select(
              expr("id"),
              expr(s"varlen_tokenize(text, '$model') ids"),
              expr(s"varlen_token_count(text, '$model') n"),
              expr(s"varlen_tokenize(text, '$model', 'none') bare"),
              expr(s"varlen_token_count(text, '$model', 'none') n_bare")
            )
            .collect()
            .map(row => row.getString(0) -> row)
            .toMap
          assert(rows.size == golden.size)
          for (text <- golden) {
            val row = rows(text.get("id").textValue)
            val expected = (0 until text.get("input_ids").size).map(text.get("input_ids").get(_).intValue)
            assert(row.getSeq[Int](1) == expected && row.getInt(2) == expected.size)
            assert(row.getSeq[Int](3) == expected.drop(1).dropRight(1) && row.getInt(4) == expected.size - 2)
          }
        }
    }

    it("agree with the tokenizer on random texts, in many tasks at once, grouped and filtered") {
      import spark.implicits._
      val seed = new Random().nextInt()
      val random = new Random(seed)
      val texts = Seq.fill(2000)(Seq.fill(random.nextInt(60))(random.nextPrintableChar()).mkString + "é漢🙂")
      val tokenizer = Tokenizers.open(TokenizerSources.resolve(tiktoken))
      val counts = texts.map { text =>
        val out = new TokenBuffer
        tokenizer.encode(text.getBytes(UTF_8), 0, text.getBytes(UTF_8).length, out)
        out.size
      }
      val frame = texts.toDF("text").repartition(16)
      val total = frame.selectExpr(s"sum(varlen_token_count(text, '$tiktoken'))").head().getLong(0)
      assert(total == counts.map(_.toLong).sum, s"seed $seed")
      val long = frame.where(s"size(varlen_tokenize(text, '$tiktoken')) > 30").count()
      assert(long == counts.count(_ > 30), s"seed $seed")
    }

    it("take null for null, no text for no tokens, binary for its UTF-8, special tokens' names for ordinary text") {
      assert(sql(s"select varlen_tokenize(null, '$tiktoken')").isNullAt(0))
      assert(sql(s"select varlen_token_count(cast(null as string), '$tiktoken')").isNullAt(0))
      assert(ids(sql(s"select varlen_tokenize('', '$tiktoken')")).isEmpty)
      assert(sql(s"select varlen_token_count(' \n ', '$tiktoken')").getInt(0) > 0)
      assert(ids(sql(s"select varlen_tokenize(cast('tokens, please' as binary), '$tiktoken')")) == Seq(31666, 11, 4587))
      assert(sql(s"select varlen_token_count('<|endoftext|>', '$tiktoken')").getInt(0) > 1)
    }

    it("refuse bytes that are no text, which a string column may hold, rather than give other ids") {
      val message = refusal(s"select varlen_token_count(cast(x'61ff62' as string), '$tiktoken') from range(1)")
      assert(message.contains("invalid UTF-8 at byte 1 of a text (0xFF)"), message)
    }

    it("refuse arguments that they cannot use, before any task runs") {
      val folder = Folders.create("no-tokenizer")
      TestFiles.write(folder.resolve("tokenizer.json"), "{\"model\":7}")
      for (
        (arguments, problem) <- Seq(
          "'x', 'tiktoken:cl100k'" -> "did you mean tiktoken:cl100k_base",
          "'x', 'no/such.json'" -> "no/such.json",
          s"'x', '$folder'" -> "tokenizer.json",
          "'x', text" -> "tokenizer must be a constant string",
          "'x', 5" -> "tokenizer must be a constant string",
          "'x', null" -> "tokenizer must be a constant string",
          s"'x', '$tiktoken', 'chunk'" -> "special_tokens is document or none",
          s"'x', '$tiktoken', 'some'" -> "it is one of document, none",
          "'x'" -> "takes (text, tokenizer[, special_tokens]), not 1 argument",
          s"array(1), '$tiktoken'" -> "ARRAY"
        )
      ) {
        val thrown = intercept[Exception](spark.sql(s"select varlen_token_count($arguments) from values ('a') t(text)"))
        assert(thrown.getMessage.contains(problem), thrown.getMessage)
      }
    }

    it("open the tokenizer once per JVM") {
      val source = Engine.get.tokenizerSource(tiktoken)
      assert(Engine.get.tokenizer(source) eq Engine.get.tokenizer(source))
      assertThrows[InvalidInputException](Engine.get.tokenizerSource("builtin:none"))
    }
  }
}
