package io.varlen.spark.scoring

import io.varlen.InvalidInputException
import io.varlen.attention.{AttentionListener, AttentionTrace, Tensor}
import io.varlen.mask.Mask
import io.varlen.model.{CausalLm, PackedBatch, Transformer}
import io.varlen.spark.inference.DocumentIds
import io.varlen.tokenizer.SpecialTokens
import org.scalatest.funspec.AnyFunSpec

import scala.collection.mutable.ArrayBuffer
import scala.util.Random

class DocumentScorerSpec extends AnyFunSpec {
  import DocumentScorerSpec._

  private val llama = new SpecialTokens(Array(1), Array(), 0)
  private val both = new SpecialTokens(Array(1), Array(2, 3), 0)
  private val bare = new SpecialTokens(Array(), Array(), 0)

  private def score(
      documents: Seq[Seq[Int]],
      special: SpecialTokens,
      windows: ScoreWindows,
      budget: Int,
      model: HashLm = new HashLm
  ): Seq[DocumentScore] = {
    val rows = ArrayBuffer.empty[DocumentScore]
    val scorer = new DocumentScorer(model, special, windows, budget, AttentionTrace.OFF, row => rows += row)
    documents.zipWithIndex.foreach { case (ids, i) => scorer.add(new DocumentIds(s"d$i", ids.toArray)) }
    scorer.finish()
    assert(scorer.encodedTokens == model.batches.flatten.map(_.size).sum)
    rows.toSeq
  }

  describe("DocumentScorer") {
    it("scores every token but the first once, with the context that transformers' guide gives it") {
      val seed = System.nanoTime()
      info(s"seed $seed")
      val random = new Random(seed)
      for (_ <- 1 to 300) {
        val special = Seq(llama, both, bare)(random.nextInt(3))
        val maxLength = 2 + random.nextInt(12)
        val windows = new ScoreWindows(maxLength, 1 + random.nextInt(maxLength - 1))
        val documents = Seq.fill(random.nextInt(12))(Seq.fill(random.nextInt(60))(random.nextInt(Vocabulary)))
        val model = new HashLm
        val budget = 1 + random.nextInt(60)
        val rows = score(documents, special, windows, budget, model)
        assert(rows.map(_.docId) == documents.indices.map(i => s"d$i"))
        for ((ids, row) <- documents.zip(rows)) {
          val sequence = special.prefix.toSeq ++ ids ++ special.suffix
          val expected = guide(sequence, maxLength, maxLength - windows.stride)
          assert(row.nTokens == sequence.size && row.nScored == math.max(0, sequence.size - 1))
          assert(expected.size == row.nScored && row.nll == expected.sum, windows)
          if (row.nScored == 0) assert(row.perplexity == null)
          else assert(row.perplexity == math.exp(expected.sum / expected.size))
        }
        assert(model.batches.forall(b => b.map(_.size).sum <= budget || b.size == 1))
        assert(model.batches.flatten.forall(window => window.size > 1 && window.size <= maxLength))
      }
    }

    it("gives the same bits whatever the budget and the company") {
      val random = new Random(11)
      val documents = Seq.fill(40)(Seq.fill(random.nextInt(60))(random.nextInt(Vocabulary)))
      val windows = new ScoreWindows(16, 5)
      val together = score(documents, llama, windows, 100)
      for (budget <- Seq(1, 17, 5000)) assert(score(documents, llama, windows, budget) == together)
      for ((ids, row) <- documents.zip(together)) assert(score(Seq(ids), llama, windows, 100).head.nll == row.nll)
    }

    it("names the document and the id that the model does not know") {
      for (id <- Seq(Vocabulary, -1, Int.MaxValue)) {
        val message =
          intercept[InvalidInputException](score(Seq(Seq(1), Seq(5, id)), llama, new ScoreWindows(8, 4), 9)).getMessage
        assert(message.contains("document d1") && message.contains(s"id $id ") && message.contains(s"of $Vocabulary"))
      }
    }
  }

  describe("ScoreWindows") {
    it("cannot stand still, and scores no token without context") {
      for ((maxLength, stride) <- Seq(1 -> 1, 0 -> 0, 8 -> 8, 8 -> 0, 8 -> -1, 8 -> 9)) {
        val message = intercept[InvalidInputException](new ScoreWindows(maxLength, stride)).getMessage
        assert(message.contains("--stride") || message.contains("--max-length"))
      }
    }

    it("reaches the end of the longest document there can be") {
      for (windows <- Seq(new ScoreWindows(2, 1), new ScoreWindows(8192, 4096), new ScoreWindows(Int.MaxValue, 1))) {
        val last = windows.count(Int.MaxValue) - 1
        assert(windows.end(last, Int.MaxValue) == Int.MaxValue)
        assert(windows.firstScored(last) < Int.MaxValue)
      }
    }
  }
}

object DocumentScorerSpec {
  val Vocabulary = 50

  /** What a token costs after those before it: anything that depends on all of them. */
  def cost(seen: Seq[Int], token: Int): Double =
    Math.floorMod((seen :+ token).foldLeft(17)((hash, id) => hash * 31 + id + 1), 1009) / 64.0

  /** The loop of transformers' "Perplexity of fixed-length models", its names kept: the cost of every target. */
  def guide(ids: Seq[Int], maxLength: Int, stride: Int): Seq[Double] = {
    val costs = ArrayBuffer.empty[Double]
    var prevEnd = 0
    var begin = 0
    while (prevEnd < ids.size) {
      val end = math.min(begin + maxLength, ids.size)
      val targets = end - prevEnd
      val window = ids.slice(begin, end)
      // labels are shifted by the model, so that the first token of a window is never a target
      for (t <- math.max(1, window.size - targets) until window.size) costs += cost(window.take(t), window(t))
      prevEnd = end
      begin += stride
    }
    costs.toSeq
  }

  final class HashLm extends CausalLm {
    val batches = ArrayBuffer.empty[Seq[Seq[Int]]]

    override def negativeLogLikelihood(batch: PackedBatch, listener: AttentionListener): Array[Double] = {
      val bounds = batch.cuSeqlens
      val sequences =
        (0 until bounds.count).map(i => batch.inputIds.slice(bounds.start(i), bounds.end(i)).toSeq)
      batches += sequences
      sequences.flatMap { ids =>
        Double.NaN +: (1 until ids.size).map(t => cost(ids.take(t), ids(t)))
      }.toArray
    }

    override val transformer: Transformer = new Transformer {
      override def forward(batch: PackedBatch, listener: AttentionListener): Tensor = throw new AssertionError
      override def hiddenSize: Int = 1
      override def layers: Int = 1
      override def heads: Int = 1
      override def maxPositions: Int = 1 << 20
      override def vocabularySize: Int = Vocabulary
      override def masks: java.util.Map[String, Mask] = java.util.Map.of()
      override def close(): Unit = ()
    }
    override def close(): Unit = ()
  }
}
