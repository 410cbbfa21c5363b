package io.varlen.spark.embedding

import io.varlen.InvalidInputException
import io.varlen.attention.{AttentionListener, AttentionTrace}
import io.varlen.model.{Encoder, PackedBatch}
import io.varlen.spark.inference.DocumentIds
import io.varlen.tokenizer.SpecialTokens
import org.scalatest.funspec.AnyFunSpec

import scala.collection.mutable.ArrayBuffer
import scala.util.Random

class DocumentEmbedderSpec extends AnyFunSpec {
  import DocumentEmbedderSpec._

  private val bert = new SpecialTokens(Array(101), Array(102, 103), 0)
  private val bare = new SpecialTokens(Array(), Array(), 0)

  private def embed(
      documents: Seq[Seq[Int]],
      special: SpecialTokens,
      maxLength: Int,
      way: LongDocuments,
      budget: Int,
      encoder: Encoder = new HashEncoder,
      normalise: Boolean = true,
      prompt: Seq[Int] = Seq.empty,
      dimension: Int = 4,
      trace: AttentionTrace = AttentionTrace.OFF
  ): Seq[DocumentEmbedding] = {
    val rows = ArrayBuffer.empty[DocumentEmbedding]
    val input = new ModelInput(special, prompt.toArray, maxLength, way)
    val form = new VectorForm(dimension, normalise)
    val embedder = new DocumentEmbedder(encoder, input, form, budget, trace, row => rows += row)
    documents.zipWithIndex.foreach { case (ids, i) => embedder.add(new DocumentIds(s"d$i", ids.toArray)) }
    embedder.finish()
    rows.toSeq
  }

  describe("DocumentEmbedder") {
    it("gives each document what the contract says, in order, under any budget") {
      val seed = System.nanoTime()
      info(s"seed $seed")
      val random = new Random(seed)
      for (_ <- 1 to 200) {
        val special = if (random.nextBoolean()) bert else bare
        val prompt = Seq.fill(random.nextInt(3))(random.nextInt(1000))
        val dimension = 1 + random.nextInt(4)
        val maxLength = special.count + prompt.size + 1 + random.nextInt(12)
        val way = LongDocuments.values()(random.nextInt(2))
        val normalise = random.nextBoolean()
        val documents = Seq.fill(random.nextInt(12))(prompt ++ Seq.fill(random.nextInt(40))(random.nextInt(1000)))
        val encoder = new HashEncoder
        val budget = 1 + random.nextInt(60)
        val rows = embed(documents, special, maxLength, way, budget, encoder, normalise, prompt, dimension)
        assert(rows.map(_.docId) == documents.indices.map(i => s"d$i"))
        for ((ids, row) <- documents.zip(rows)) {
          assert(row.nTokens == ids.size + special.count)
          val (inputs, truncated) = inputsOf(ids, special, maxLength, way, prompt)
          assert(row.truncatedTokens == truncated)
          val expected = expectedVector(inputs, special, normalise, prompt, dimension)
          if (expected == null) assert(row.embedding == null)
          else assert(distance(row.embedding, expected) < 1e-6)
        }
        assert(encoder.batches.forall(_.nonEmpty))
        assert(encoder.batches.forall(lengths => lengths.sum <= budget || lengths.size == 1), s"budget $budget")
        val inputs = documents.flatMap(ids => inputsOf(ids, special, maxLength, way, prompt)._1)
        assert(encoder.batches.flatten == inputs.map(_.size).filter(_ > 0))
        // greedy: no batch could have taken the first input of the next one
        encoder.batches.zip(encoder.batches.drop(1)).foreach { case (a, b) => assert(a.sum + b.head > budget) }
      }
    }

    it("gives the same bits whatever the budget and the company") {
      val random = new Random(7)
      val documents = Seq.fill(30)(Seq.fill(random.nextInt(60))(random.nextInt(1000)))
      for (way <- LongDocuments.values()) {
        val together = embed(documents, bert, 16, way, 100)
        for (budget <- Seq(1, 17, 5000))
          assert(embed(documents, bert, 16, way, budget).map(bits) == together.map(bits))
        for ((ids, row) <- documents.zip(together))
          assert(embed(Seq(ids), bert, 16, way, 100).map(bits) == Seq(bits(row)))
      }
    }

    it("tells the trace which tokens of which documents the first batches hold") {
      val lines = ArrayBuffer.empty[String]
      val trace = new AttentionTrace(2, null, (line: String, batch: Int) => lines += s"$batch $line")
      val documents = Seq(Seq(1, 2, 3), Seq.fill(9)(4), Seq(5))
      embed(documents, bert, 8, LongDocuments.CHUNKS, 16, trace = trace)
      assert(
        lines == Seq(
          "0 2 sequences, 14 tokens, longest 8; cu_seqlens [0, 6, 14]",
          "0 indices [0, 6) = d0 tokens [0, 3); [6, 14) = d1 tokens [0, 5)",
          "1 2 sequences, 11 tokens, longest 7; cu_seqlens [0, 7, 11]",
          "1 indices [0, 7) = d1 tokens [5, 9); [7, 11) = d2 tokens [0, 1)"
        )
      )
    }

    it("leaves a vector of zeros and one that is not finite as they are") {
      val zeros = embed(Seq(Seq(1)), bert, 16, LongDocuments.TRUNCATE, 100, constant(0f))
      assert(zeros.head.embedding.toSeq == Seq.fill(4)(0f))
      val broken = embed(Seq(Seq(1)), bert, 16, LongDocuments.TRUNCATE, 100, constant(Float.NaN))
      assert(broken.head.embedding.forall(_.isNaN))
    }
  }

  describe("ModelInput") {
    it("refuses a length without room for text") {
      val e = intercept[InvalidInputException](new ModelInput(bert, 3, LongDocuments.CHUNKS))
      assert(e.getMessage == "--max-length 3 leaves no room for text beside 3 special tokens; it is at least 4")
      new ModelInput(bert, 4, LongDocuments.CHUNKS)
      val prompted = intercept[InvalidInputException](new ModelInput(bert, Array(7, 8), 5, LongDocuments.CHUNKS))
      val wanted = "--max-length 5 leaves no room for text beside 3 special tokens and a prompt of 2; it is at least 6"
      assert(prompted.getMessage == wanted)
    }
  }

  describe("LongDocuments") {
    it("has two names") {
      assert(LongDocuments.ofName("truncate") == LongDocuments.TRUNCATE)
      assert(LongDocuments.ofName("chunks") == LongDocuments.CHUNKS)
      assert(intercept[InvalidInputException](LongDocuments.ofName("cut")).getMessage.contains("truncate or chunks"))
    }
  }
}

object DocumentEmbedderSpec {

  /** The vector of an input follows from its ids, and a wrong order of ids gives another. */
  def vectorOf(ids: Seq[Int]): Array[Float] = {
    val random = new Random(ids.foldLeft(17)(_ * 31 + _))
    Array.fill(4)(random.nextFloat() * 2 - 1)
  }

  class HashEncoder extends Encoder {
    val batches: ArrayBuffer[Seq[Int]] = ArrayBuffer.empty

    override def embed(batch: PackedBatch, listener: AttentionListener): Array[Float] = {
      val cu = batch.cuSeqlens
      batches += (0 until cu.count).map(cu.length)
      (0 until cu.count).flatMap(i => vectorOf(batch.inputIds.slice(cu.start(i), cu.end(i)).toSeq)).toArray
    }
    override def dimension: Int = 4
    override def maxPositions: Int = 1000
    override def close(): Unit = ()
  }

  def constant(value: Float): Encoder = new HashEncoder {
    override def embed(batch: PackedBatch, listener: AttentionListener): Array[Float] =
      Array.fill(4 * batch.cuSeqlens.count)(value)
  }

  /** The inputs of a text as DESIGN 1.3 has them, and how many of its ids are in none. */
  def inputsOf(
      ids: Seq[Int],
      special: SpecialTokens,
      maxLength: Int,
      way: LongDocuments,
      prompt: Seq[Int]
  ): (Seq[Seq[Int]], Int) = {
    val room = maxLength - special.prefix.length - special.suffix.length - prompt.size
    val text = ids.drop(prompt.size)
    val texts =
      if (text.isEmpty) Seq(text)
      else if (way == LongDocuments.CHUNKS) text.grouped(room).toSeq
      else Seq(text.take(room))
    val inputs = texts.map(part => special.prefix.toSeq ++ prompt ++ part ++ special.suffix.toSeq)
    (inputs, text.size - texts.map(_.size).sum)
  }

  def expectedVector(
      inputs: Seq[Seq[Int]],
      special: SpecialTokens,
      normalise: Boolean,
      prompt: Seq[Int],
      dimension: Int
  ): Seq[Double] = {
    if (inputs == Seq(Seq.empty)) return null
    val weights = if (inputs.size == 1) Seq(1.0) else inputs.map(_.size - special.count.toDouble - prompt.size)
    val sum = (0 until dimension).map(d =>
      inputs.zip(weights).map { case (input, weight) => weight * vectorOf(input)(d) }.sum / weights.sum
    )
    val length = math.sqrt(sum.map(x => x * x).sum)
    if (normalise) sum.map(_ / length) else sum
  }

  def distance(a: Array[Float], b: Seq[Double]): Double = a.toSeq.zip(b).map { case (x, y) => math.abs(x - y) }.max

  def bits(row: DocumentEmbedding): (Long, Long, Seq[Int]) = (
    row.nTokens,
    row.truncatedTokens,
    Option(row.embedding).toSeq.flatMap(_.map(x => java.lang.Float.floatToRawIntBits(x)))
  )
}
