package io.varlen.spark

import io.varlen.spark.engine.{Engine, ModelReference}
import io.varlen.spark.frame.EmbedSettings
import io.varlen.spark.metrics.StageWatch
import io.varlen.tokenizer.TokenizerSources
import org.scalatest.funspec.AnyFunSpec

class ExplanationSpec extends AnyFunSpec {
  private def sql(query: String) = LocalSpark.session.sql(query)
  private val cl100k = TokenizerSources.resolve("tiktoken:cl100k_base")

  describe("the explanation of a query") {
    it("names each function of ours with its constants, wherever in the plan it is") {
      val text = Varlen
        .explain(
          sql(
            "SELECT sum(n), max(k) FROM (SELECT varlen_token_count(text, 'tiktoken:cl100k_base') AS n, " +
              "varlen_position_ids(varlen_cu_seqlens(array(1, 2)), 3) AS k " +
              "FROM VALUES ('a'), ('b') AS t(text)) WHERE n > 0"
          )
        )
      assert(text.contains("varlen_token_count: row by row\n"), text)
      assert(text.contains(s"  tokenizer tiktoken:cl100k_base, SHA-256 ${cl100k.sha256}\n"))
      assert(text.contains("varlen_position_ids: row by row\n") && text.contains("varlen_cu_seqlens: row by row\n"))
      assert(text.contains("varlen on executor driver\n") && text.contains("  backend  cpu (auto): "))
      assert(text.contains("  gpu      not used: "))
    }
    it("names what the typed API computes, with the model and the memory that it takes") {
      val builtin = ModelReference.BUILTIN
      val files = Engine.get.model(ModelReference.of(builtin, null))
      val texts = sql("SELECT string(id) AS text FROM range(9)")
      val text = Varlen.explain(Varlen.embed(texts, EmbedSettings.of(builtin)).where("n_tokens > 2"))
      assert(text.contains("Varlen.embed: in batches of a partition's rows\n"), text)
      assert(text.contains(s"  model $builtin, SHA-256 ${files.sha256}\n"))
      assert(text.contains(s"  tokenizer $builtin, SHA-256 ${files.tokenizer.sha256}\n"))
      assert(text.contains("  backend as configured, fp32\n"))
      assert(
        text.contains(
          "  model    85 MiB of weights, batches of embed 2048, score 8192, attend 4096 tokens; up to "
        ),
        text
      )
    }
    it("tells whether a function takes one text at a time or those of an array together") {
      val builtin = ModelReference.BUILTIN
      val one = Varlen.explain(sql(s"SELECT varlen_embed(string(id), '$builtin') FROM range(9)"))
      assert(one.contains("varlen_embed: row by row\n") && one.contains(s"  model $builtin, SHA-256 "), one)
      val many = Varlen.explain(sql(s"SELECT varlen_embed(array(string(id), 'a'), '$builtin') FROM range(9)"))
      assert(many.contains("varlen_embed: row by row, the texts of an array together\n"), many)
      assert(many.contains("  batches of as many tokens as below\n") && many.contains(" MiB of weights"), many)
    }
    it("says that there is nothing of ours, and asks nobody then") {
      val text = Varlen.explain(sql("SELECT upper('varlen_tokenize')"))
      assert(text == "no function of varlen is in this query\n")
    }
    it("does not run the query") {
      val stages = StageWatch.during {
        Explanation
          .of(sql("SELECT varlen_tokenize(text, 'tiktoken:cl100k_base') FROM VALUES ('a') AS t(text)"))
          .toString
      }
      assert(stages.isEmpty)
    }
  }

  describe("a SQL function") {
    it("counts on the page of its stage") {
      val stages = StageWatch.during {
        val query =
          "SELECT sum(varlen_token_count(concat('tokens, please', id), 'tiktoken:cl100k_base')) FROM range(0, 9, 1, 3)"
        assert(sql(query).collect().head.getLong(0) == 9 * 4)
      }
      assert(stages.map(_("varlen tokens")) == Seq("36") && stages.map(_("varlen rows")) == Seq("9"), stages)
    }
    it("counts what it gives to a model, too") {
      val stages = StageWatch.during {
        sql(
          s"SELECT sum(size(varlen_embed(array(string(id), 'a b'), '${ModelReference.BUILTIN}'))) FROM range(0, 6, 1, 2)"
        ).collect()
      }
      assert(stages.map(_("varlen tokens")) == Seq((6 * (3 + 4)).toString), stages)
      assert(stages.map(_("varlen rows")) == Seq("12"), stages)
    }
  }
}
