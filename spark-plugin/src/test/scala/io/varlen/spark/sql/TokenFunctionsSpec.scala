package io.varlen.spark.sql

import io.varlen.spark.LocalSpark
import io.varlen.spark.engine.ModelReference
import io.varlen.spark.sql.SqlAnswers.{refusal, value}
import org.scalatest.funspec.AnyFunSpec
import scala.util.Random

class TokenFunctionsSpec extends AnyFunSpec {
  private val spark = LocalSpark.session
  import spark.implicits._
  private val tiktoken = "tiktoken:cl100k_base"
  private val minilm = ModelReference.BUILTIN

  describe("varlen_detokenize") {
    it("gives the text back that varlen_tokenize took, whatever it holds") {
      val seed = new Random().nextInt()
      val random = new Random(seed)
      val texts = Seq.fill(500)(Seq.fill(random.nextInt(80))(random.nextPrintableChar()).mkString + "é漢🙂\u0000\r\n")
      val wrong = texts
        .toDF("text")
        .repartition(8)
        .where(s"not varlen_detokenize(varlen_tokenize(text, '$tiktoken'), '$tiktoken') <=> text")
        .count()
      assert(wrong == 0, s"seed $seed")
    }
    it("leaves special tokens out when asked, and ids that there are not always") {
      val ids = s"varlen_tokenize('Two cats.', '$minilm')"
      assert(value(s"select varlen_detokenize($ids, '$minilm')") == "[CLS] two cats. [SEP]")
      assert(value(s"select varlen_detokenize($ids, '$minilm', false)") == "[CLS] two cats. [SEP]")
      assert(value(s"select varlen_detokenize($ids, '$minilm', true)") == "two cats.")
      assert(
        value(s"select varlen_detokenize(array(-1, 100257, 2000000000, 31666), '$tiktoken')") == "<|endoftext|>tokens"
      )
      assert(value(s"select varlen_detokenize(array(100257, 31666), '$tiktoken', true)") == "tokens")
      assert(value(s"select varlen_detokenize(array(), '$tiktoken')") == "")
      assert(value(s"select varlen_detokenize(cast(null as array<int>), '$tiktoken')") == null)
    }
    it("refuses what it cannot use") {
      assert(
        refusal(s"select varlen_detokenize(array(1, null), '$tiktoken')").contains(
          "element 1 of the array in argument 1 is null"
        )
      )
      assert(
        refusal(s"select varlen_detokenize(array(1), '$tiktoken', 'yes')").contains(
          "skip_special must be a constant boolean"
        )
      )
      assert(refusal(s"select varlen_detokenize('a', '$tiktoken')").contains("ARRAY"))
    }
  }

  describe("varlen_cu_seqlens") {
    it("gives boundaries from lengths, positions or segments, and refuses what is none") {
      assert(value("select varlen_cu_seqlens(array(2, 0, 3))") == Seq(0, 2, 2, 5))
      assert(value("select varlen_cu_seqlens(array())") == Seq(0))
      assert(
        value("select varlen_cu_seqlens(collect_list(length(s))) from values ('abc'), ('de') t(s)") == Seq(0, 3, 5)
      )
      assert(
        refusal("select varlen_cu_seqlens(array(1, -1))").contains(
          "varlen_cu_seqlens: length -1 of sequence 1 is negative"
        )
      )
      assert(refusal("select varlen_cu_seqlens(array(2147483647, 1))").contains("cu_seqlens are int32"))
      assert(
        refusal("select varlen_cu_seqlens(array(0, 2), 'position_ids')").contains("position 2 of token 1 follows 0")
      )
      assert(refusal("select varlen_cu_seqlens(array(0, 2), 'segment_ids')").contains("segment 2 of token 1"))
      assert(
        refusal("select varlen_cu_seqlens(array(0), 'position')").contains("one of lengths, position_ids, segment_ids")
      )
    }
  }

  describe("varlen_position_ids and varlen_segment_ids") {
    it("refuse boundaries that are none or do not fit") {
      assert(
        refusal("select varlen_position_ids(array(0, 3), 2)").contains(
          "cu_seqlens end at 3, which is more than the length 2"
        )
      )
      assert(refusal("select varlen_segment_ids(array(0, 3), -1)").contains("more than the length -1"))
      assert(refusal("select varlen_segment_ids(array(1, 3), 9)").contains("cu_seqlens start with 0"))
      assert(refusal("select varlen_segment_ids(array(0, 3, 2), 9)").contains("decrease from 3 to 2"))
      assert(value("select varlen_segment_ids(array(0, 2), cast(null as int))") == null)
      assert(value("select varlen_position_ids(array(0), 2)") == Seq(0, 1))
    }
    it("refuse a length that no row has, and boundaries beyond it, before they need the memory") {
      val most = 1 << 24
      for (function <- Seq("varlen_position_ids", "varlen_segment_ids")) {
        for (cu <- Seq("array(0)", "array(0, 2147483647)"); length <- Seq(2147483647, most + 1))
          assert(
            refusal(s"select $function($cu, $length)")
              .contains(s"$function: the length is $length; a row has at most $most slots")
          )
        assert(
          refusal(s"select $function(array(0, 2147483647), 8)")
            .contains("cu_seqlens end at 2147483647, which is more than the length 8")
        )
      }
      assert(value(s"select size(varlen_position_ids(array(0, 3), $most))") == most)
    }
  }

  describe("varlen_unpack") {
    it("refuses rows that do not hold what their boundaries say") {
      assert(
        refusal("select varlen_unpack(array(1, 2), array(0, 3))").contains(
          "cu_seqlens end at 3, but there are only 2 input_ids"
        )
      )
      val segment = "named_struct('doc_id', 'a', 'source', 0, 'chunk', 0, 'token_start', 0L, 'token_count', 2)"
      assert(value(s"select varlen_unpack(array(1, 2), array(0, 2), array($segment))[0].doc_id") == "a")
      assert(
        refusal(s"select varlen_unpack(array(1, 2), array(0, 1), array($segment))").contains(
          "token_count of 2, its sequence 1 tokens"
        )
      )
      assert(
        refusal(s"select varlen_unpack(array(1, 2), array(0, 1, 2), array($segment))").contains(
          "1 segments and 2 sequences"
        )
      )
      assert(
        refusal("select varlen_unpack(array(1, 2), array(0, 1), array(named_struct('doc_id', 'a')))").contains(
          "segments"
        ) ||
          refusal("select varlen_unpack(array(1, 2), array(0, 1), array(named_struct('doc_id', 'a')))").contains(
            "STRUCT"
          )
      )
    }
  }

  describe("varlen_cosine_similarity") {
    def cosine(a: Seq[Double], b: Seq[Double]): Any =
      Seq((a, b)).toDF("a", "b").selectExpr("varlen_cosine_similarity(a, b)").head().get(0)

    it("is that of java.math in any range, for floats as for doubles") {
      val seed = new Random().nextInt()
      val random = new Random(seed)
      for (_ <- 1 to 50) {
        val n = 1 + random.nextInt(40)
        val (big, small) = (math.pow(10, random.nextInt(600) - 300), math.pow(10, random.nextInt(600) - 300))
        val a = Seq.fill(n)(random.nextGaussian())
        val b = Seq.fill(n)(random.nextGaussian())
        val exact = a.zip(b).map { case (x, y) => BigDecimal(x) * y }.sum.toDouble /
          (math.sqrt(a.map(x => BigDecimal(x) * x).sum.toDouble) * math.sqrt(
            b.map(x => BigDecimal(x) * x).sum.toDouble
          ))
        assert(math.abs(cosine(a.map(_ * big), b.map(_ * small)).asInstanceOf[Double] - exact) < 1e-13, s"seed $seed")
        val floats =
          Seq((a.map(_.toFloat), b.map(_.toFloat))).toDF("a", "b").selectExpr("varlen_cosine_similarity(a, b)")
        assert(math.abs(floats.head().getDouble(0) - exact) < 1e-5, s"seed $seed")
        assert(cosine(a, a) == 1.0 || math.abs(cosine(a, a).asInstanceOf[Double] - 1) < 1e-15)
      }
    }
    it("is null for what has no direction, NaN for what is no number, and refused for other lengths") {
      assert(cosine(Seq(0.0, 0.0), Seq(1.0, 0.0)) == null)
      assert(cosine(Seq(), Seq()) == null)
      assert(cosine(Seq(Double.NaN), Seq(1.0)).asInstanceOf[Double].isNaN)
      assert(refusal("select varlen_cosine_similarity(array(1F, 2F), array(1F))").contains("2 and 1 elements"))
      assert(value("select varlen_cosine_similarity(array(1F, 0F), array(1D, 0D))") == 1.0)
      assert(value("select varlen_cosine_similarity(array(1, 0), array(1.5, 0))") == 1.0)
      assert(value("select varlen_cosine_similarity(null, array(1F))") == null)
    }
  }
}
