package io.varlen.spark.fuzz

import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.node.ObjectNode
import io.varlen.InvalidInputException
import io.varlen.attention.Backends
import io.varlen.model.{ModelFiles, Models, OnnxFuzzTarget, PackedBatch}
import io.varlen.sequence.CuSeqlens
import io.varlen.spark.dataset.PackedDataset
import io.varlen.spark.input.InputFuzzTarget
import io.varlen.tokenizer.{TokenBuffer, TokenizerSource, Tokenizers}
import org.apache.hadoop.conf.Configuration

import java.io.ByteArrayInputStream
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.nio.{ByteBuffer, ByteOrder}
import java.util.zip.GZIPInputStream
import scala.jdk.CollectionConverters._
import scala.util.Using

/** All readers of what cannot be trusted. */
object FuzzTargets {

  /** @param packed
    *   a packed dataset of one part
    * @param folder
    *   where files are written that are read
    */
  def all(packed: Path, folder: Path): Seq[FuzzTarget] = {
    Files.createDirectories(folder)
    InputFuzzTarget.all(folder) ++ Seq(OnnxFuzzTarget, TokenizerTarget, TokenizerConfigTarget) ++ ModelTarget.all(
      folder
    ) ++
      DatasetTarget.all(packed, folder)
  }

  private val resources: Path = Iterator
    .iterate(Path.of("").toAbsolutePath)(_.getParent)
    .takeWhile(_ != null)
    .map(_.resolve("kernels/src/test/resources"))
    .find(Files.isDirectory(_))
    .getOrElse(throw new IllegalStateException("not in the checkout"))

  private val llama =
    resources.getParent.getParent.getParent.getParent.resolve("spark-plugin/src/test/resources/models/llama")

  /** Opened, and given texts where it can be. */
  private object TokenizerTarget extends FuzzTarget {
    override val name = "tokenizer.json"

    private val texts =
      Seq("Hello world, it's 1234 o'clock.\n\n", "é漢字🙂\u0000\u2028", "[CLS] <s> </s> <|endoftext|>", " " * 300, "")

    override lazy val seeds: IndexedSeq[Array[Byte]] = {
      val layouts = resources.resolve("io/varlen/tokenizer/expectations")
      val names =
        Seq("bert_uncased", "gpt2", "llama2", "t5", "unigram_bytes", "every_byte_nfc", "llama3", "starcoder", "albert")
      Files.readAllBytes(llama.resolve("tokenizer.json")) +:
        names.toIndexedSeq.map(layout => unzip(layouts.resolve(layout + ".json.gz"))).map(withoutTable)
    }

    override def mutated(seed: Array[Byte], mutator: Mutator): Array[Byte] = mutator.json(seed)

    override def read(file: Array[Byte], told: String => Unit): Unit =
      Using.resource(Tokenizers.open(TokenizerSource.ofJson("tokenizer.json", file, null))) { tokenizer =>
        val ids = new TokenBuffer
        texts.map(_.getBytes(UTF_8)).foreach { text =>
          ids.clear()
          tokenizer.encode(text, 0, text.length, ids)
        }
      }

    private def unzip(file: Path): Array[Byte] =
      Using.resource(new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file))))(_.readAllBytes())

    /** The table of replacements is kept in a file of its own; without it there is no such normalizer. */
    private def withoutTable(json: Array[Byte]): Array[Byte] = {
      val mapper = new ObjectMapper()
      val root = mapper.readTree(json).asInstanceOf[ObjectNode]
      if (root.path("normalizer").toString.contains("\"precompiled_charsmap\":\"\"")) root.putNull("normalizer")
      mapper.writeValueAsBytes(root)
    }
  }

  /** What stands beside a tokenizer. */
  private object TokenizerConfigTarget extends FuzzTarget {
    override val name = "tokenizer_config.json"

    private lazy val tokenizer = Files.readAllBytes(llama.resolve("tokenizer.json"))

    override lazy val seeds: IndexedSeq[Array[Byte]] = IndexedSeq(
      Files.readAllBytes(llama.resolve("tokenizer_config.json")),
      """{"model_max_length":512,"pad_token":"<pad>","eos_token":{"content":"</s>","lstrip":false}}""".getBytes(UTF_8)
    )

    override def mutated(seed: Array[Byte], mutator: Mutator): Array[Byte] = mutator.json(seed)

    override def read(file: Array[Byte], told: String => Unit): Unit =
      Tokenizers.open(TokenizerSource.ofJson("tokenizer.json", tokenizer, file)).close()
  }

  /** A model's folder of which one file is damaged; opened, loaded and given two tokens. */
  private final class ModelTarget(override val name: String, file: String, models: Seq[Path], folder: Path)
      extends FuzzTarget {
    private val backend = ModelTarget.backend

    override lazy val seeds: IndexedSeq[Array[Byte]] =
      models.toIndexedSeq.indices.map(i => i.toByte +: Files.readAllBytes(models(i).resolve(file)))

    /** The first byte says which model it is. */
    override def mutated(seed: Array[Byte], mutator: Mutator): Array[Byte] = {
      val content = seed.drop(1)
      seed(0) +: (if (file.endsWith(".safetensors")) safetensors(content, mutator) else mutator.json(content))
    }

    private def safetensors(seed: Array[Byte], mutator: Mutator): Array[Byte] = {
      val header = ByteBuffer.wrap(seed).order(ByteOrder.LITTLE_ENDIAN).getLong.toInt
      mutator.pick(0 to 3) match {
        case 0 => mutator.bytes(seed, Nil)
        case 1 => mutator.hugeLong(ByteOrder.LITTLE_ENDIAN) ++ seed.drop(8)
        case _ =>
          val json = mutator.json(seed.slice(8, 8 + header))
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length.toLong).array ++ json ++ seed.drop(
            8 + header
          )
      }
    }

    override def read(bytes: Array[Byte], told: String => Unit): Unit = if (bytes.nonEmpty) {
      val model = models(Math.floorMod(bytes(0).toInt, models.size))
      val copy = ModelTarget.copied(model, folder.resolve(s"model-$name"))
      Files.write(copy.resolve(file), bytes.drop(1))
      val files = ModelFiles.open(copy)
      if (files.config.maxPositions >= 2 && files.config.vocabularySize > 2)
        Using.resource(Models.encoder(files, backend)) { encoder =>
          encoder.embed(new PackedBatch(Array(1, 2), CuSeqlens.ofLengths(2)))
        }
    }
  }

  private object ModelTarget {
    private lazy val backend = Backends.open("cpu", 1)

    def all(folder: Path): Seq[FuzzTarget] = {
      val models = resources.resolve("models")
      val single = Seq("bert", "distilbert", "llama4", "mistral", "modernbert", "qwen2", "roberta", "smollm").map(
        models.resolve(_)
      )
      val sentence = sentenceModel(folder.resolve("sentence"))
      val unlimited = sentenceModel(folder.resolve("sentence-unlimited"))
      Files.delete(unlimited.resolve("sentence_bert_config.json")) // so that the tokenizer's settings say how long
      Seq(
        new ModelTarget("config.json", "config.json", single :+ models.resolve("llama"), folder),
        new ModelTarget("safetensors", "model.safetensors", single, folder),
        new ModelTarget("safetensors-index", "model.safetensors.index.json", Seq(models.resolve("llama")), folder),
        new ModelTarget("model_max_length", "tokenizer_config.json", Seq(unlimited), folder)
      ) ++ Seq(
        "modules.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "config_sentence_transformers.json"
      )
        .map(file => new ModelTarget(file.replace('/', '-'), file, Seq(sentence), folder))
    }

    /** A model with all that sentence-transformers writes. */
    private def sentenceModel(into: Path): Path = {
      val model = copied(resources.resolve("models/bert"), into)
      Files.createDirectories(model.resolve("1_Pooling"))
      Map(
        "modules.json" -> """[{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
          {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
          {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""",
        "1_Pooling/config.json" -> """{"word_embedding_dimension":16,"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":true}""",
        "sentence_bert_config.json" -> """{"max_seq_length":16,"do_lower_case":false}""",
        "config_sentence_transformers.json" -> """{"prompts":{"query":"query: ","document":""},"default_prompt_name":null,"truncate_dim":4}""",
        "tokenizer_config.json" -> """{"model_max_length":512,"pad_token":"[PAD]","eos_token":{"content":"</s>"}}"""
      ).foreach { case (name, text) => Files.writeString(model.resolve(name), text) }
      model
    }

    /** Config, weights and a tokenizer, which is read by nobody here. */
    def copied(model: Path, into: Path): Path = {
      Files.createDirectories(into)
      Using.resource(Files.walk(into))(_.iterator.asScala.toList.filter(Files.isRegularFile(_)).foreach(Files.delete))
      Using.resource(Files.walk(model))(_.iterator.asScala.toList).filter(Files.isRegularFile(_)).foreach { from =>
        val to = into.resolve(model.relativize(from).toString)
        if (!from.toString.matches(".*\\.(f32|f64|py|md)|.*sequences.json")) {
          Files.createDirectories(to.getParent)
          Files.write(to, Files.readAllBytes(from))
        }
      }
      if (!Files.exists(into.resolve("tokenizer.json"))) Files.writeString(into.resolve("tokenizer.json"), "{}")
      into
    }
  }

  /** A packed dataset of which one file is damaged: all that its manifest tells, and all of its rows. */
  private final class DatasetTarget(override val name: String, packed: Path, file: String, folder: Path)
      extends FuzzTarget {
    private val hadoop = new Configuration()
    private lazy val copy = {
      val into = folder.resolve(s"dataset-$name")
      Using.resource(Files.walk(packed))(_.iterator.asScala.toList).filter(Files.isRegularFile(_)).foreach { from =>
        val to = into.resolve(packed.relativize(from).toString)
        Files.createDirectories(to.getParent)
        Files.write(to, Files.readAllBytes(from))
      }
      into
    }

    override lazy val seeds: IndexedSeq[Array[Byte]] = IndexedSeq(Files.readAllBytes(packed.resolve(file)))

    override def mutated(seed: Array[Byte], mutator: Mutator): Array[Byte] =
      if (file.endsWith(".json")) mutator.json(seed) else InputFuzzTarget.parquetDamaged(seed, mutator)

    override def read(bytes: Array[Byte], told: String => Unit): Unit = {
      Files.write(copy.resolve(file), bytes)
      val dataset = PackedDataset.open(hadoop, copy.toString)
      val packing = dataset.manifest.packing
      packing.rules
      packing.lengths.toHistogram
      packing.ledger.total
      dataset.manifest.allAppends
      dataset.manifest.allRemovals
      dataset.asInput
      dataset.tokenizer
      dataset.incomplete
      if (file.endsWith(".json")) dataset.requireIntact()
      val check = dataset.rowCheck
      dataset.manifest.parts.asScala.foreach { part =>
        require(copy.resolve(part.file).normalize.startsWith(copy), s"a part outside: ${part.file}")
        Using.resource(dataset.read(part))(_.asScala.foreach { row =>
          try row.toPackedRow(check)
          catch { case e: InvalidInputException => told(e.getMessage) }
        })
      }
    }
  }

  private object DatasetTarget {
    def all(packed: Path, folder: Path): Seq[FuzzTarget] = {
      val part = Using.resource(Files.list(packed))(
        _.iterator.asScala.map(_.getFileName.toString).find(_.endsWith(".parquet")).get
      )
      Seq(
        new DatasetTarget("manifest.json", packed, "_varlen/manifest.json", folder),
        new DatasetTarget("packed-part", packed, part, folder)
      )
    }
  }
}
