package io.varlen.spark.engine

import io.varlen.InvalidInputException
import io.varlen.model.{Encoder, PackedBatch}
import io.varlen.sequence.CuSeqlens
import io.varlen.spark.{Folders, ForkedJvm, Golden}
import org.apache.spark.sql.SparkSession
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.Files
import java.util.concurrent.atomic.{AtomicBoolean, AtomicInteger}
import scala.util.{Failure, Random, Success, Try}

class EngineSpec extends AnyFunSpec {
  private val builtin = ModelReference.of(ModelReference.BUILTIN, null)

  private def batch(lengths: Seq[Int], random: Random) =
    new PackedBatch(Array.fill(lengths.sum)(1000 + random.nextInt(28000)), CuSeqlens.ofLengths(lengths: _*))

  private def bits(vectors: Array[Float]): Seq[Int] = vectors.toSeq.map(x => java.lang.Float.floatToRawIntBits(x))

  describe("Engine") {
    it("gives 16 threads the same model, tokenizer and backend, each loaded once") {
      val engine = new Engine(null)
      val answers = SharedResourcesSpec.together(16) { _ =>
        val encoder = engine.encoder(builtin, Compute.on("cpu"))
        val files = engine.model(builtin)
        (encoder, files, engine.tokenizer(files.tokenizer))
      }
      assert(answers.forall(_.isSuccess), answers)
      val (encoder, files, tokenizer) = answers.head.get
      for (other <- answers.map(_.get))
        assert((other._1 eq encoder) && (other._2 eq files) && (other._3 eq tokenizer))
      assert(engine.encoder(builtin.withSha256(files.sha256), Compute.on("cpu")) eq encoder)
      engine.close()
    }

    it("keeps what it shares open when a task closes it") {
      val engine = new Engine(null)
      val encoder = engine.encoder(builtin, Compute.DEFAULT)
      val input = batch(Seq(5, 9), new Random(1))
      val before = bits(encoder.embed(input))
      encoder.close()
      engine.tokenizer(engine.model(builtin).tokenizer).close()
      assert(bits(encoder.embed(input)) == before)
      engine.close()
    }

    it("refuses new work once closed, and lets the calls end that have begun") {
      val engine = new Engine(null)
      val encoder = engine.encoder(builtin, Compute.DEFAULT)
      val expected = bits(encoder.embed(batch(Seq(300, 2), new Random(1))))
      val stop = new AtomicBoolean
      val finished = new AtomicInteger
      val threads = Seq.fill(4)(new Thread(() => {
        while (!stop.get) {
          Try(encoder.embed(batch(Seq(300, 2), new Random(1)))) match {
            case Success(vectors) => if (bits(vectors) == expected) finished.incrementAndGet()
            case Failure(e)       => if (e.getMessage.contains("closed")) stop.set(true) else throw e
          }
        }
      }))
      threads.foreach(_.start())
      while (finished.get < 4) Thread.sleep(1)
      engine.close()
      threads.foreach(_.join(60000))
      assert(threads.forall(!_.isAlive) && stop.get)
      for (
        refused <- Seq(
          () => engine.encoder(builtin, Compute.DEFAULT),
          () => engine.model(builtin),
          () => engine.report(Compute.DEFAULT)
        )
      )
        assert(intercept[IllegalStateException](refused()).getMessage.contains("closed"))
      engine.close()
    }

    it("gives everything back, however often it is opened and closed") {
      // a heap that is resident from the start, so that what grows is not the heap
      val outcome = ForkedJvm.runWith("-Xms768m", "-Xmx768m", "-XX:+AlwaysPreTouch")(classOf[ReopeningApp])
      assert(outcome.status == 0, outcome.output)
      assert(outcome.value("different vectors") == "1")
      // each round would leave behind 90 MB of weights
      assert(outcome.value("MiB grown in six rounds").toInt < 270, outcome.output)
    }

    it("takes a model from another file system, by way of a copy on this host") {
      val jar = System.getProperty("java.class.path").split(":").find(_.contains("all-minilm-l6-v2")).get
      System.setProperty("spark.hadoop.fs.faraway.impl", classOf[ModelStoreSpec.FarawayFileSystem].getName)
      try {
        val engine = new Engine(null)
        val remote = ModelReference.of(ModelReference.BUILTIN, "faraway://host" + jar)
        val input = batch(Seq(7), new Random(3))
        val expected = bits(engine.encoder(builtin, Compute.on("cpu")).embed(input))
        val before = ModelStoreSpec.FarawayFileSystem.opened.get
        assert(
          bits(
            engine.encoder(remote.withSha256(engine.model(builtin).sha256), Compute.on("cpu")).embed(input)
          ) == expected
        )
        engine.close()
        val another = new Engine(null)
        assert(another.model(remote).sha256 == another.model(builtin).sha256)
        assert(ModelStoreSpec.FarawayFileSystem.opened.get - before <= 1)
        another.close()
      } finally System.clearProperty("spark.hadoop.fs.faraway.impl")
    }

    it("reports a bad model to each asker and opens it once it is good") {
      val engine = new Engine(null)
      val folder = Folders.create("bad-model")
      val bad = ModelReference.of(folder.toString, null)
      val answers = SharedResourcesSpec.together(4)(_ => engine.encoder(bad, Compute.DEFAULT))
      for (answer <- answers) answer match {
        case Failure(e: InvalidInputException) =>
          assert(e.getMessage.contains(folder.toString) && !e.getMessage.contains("\n"))
        case other => fail(s"$other")
      }
      Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"bert\"")
      assert(intercept[InvalidInputException](engine.encoder(bad, Compute.DEFAULT)).getMessage.contains("config.json"))
      val missing = ModelReference.of(folder.resolve("nowhere").toString, null)
      assert(intercept[InvalidInputException](engine.model(missing)).getMessage.startsWith("there is no model folder"))
      engine.close()
    }

    it("refuses a model that is not the driver's") {
      val engine = new Engine(null)
      val other = builtin.withSha256("0" * 64)
      val e = intercept[InvalidInputException](engine.encoder(other, Compute.DEFAULT))
      assert(e.getMessage.contains("0" * 64) && e.getMessage.contains(engine.model(builtin).sha256))
      engine.close()
    }

    it("takes a model by the SHA-256 that is demanded, and no other") {
      val engine = new Engine(null)
      val sha256 = engine.model(builtin).sha256
      assert(
        engine
          .model(ModelReference.of(s"${ModelReference.BUILTIN}#sha256=${sha256.toUpperCase}", null))
          .sha256 == sha256
      )
      val other = ModelReference.of(s"${ModelReference.BUILTIN}#sha256=${"0" * 64}", null)
      val e = intercept[InvalidInputException](engine.model(other))
      assert(e.getMessage.contains(sha256) && e.getMessage.contains("0" * 64))
      val bad = intercept[InvalidInputException](ModelReference.of("/models/x#sha256=12", null))
      assert(bad.getMessage.contains("'12' behind the model's name is no SHA-256"))
      assert(ModelReference.of("hdfs://host/m#sha256=" + "a" * 64, null).location == "hdfs://host/m")
      engine.close()
    }

    it("names the backends there are when asked for another") {
      val engine = new Engine(null)
      assert(
        intercept[InvalidInputException](engine.report(Compute.on("cuda"))).getMessage.contains("cuda is not available")
      )
      assert(
        intercept[InvalidInputException](engine.encoder(builtin, Compute.on("gpu"))).getMessage
          .contains("no backend 'gpu'")
      )
      assert(engine.report(Compute.on("cpu")).backend == "cpu")
      engine.close()
    }
  }

  describe("Engine.get") {
    it("is one per application and JVM, and ends with its application") {
      val outcome = ForkedJvm.run(classOf[EngineApp])
      assert(outcome.status == 0, outcome.output)
      assert(outcome.value("in tasks") == "true")
      assert(outcome.value("another application, another engine") == "true")
      assert(outcome.value("the first one is closed") == "true")
      assert(outcome.value("closed for the rest of its application") == "true")
      assert(outcome.value("open in the next application") == "cpu")
      assert(outcome.value("configured backend").contains("cuda is not available"))
      assert(outcome.value("named backend") == "cpu")
    }
  }

  describe("the encoder") {
    it("gives a sequence the same bits alone and in any company") {
      val seed = System.nanoTime()
      info(s"seed $seed")
      val random = new Random(seed)
      val engine = new Engine(null)
      val encoder = engine.encoder(builtin, Compute.on("cpu"))
      val lengths = Seq.fill(40)(1 + random.nextInt(300)) ++ Seq(1, 2, 15, 16, 17, 300)
      val sequences = lengths.map(length => Array.fill(length)(1000 + random.nextInt(28000)))
      def embed(chosen: Seq[Array[Int]]): Seq[Seq[Int]] = embedAll(encoder, chosen).map(bits)
      val alone = sequences.flatMap(sequence => embed(Seq(sequence)))
      for (_ <- 1 to 4) {
        val order = random.shuffle(sequences.indices.toList)
        order.grouped(1 + random.nextInt(46)).foreach { company =>
          assert(embed(company.map(sequences)) == company.map(alone))
        }
      }
      engine.close()
    }
  }

  private def embedAll(encoder: Encoder, sequences: Seq[Array[Int]]): Seq[Array[Float]] =
    encoder
      .embed(new PackedBatch(sequences.flatten.toArray, CuSeqlens.ofLengths(sequences.map(_.length): _*)))
      .grouped(encoder.dimension)
      .toSeq

  describe("the golden set") {
    it("is met by the encoder itself") {
      val engine = new Engine(null)
      val encoder = engine.encoder(builtin, Compute.on("cpu"))
      val texts = Golden.lines(Golden.texts)
      val inputs = texts.map(text => text.get("input_ids").elements)
      val ids = inputs.map(elements => Iterator.continually(elements).takeWhile(_.hasNext).map(_.next.intValue).toArray)
      for ((text, vector) <- texts.zip(embedAll(encoder, ids)))
        assert(Golden.cosine(vector, Golden.textEmbeddings(text.get("id").textValue)) >= 0.99999)
      engine.close()
    }
  }
}

/** Applications one after the other in one JVM. */
object EngineApp {
  private def session(settings: (String, String)*): SparkSession = {
    val builder = SparkSession.builder().master("local[2]").config("spark.ui.enabled", "false")
    settings.foreach { case (key, value) => builder.config(key, value) }
    builder.getOrCreate()
  }

  private def isClosed(engine: Engine): Boolean =
    Try(engine.report(Compute.DEFAULT)).failed.toOption.exists(_.getMessage.contains("closed"))

  def main(args: Array[String]): Unit = {
    val first = session()
    val engine = Engine.get
    val identity = System.identityHashCode(engine)
    val tasks = first.sparkContext.parallelize(1 to 8, 8).map(_ => System.identityHashCode(Engine.get)).collect()
    println(s"in tasks=${tasks.forall(_ == identity)}")
    first.stop()
    val second = session()
    println(s"another application, another engine=${Engine.get ne engine}")
    println(s"the first one is closed=${isClosed(engine)}")
    Engine.get.close()
    println(s"closed for the rest of its application=${isClosed(Engine.get)}")
    second.stop()
    val third = session()
    println(s"open in the next application=${Engine.get.report(Compute.DEFAULT).backend}")
    third.stop()
    session("spark.varlen.backend" -> "cuda")
    println(s"configured backend=${Try(Engine.get.report(Compute.DEFAULT)).failed.get.getMessage}")
    println(s"named backend=${Engine.get.report(Compute.on("cpu")).backend}")
  }
}

class EngineApp

/** Opens and closes one engine after the other. */
object ReopeningApp {
  def main(args: Array[String]): Unit = {
    val model = ModelReference.of(ModelReference.BUILTIN, null)
    val rounds = for (_ <- 1 to 10) yield {
      val engine = Engine.get
      val encoder = engine.encoder(model, Compute.on("cpu"))
      engine.tokenizer(engine.model(model).tokenizer)
      val vector = encoder.embed(new PackedBatch(Array.fill(300)(2000), CuSeqlens.ofLengths(300))).toSeq
      engine.close()
      System.gc()
      (vector, residentMiB)
    }
    println(s"different vectors=${rounds.map(_._1).distinct.size}")
    println(s"MiB grown in six rounds=${rounds(9)._2 - rounds(3)._2}")
  }

  private def residentMiB: Int = {
    val line = Files.readAllLines(java.nio.file.Path.of("/proc/self/status")).toArray.map(_.toString)
    line.find(_.startsWith("VmRSS")).get.replaceAll("[^0-9]", "").toInt / 1024
  }
}

class ReopeningApp
