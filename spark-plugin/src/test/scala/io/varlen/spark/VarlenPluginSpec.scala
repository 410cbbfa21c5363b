package io.varlen.spark

import io.varlen.attention.{Backends, DeviceException}
import io.varlen.spark.engine.{Compute, Engine, ModelReference}
import org.apache.spark.{ExceptionFailure, SparkConf}
import org.apache.spark.api.plugin.PluginContext
import org.apache.spark.resource.ResourceInformation
import org.apache.spark.sql.SparkSession
import org.scalatest.funspec.AnyFunSpec

import scala.util.Try

class VarlenPluginSpec extends AnyFunSpec {
  private def run(settings: String*) = ForkedJvm.run(classOf[VarlenPluginApp], settings: _*)

  describe("VarlenPlugin") {
    it("opens the engine before the first task, reports it, and closes it with the application") {
      val outcome = run()
      assert(outcome.status == 0, outcome.output)
      assert(outcome.value("engine of the plugin") == "open")
      assert(outcome.value("after the application") == "closed")
      val report = outcome.output.linesIterator.dropWhile(!_.contains("varlen on executor driver")).take(8).toSeq
      assert(report(1).matches("  host     .+"), outcome.output)
      assert(report(2).matches("  backend  cpu \\(auto\\): .+"))
      assert(report(3).matches("  gpu      not used: .+ \\(none assigned by Spark, so the first .+\\)"))
      assert(report(4).matches("  dtypes   fp32(, bf16)?"))
      assert(report(5).matches("  natives  /.+"))
      assert(report(6).matches("  memory   heap up to \\d+ MiB"))
      assert(
        report(
          7
        ) == "  batches  embed 2048, score 8192, attend 4096 tokens, fewer for a model that has no room for so many"
      )
    }

    it("tells of the driver once, with the keys that are set and without credentials") {
      val outcome = run(
        "spark.varlen.embed.tokenBudget=777",
        "spark.varlen.model.jar=s3a://key:hidden@bucket/model.jar",
        "spark.hadoop.fs.s3a.secret.key=hidden"
      )
      assert(outcome.status == 0, outcome.output)
      val report = outcome.output.linesIterator.dropWhile(!_.matches(".*varlen .+ on the driver")).take(4).toSeq
      assert(report(1).matches("  spark    \\S+, Scala 2\\.\\d+\\.\\d+, Java .+, local\\[2]"), outcome.output)
      assert(
        report(2).startsWith("  keys     ") &&
          report(2).endsWith("spark.varlen.embed.tokenBudget=777, spark.varlen.model.jar=s3a://***@bucket/model.jar")
      )
      assert(report(3) == "  rapids   not on the class path")
      assert(outcome.output.contains("  batches  embed 777, score 8192, attend 4096 tokens"))
      assert(outcome.output.linesIterator.count(_.endsWith("varlen on executor driver")) == 1)
      assert(!outcome.output.contains("hidden"), outcome.output)
    }

    it("tells the driver what an executor elsewhere uses, before that executor knows its own host") {
      val outcome = ForkedJvm.run(classOf[VarlenExecutorApp])
      assert(outcome.status == 0, outcome.output)
      assert(
        outcome
          .value("sent")
          .matches(
            "varlen on executor 7;  host .+;  backend  cpu .+;  gpu      .+3, 5, assigned by Spark\\);  dtypes .+;  natives .+;  memory .+;  batches .+"
          )
      )
      assert(outcome.value("left in the JVM") == "null")
      assert(outcome.value("after shutdown") == "closed")
    }

    it("ends an executor whose device is lost, and for no other failure") {
      val outcome = ForkedJvm.run(classOf[VarlenExecutorApp], "device is lost")
      assert(outcome.value("after shutdown") == "closed")
      assert(outcome.status == 20 && !outcome.output.contains("still there"), outcome.output)
      for (kind <- DeviceException.Kind.values) {
        val failure = new RuntimeException(new DeviceException(kind, "a device"))
        assert(
          VarlenPlugin.hasLostDevice(VarlenPluginSpec.failure(failure)) == (kind == DeviceException.Kind.FATAL),
          kind
        )
      }
      assert(!VarlenPlugin.hasLostDevice(org.apache.spark.TaskResultLost))
    }

    it("stops an application whose keys are wrong, saying what would be right") {
      val unknown = run("spark.varlen.bakend=cpu")
      assert(unknown.status != 0)
      assert(unknown.output.contains("there is no key spark.varlen.bakend; did you mean spark.varlen.backend?"))
      val bad = run("spark.varlen.embed.tokenBudget=some")
      assert(bad.output.contains("spark.varlen.embed.tokenBudget=some: must be a whole number"))
    }

    it("stops a local application that is to assign GPUs, which would hang") {
      val outcome = run("spark.executor.resource.gpu.amount=1", "spark.task.resource.gpu.amount=1")
      assert(outcome.status != 0 && !outcome.output.contains("a task="), outcome.output)
      assert(outcome.output.contains("with master local[2]: in local mode Spark has no GPUs to assign"))
    }

    it("stops an executor that is to have a GPU and has none") {
      val outcome = run("spark.varlen.gpu.required=true")
      assert(outcome.status != 0 && !outcome.output.contains("a task="), outcome.output)
      assert(outcome.output.contains("spark.varlen.gpu.required is set, but "))
      assert(outcome.output.contains(" has no GPU for this executor: "))
    }

    it("lets an application start whose folder for natives cannot be made, and says so") {
      val outcome = run("spark.varlen.native.dir=/proc/nowhere")
      assert(outcome.status == 0, outcome.output)
      assert(outcome.output.contains("  cannot create /proc/nowhere"))
      assert(outcome.value("a task").contains("cannot create /proc/nowhere"))
    }

    it("lets an application start whose backend is not there, and says so") {
      val outcome = run("spark.varlen.backend=cuda")
      assert(outcome.status == 0, outcome.output)
      assert(outcome.output.contains("  backend cuda is not available"))
      assert(outcome.value("a task").contains("backend cuda is not available"))
    }
  }
}

object VarlenPluginSpec {

  /** As Spark makes it of what a task throws, by a constructor that it keeps to itself. */
  def failure(thrown: Throwable): ExceptionFailure =
    classOf[ExceptionFailure]
      .getConstructor(classOf[Throwable], classOf[Seq[_]])
      .newInstance(thrown, Seq.empty)
}

/** An application with the plugin. */
object VarlenPluginApp {
  def main(args: Array[String]): Unit = {
    val builder = SparkSession
      .builder()
      .master("local[2]")
      .config("spark.ui.enabled", "false")
      .config("spark.plugins", classOf[VarlenPlugin].getName)
    args.foreach { setting =>
      val Array(key, value) = setting.split("=", 2)
      builder.config(key, value)
    }
    val spark = builder.getOrCreate()
    val engine = Try(Engine.get)
    println(s"engine of the plugin=${state(engine)}")
    val model = ModelReference.of(ModelReference.BUILTIN, null)
    val dimension = Try(
      spark.sparkContext.parallelize(Seq(1)).map(_ => Engine.get.encoder(model, Compute.DEFAULT).dimension).first()
    )
    println(s"a task=${dimension.fold(_.getMessage.linesIterator.mkString(" "), _.toString)}")
    spark.stop()
    println(s"after the application=${state(engine)}")
  }

  private def state(engine: Try[Engine]): String =
    engine
      .flatMap(opened => Try(opened.report(Compute.on("cpu"))))
      .fold(e => if (e.getMessage.contains("closed")) "closed" else "failed", _ => "open")
}

class VarlenPluginApp

/** The executor's part as a cluster starts it: on Spark 4.1 a plugin that asks for the host's name gets an exception.
  */
object VarlenExecutorApp {
  def main(args: Array[String]): Unit = {
    var sent = Seq.empty[String]
    val context = new PluginContext {
      override def executorID: String = "7"
      override def hostname: String = throw new NullPointerException("the block manager is not there yet")
      override def send(message: Object): Unit = sent :+= message.toString
      override def ask(message: Object): Object = throw new UnsupportedOperationException
      override def conf: SparkConf = new SparkConf()
      override val metricRegistry: com.codahale.metrics.MetricRegistry = new com.codahale.metrics.MetricRegistry
      override def resources: java.util.Map[String, ResourceInformation] =
        java.util.Map.of("gpu", new ResourceInformation("gpu", Array("3", "5")))
    }
    val plugin = new VarlenPlugin().executorPlugin
    plugin.init(context, java.util.Map.of())
    println("sent=" + sent.map(_.replace("\n", ";")).mkString)
    println("left in the JVM=" + System.getProperty(Backends.CUDA_DEVICE))
    val engine = Engine.get
    plugin.onTaskFailed(VarlenPluginSpec.failure(new IllegalStateException("of the task alone")))
    plugin.shutdown()
    println("after shutdown=" + Try(engine.report(Compute.on("cpu"))).fold(_ => "closed", _ => "open"))
    if (args.nonEmpty) {
      plugin.onTaskFailed(VarlenPluginSpec.failure(new DeviceException(DeviceException.Kind.FATAL, "it is gone")))
      println("still there=true")
    }
  }
}

class VarlenExecutorApp
