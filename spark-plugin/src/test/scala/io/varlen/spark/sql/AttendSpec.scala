package io.varlen.spark.sql

import io.varlen.spark.LocalSpark
import io.varlen.spark.sql.SqlAnswers.{refusal, value}
import org.scalatest.funspec.AnyFunSpec
import scala.util.Random

class AttendSpec extends AnyFunSpec {
  private val spark = LocalSpark.session
  import spark.implicits._

  /** A mask's text, and what it says of a query's own position `p` among `n` keys and a key `j`. */
  private type Atom = (String, (Int, Int) => Boolean)

  private def atom(random: Random): Atom = random.nextInt(5) match {
    case 0 => ("full", (_, _) => true)
    case 1 => ("causal", (p, j) => j <= p)
    case 2 =>
      val (left, right) = (random.nextInt(6) - 1, random.nextInt(6) - 1)
      (s"sliding_window($left, $right)", (p, j) => (left < 0 || j >= p - left) && (right < 0 || j <= p + right))
    case 3 =>
      val size = 1 + random.nextInt(6)
      (s"chunked($size)", (p, j) => Math.floorDiv(p, size) == j / size)
    case _ =>
      val length = random.nextInt(6)
      (s"prefix($length)", (p, j) => j <= p || j < length)
  }

  private case class Shape(lengthsQ: Seq[Int], lengthsK: Seq[Int], heads: Int, kvHeads: Int, dim: Int)

  /** In double precision, pair by pair. */
  private def reference(
      s: Shape,
      q: Array[Float],
      k: Array[Float],
      v: Array[Float],
      mask: Atom,
      scale: Double,
      cap: Double
  ) = {
    val out = new Array[Double](q.length)
    val (startsQ, startsK) = (s.lengthsQ.scanLeft(0)(_ + _), s.lengthsK.scanLeft(0)(_ + _))
    for (i <- s.lengthsQ.indices; t <- 0 until s.lengthsQ(i); h <- 0 until s.heads) {
      val (n, group) = (s.lengthsK(i), h / (s.heads / s.kvHeads))
      def key(j: Int, d: Int) = ((startsK(i) + j) * s.kvHeads + group) * s.dim + d
      val at = ((startsQ(i) + t) * s.heads + h) * s.dim
      val seen = (0 until n).filter(j => mask._2(t + n - s.lengthsQ(i), j))
      val scores = seen.map { j =>
        val score = scale * (0 until s.dim).map(d => q(at + d).toDouble * k(key(j, d))).sum
        if (cap == 0) score else cap * math.tanh(score / cap)
      }
      val weights = scores.map(score => math.exp(score - scores.max))
      for (d <- 0 until s.dim if seen.nonEmpty)
        out(at + d) = seen.zip(weights).map { case (j, w) => w * v(key(j, d)) }.sum / weights.sum
    }
    out
  }

  describe("varlen_attention") {
    it("is attention in double precision, whatever shapes, masks and options") {
      val seed = new Random().nextInt()
      val random = new Random(seed)
      def floats(n: Int) = Array.fill(n)(random.nextGaussian().toFloat)
      for (round <- 1 to 60) {
        val kvHeads = 1 + random.nextInt(3)
        val lengths = Seq.fill(1 + random.nextInt(4))(random.nextInt(20))
        val cross = random.nextBoolean()
        val shape = Shape(
          lengths,
          if (cross) lengths.map(_ => random.nextInt(20)) else lengths,
          kvHeads * (1 + random.nextInt(3)),
          kvHeads,
          1 + random.nextInt(20)
        )
        val mask = Seq.fill(1 + random.nextInt(2))(atom(random)).reduce[Atom] { case ((a, f), (b, g)) =>
          (s"$a & $b", (p, j) => f(p, j) && g(p, j))
        }
        val q = floats(shape.lengthsQ.sum * shape.heads * shape.dim)
        val (k, v) = {
          val n = shape.lengthsK.sum * kvHeads * shape.dim
          (floats(n), floats(n))
        }
        val (scale, cap) = (0.1 + random.nextInt(10) / 10.0, if (random.nextBoolean()) 0.0 else 5.0)
        val crossing = if (cross) ", varlen_cu_seqlens(lengths_k)" else ""
        val row = Seq((q, k, v, shape.lengthsQ, shape.lengthsK)).toDF("q", "k", "v", "lengths_q", "lengths_k")
        val attended = row.selectExpr(
          s"varlen_attention(q, k, v, varlen_cu_seqlens(lengths_q), ${shape.heads}, $kvHeads, '${mask._1}'," +
            s" 'scale=$scale,softcap=$cap'$crossing)"
        )
        val result = attended.head().getSeq[Float](0)
        val expected = reference(shape, q, k, v, mask, scale.toFloat, cap)
        assert(result.size == expected.length)
        val worst = result.zip(expected).map { case (a, b) => math.abs(a - b) }.foldLeft(0.0)(math.max)
        val largest = v.map(x => math.abs(x)).foldLeft(0f)(math.max(_, _))
        assert(worst <= 1e-5 * largest, s"seed $seed round $round $shape ${mask._1} scale $scale cap $cap")
      }
    }

    it("takes 1/sqrt(head_dim) for a scale, and gives zeros to a query that sees nothing") {
      val e = math.exp(0.5)
      val two = value(
        "select varlen_attention(array(1F,0F,0F,0F), array(1F,0F,0F,0F, 0F,0F,0F,0F), array(1F,0F,0F,0F, 0F,0F,0F,0F)," +
          " array(0, 1), 1, 1, 'full', '', array(0, 2))[0]"
      )
      assert(math.abs(two.asInstanceOf[Float] - e / (e + 1)) < 1e-6)
      assert(
        value(
          "select varlen_attention(array(1F), array(), array(), array(0, 1), 1, 1, 'full', '', array(0, 0))"
        ) == Seq(0f)
      )
      assert(value("select varlen_attention(array(), array(), array(), array(0), 2, 1)") == Seq())
      assert(value("select varlen_attention(null, array(1F), array(1F), array(0, 1), 1, 1)") == null)
    }

    it("keeps sequences apart, NaN and all") {
      val result =
        value("select varlen_attention(array(1F, 1F), array(1F, 1F), array(7F, float('NaN')), array(0, 1, 2), 1, 1)")
      assert(result.asInstanceOf[scala.collection.Seq[Float]].head == 7f)
    }

    it("says what shapes are and must be") {
      def wrong(arguments: String) = refusal(s"select varlen_attention($arguments)")
      val one = "array(1F)"
      for (
        (arguments, problem) <- Seq(
          s"array(1F, 2F, 3F), $one, $one, array(0, 2), 1, 1" ->
            "q has 3 elements; [T, heads, head_dim] with T = 2 (the end of cu_seqlens) and heads = 1 has a multiple of 2",
          s"array(), $one, $one, array(0, 2), 1, 1" -> "q has 0 elements",
          s"$one, $one, $one, array(0), 1, 1" -> "T = 0 (the end of cu_seqlens) and heads = 1 has none",
          s"array(1F, 2F), $one, $one, array(0, 1), 1, 1" ->
            "k has 1 elements; [S, kv_heads, head_dim] = [1, 1, 2] has 2",
          s"$one, $one, array(1F, 2F), array(0, 1), 1, 1" -> "v has 2 elements",
          s"$one, $one, $one, array(1, 1), 1, 1" -> "cu_seqlens: cu_seqlens start with 0",
          s"$one, $one, $one, array(0, 1), 1, 1, 'full', '', array(0, 0, 1)" ->
            "cu_seqlens_q hold 1 sequences, cu_seqlens_k 2",
          s"$one, $one, $one, array(0, 1), 3, 2" -> "heads is 3, which is no multiple of kv_heads, 2",
          s"$one, $one, $one, array(0, 1), 1, 0" -> "kv_heads is 0; it must be at least 1",
          s"$one, $one, $one, array(0, 1), h, 1" -> "heads must be a constant int, but it is",
          s"$one, $one, $one, array(0, 1), 1, 1, 'casual'" -> "varlen_attention: mask 'casual': there is no 'casual'",
          s"$one, $one, $one, array(0, 1), 1, 1, 'full', 'scales=2'" -> "there is no option scales; did you mean scale?",
          s"$one, $one, $one, array(0, 1), 1, 1, 'full', 'scale=x'" -> "scale=x is no finite number",
          s"$one, $one, $one, array(0, 1), 1, 1, 'full', 'softcap=-1'" -> "softcap is -1.0",
          s"$one, $one, $one, array(0, 1), 1, 1, 'full', 'backend=abacus'" -> "abacus"
        )
      ) {
        val message = refusal(s"select varlen_attention($arguments) from values (1) t(h)")
        assert(message.contains(problem), message)
      }
      assert(
        wrong(s"$one, $one").contains("takes (q, k, v, cu_seqlens, heads, kv_heads[, mask[, options[, cu_seqlens_k]]])")
      )
    }
  }
}
