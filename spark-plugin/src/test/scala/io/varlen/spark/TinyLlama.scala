package io.varlen.spark

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import io.varlen.spark.engine.ModelReference

import java.nio.file.{Files, Path, StandardCopyOption}
import scala.jdk.CollectionConverters._

/** A tiny Llama with random weights, some texts, and what transformers says of them; `.ci/score/fixture.py` made them.
  */
object TinyLlama {
  val folder: Path = Path.of(getClass.getResource("/models/llama").toURI)
  val expected: JsonNode = new ObjectMapper().readTree(Files.readString(folder.resolve("expected.json")))
  val documents: Seq[JsonNode] = expected.get("documents").asScala.toSeq

  /** Before special tokens. */
  val Positions = 64
  val Vocabulary = 300
  val Layers = 2
  val Heads = 4

  def model: ModelReference = ModelReference.of(folder.toString, null)

  /** Its texts as JSON lines. */
  lazy val texts: Path = {
    val lines = documents.map(d => s"""{"id":${d.get("id")},"text":${d.get("text")}}""")
    Files.writeString(Folders.create("texts").resolve("texts.jsonl"), lines.mkString("", "\n", "\n"))
  }

  /** A copy of the model in a folder of its own, with another file in the place of one. */
  def changed(file: String)(change: String => String): Path = {
    val copy = Folders.create("model")
    for (name <- Seq("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"))
      Files.copy(folder.resolve(name), copy.resolve(name), StandardCopyOption.REPLACE_EXISTING)
    val before = Files.readString(copy.resolve(file))
    val after = change(before)
    require(after != before)
    Files.writeString(copy.resolve(file), after)
    copy
  }
}
