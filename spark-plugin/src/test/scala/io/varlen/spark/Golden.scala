package io.varlen.spark

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}

import java.nio.file.{Files, Path}
import java.nio.{ByteBuffer, ByteOrder}
import scala.jdk.CollectionConverters._

/** Embeddings of all-MiniLM-L6-v2 that PyTorch computed. */
object Golden {
  private val folder = Path.of(getClass.getResource("/golden/minilm-l6").toURI)
  private val dimension = 384

  val texts: Path = folder.resolve("texts.jsonl")
  val long: Path = folder.resolve("long.jsonl")

  lazy val textEmbeddings: Map[String, Array[Float]] = embeddings(texts, "embeddings.f32")
  lazy val longTruncate: Map[String, Array[Float]] = embeddings(long, "long_truncate.f32")
  lazy val longChunks: Map[String, Array[Float]] = embeddings(long, "long_chunks.f32")

  def lines(file: Path): Seq[JsonNode] =
    Files.readAllLines(file).asScala.toSeq.map(line => new ObjectMapper().readTree(line))

  def cosine(a: Array[Float], b: Array[Float]): Double = {
    require(a.length == dimension && b.length == dimension)
    def dot(x: Array[Float], y: Array[Float]) = x.indices.map(i => x(i).toDouble * y(i)).sum
    dot(a, b) / math.sqrt(dot(a, a) * dot(b, b))
  }

  private def embeddings(file: Path, name: String): Map[String, Array[Float]] = {
    val floats = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name))).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer
    val ids = lines(file).map(_.get("id").textValue)
    require(floats.remaining == ids.size * dimension)
    ids.map { id =>
      val vector = new Array[Float](dimension)
      floats.get(vector)
      id -> vector
    }.toMap
  }
}
