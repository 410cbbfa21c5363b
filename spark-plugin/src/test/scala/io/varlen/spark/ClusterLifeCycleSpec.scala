package io.varlen.spark

import io.varlen.attention.DeviceException
import io.varlen.spark.engine.{Compute, Engine}
import org.apache.spark.api.java.JavaSparkContext
import org.apache.spark.sql.SparkSession
import org.apache.spark.{SparkEnv, TaskContext}
import org.scalatest.funspec.AnyFunSpec

import java.io.File
import java.nio.file.attribute.PosixFilePermissions
import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._
import scala.util.{Failure, Success, Try}

/** Executors that are processes of their own, with GPUs that a script has found; where there is g++, an emulated driver
  * has them.
  */
class ClusterLifeCycleSpec extends AnyFunSpec {
  private val classPath = System.getProperty("java.class.path").split(File.pathSeparator).map(Path.of(_)).toSeq
  private val plugin = "spark.plugins" -> classOf[VarlenPlugin].getName
  private val cuda = "spark.varlen.backend" -> "cuda"

  /** What local-cluster wants: Spark's jars in a folder; workers write beside it. */
  private def sparkHome(): Path = {
    val home = Folders.create("cluster")
    val jars = Files.createDirectories(home.resolve("jars"))
    for (jar <- classPath if jar.toString.endsWith(".jar"))
      Files.createSymbolicLink(jars.resolve(jar.getFileName), jar.toAbsolutePath)
    val script = home.resolve("gpus")
    Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"0\", \"1\"]}'\n")
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"))
    home
  }

  private def run(home: Path, settings: (String, String)*) = {
    val always = Seq(
      "spark.executor.extraClassPath" -> classPath.filter(Files.isDirectory(_)).mkString(File.pathSeparator),
      "spark.executor.extraJavaOptions" ->
        s"-Dlog4j2.configurationFile=${System.getProperty("log4j2.configurationFile")} -Djava.io.tmpdir=$home"
    )
    val environment =
      Map("SPARK_HOME" -> home.toString, "SPARK_SCALA_VERSION" -> "2.13", "SPARK_LOCAL_IP" -> "127.0.0.1")
    val arguments = (always ++ settings).map { case (key, value) => s"$key=$value" }
    ForkedJvm.runIn(environment)(classOf[ClusterApp], arguments: _*)
  }

  private def gpus(home: Path, amount: Int) = Seq("executor", "worker").flatMap { who =>
    Seq(
      s"spark.$who.resource.gpu.amount" -> amount.toString,
      s"spark.$who.resource.gpu.discoveryScript" -> home.resolve("gpus").toString
    )
  }

  private def logs(home: Path): Seq[String] =
    Files.walk(home.resolve("work")).iterator.asScala.filter(_.endsWith("stderr")).map(Files.readString).toSeq

  /** Settings with which executors have two devices. */
  private def emulated(): Seq[(String, String)] =
    if (Try(new ProcessBuilder("g++", "--version").start().waitFor()).toOption.contains(0)) {
      val build = Path.of("../kernels/src/test/cuda/build").toAbsolutePath.normalize
      val process = new ProcessBuilder(build.toString, "driver").redirectErrorStream(true).start()
      val output = new String(process.getInputStream.readAllBytes()).strip.linesIterator.toSeq
      assert(process.waitFor() == 0, output)
      Seq(
        "spark.executorEnv.LD_LIBRARY_PATH" -> Path.of(output.last).getParent.toString,
        "spark.executorEnv.VARLEN_STAND_IN_DEVICES" -> "2"
      )
    } else if (System.getProperty("varlen.test.require", "").contains("emulator")) fail("there is no g++")
    else cancel("no g++: there is no emulated driver")

  describe("the plugin in a cluster") {
    it("gives tasks the GPUs of their executor in turn, and replaces an executor that has lost one") {
      val home = sparkHome()
      val settings = gpus(home, 2) ++ emulated() ++ Seq(plugin, cuda, "app.lose" -> "true")
      val outcome = run(home, settings: _*)
      assert(outcome.status == 0, outcome.output)
      for (executor <- 0 to 1) {
        val report = outcome.output.linesIterator.dropWhile(!_.contains(s"varlen on executor $executor")).take(4).toSeq
        assert(report(2).startsWith("  backend  cuda: stand-in device (sm_80)"), outcome.output)
        assert(report(3) == "  gpu      0, 1, assigned by Spark", outcome.output)
      }
      val tasks = ClusterApp.seen(outcome)
      assert(tasks.size == 16 && tasks.forall(_("backend") == "cuda"), tasks)
      for ((executor, own) <- tasks.groupBy(_("executor"))) {
        val devices = own.groupBy(_("partition").toInt % 2).map { case (slot, seen) => slot -> seen.map(_("identity")) }
        assert(devices.values.forall(_.distinct.size == 1), executor)
        assert(devices.size < 2 || devices(0).head != devices(1).head, executor)
      }
      // an executor with another number is in the place of the one that is gone
      assert(outcome.output.contains("Command exited with code 20"), outcome.output)
      assert(outcome.value("after the loss") == "8")
      assert(outcome.value("replaced") == "true" && outcome.output.contains("varlen on executor 2\n"), outcome.output)
      val own = logs(home)
      val lost = own.filter(_.contains("This executor ends, because its device is lost to it"))
      // of the others, whom the worker kills when the application stops, it may no longer read what they write
      assert(lost.size == 1 && lost.head.matches("(?s).*varlen on executor \\d: closed.*"), own)
    }

    it("is not needed: the engine opens with the first task, on the GPU that Spark gave it") {
      val home = sparkHome()
      val share = "spark.task.resource.gpu.amount" -> "0.5"
      val outcome = run(home, gpus(home, 1) ++ emulated() ++ Seq(share, cuda): _*)
      assert(outcome.status == 0, outcome.output)
      val tasks = ClusterApp.seen(outcome)
      assert(tasks.size == 16)
      assert(tasks.forall(_("gpus").matches("[01], assigned by Spark to this task")), tasks)
      assert(tasks.forall(_("backend") == "cuda") && !outcome.output.contains("varlen on executor"))
    }

    it("ends executors that are to have a GPU and have none, and the driver tells why") {
      val home = sparkHome()
      // a standalone master starts others in their place for ever
      val outcome = run(home, plugin, "spark.varlen.gpu.required" -> "true", "app.seconds" -> "45")
      assert(outcome.status == 3 && ClusterApp.seen(outcome).isEmpty, outcome.output)
      val why = "(?s).*varlen on executor \\d ends\\s+spark.varlen.gpu.required is set, but \\S+ has no GPU for .*"
      assert(outcome.output.matches(why), outcome.output)
    }
  }
}

/** An application on two executors with two cores each, as its arguments set it up. */
object ClusterApp {
  def main(args: Array[String]): Unit = {
    val builder = SparkSession
      .builder()
      .master("local-cluster[2,2,900]")
      .config("spark.executor.memory", "600m")
      .config("spark.ui.enabled", "false")
    val settings = args.map(_.split("=", 2)).map(setting => setting(0) -> setting(1)).toMap
    settings.foreach { case (key, value) => builder.config(key, value) }
    for (seconds <- settings.get("app.seconds")) {
      val end: Runnable = () => { Thread.sleep(seconds.toInt * 1000); Runtime.getRuntime.halt(3) }
      new Thread(end).start()
    }
    val spark = builder.getOrCreate()
    val context = JavaSparkContext.fromSparkContext(spark.sparkContext)
    val outcome = Try {
      for (line <- tasks(context)) println(line)
      if (settings.contains("app.lose")) {
        println(s"after the loss=${lose(context)}")
        val deadline = System.nanoTime + 90L * 1000000000
        var replaced = false
        while (!replaced && System.nanoTime < deadline) replaced = tasks(context).exists(_.contains("executor:2;"))
        println(s"replaced=$replaced")
      }
    }
    spark.stop()
    outcome match {
      case Success(_) => println("stopped=true")
      case Failure(e) => e.printStackTrace(); System.exit(1)
    }
  }

  /** Enough at once, and for so long, that each executor has some. */
  private def tasks(context: JavaSparkContext): Seq[String] =
    context
      .parallelize((0 until 16).map(Int.box).asJava, 16)
      .map { _ =>
        Thread.sleep(200)
        val report = Engine.get.report(Compute.DEFAULT)
        Seq(
          "executor" -> SparkEnv.get.executorId,
          "partition" -> TaskContext.getPartitionId(),
          "backend" -> report.backend,
          "gpus" -> report.gpus,
          "identity" -> System.identityHashCode(Engine.get.backend(Compute.DEFAULT))
        ).map { case (key, value) => s"$key:$value" }.mkString("task=", ";", "")
      }
      .collect()
      .asScala
      .toSeq

  /** One task loses its device, once. */
  private def lose(context: JavaSparkContext): Long =
    context
      .parallelize((0 until 8).map(Int.box).asJava, 8)
      .filter { _ =>
        if (TaskContext.getPartitionId() == 3 && TaskContext.get().attemptNumber() == 0)
          throw new DeviceException(DeviceException.Kind.FATAL, "an illegal access, as the test wants it")
        Engine.get.report(Compute.DEFAULT).backend == "cuda"
      }
      .count()

  /** What each task saw. */
  def seen(outcome: ForkedJvm.Outcome): Seq[Map[String, String]] =
    outcome.output.linesIterator
      .filter(_.startsWith("task="))
      .map(_.drop("task=".length).split(";").map(_.split(":", 2)).map(pair => pair(0) -> pair(1)).toMap)
      .toSeq
}

class ClusterApp
