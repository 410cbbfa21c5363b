package io.varlen.spark

import io.varlen.InvalidInputException
import org.apache.spark.SparkConf
import org.scalatest.funspec.AnyFunSpec

import scala.jdk.CollectionConverters._

class SparkGpuConfSpec extends AnyFunSpec {
  private val executors = "spark.executor.resource.gpu.amount" -> "1"
  private val tasks = "spark.task.resource.gpu.amount" -> "0.25"
  private val cuda = "spark.varlen.backend" -> "cuda"
  private val cpu = "spark.varlen.backend" -> "cpu"

  private def conf(master: String, settings: Seq[(String, String)]) =
    new SparkConf(false).set("spark.master", master).setAll(settings)

  private def refusal(master: String, settings: (String, String)*): String =
    intercept[InvalidInputException](SparkGpuConf.requireRunnable(conf(master, settings))).getMessage

  private def notes(master: String, settings: (String, String)*): Seq[String] = {
    SparkGpuConf.requireRunnable(conf(master, settings))
    SparkGpuConf.notes(conf(master, settings)).asScala.toSeq
  }

  describe("SparkGpuConf") {
    it("refuses GPUs of Spark's in local mode, and in no other") {
      for (master <- Seq("local", "local[*]", "local[4]", "local[2,3]"); key <- Seq(executors, tasks))
        assert(refusal(master, key).startsWith(s"${key._1}=${key._2} with master $master: "))
      for (master <- Seq("local-cluster[2,1,1024]", "spark://host:7077", "yarn", "k8s://https://host"))
        assert(notes(master, executors).isEmpty)
      assert(notes("local[2]", "spark.driver.resource.gpu.amount" -> "1").isEmpty)
    }

    it("refuses a GPU that is required and must not be used") {
      val required = "spark.varlen.gpu.required" -> "true"
      assert(refusal("yarn", required, cpu).contains("spark.varlen.gpu.required=true with spark.varlen.backend=cpu"))
      assert(notes("yarn", required, executors).isEmpty)
    }

    it("has a note for what runs and is hardly meant") {
      assert(notes("yarn", cuda).head.contains("set spark.executor.resource.gpu.amount"))
      assert(notes("yarn", cuda, executors).isEmpty)
      assert(notes("local[2]", cuda).isEmpty)
      assert(notes("yarn", cpu, executors).head.endsWith("leaves these GPUs idle; leave one of them out"))
      val both = notes("yarn", executors, tasks)
      assert(both.size == 1 && both.head.startsWith("spark.task.resource.gpu.amount=0.25 keeps cores idle"))
      assert(notes("yarn", "spark.executor.resource.gpu.amount" -> "all").isEmpty)
    }
  }
}
