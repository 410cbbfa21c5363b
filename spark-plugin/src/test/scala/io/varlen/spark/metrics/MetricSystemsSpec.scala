package io.varlen.spark.metrics

import io.varlen.spark.engine.ModelReference
import io.varlen.spark.input.{InputFormat, InputOptions}
import io.varlen.spark.job.{DocumentOptions, EmbedJob, EmbedOptions, JobProgress}
import io.varlen.spark.{Folders, ForkedJvm, Golden, VarlenPlugin}
import org.apache.spark.sql.SparkSession
import org.scalatest.funspec.AnyFunSpec

import java.lang.management.ManagementFactory
import java.net.{HttpURLConnection, URI}
import javax.management.ObjectName
import scala.jdk.CollectionConverters._

class MetricSystemsSpec extends AnyFunSpec {
  import MetricSystemsSpec._

  describe("the plugin's metrics") {
    lazy val outcome = ForkedJvm.run(classOf[MetricSystemsApp])

    it("are there for JMX, with what the tasks of this executor have done") {
      assert(outcome.status == 0, outcome.output)
      assert(Gauges.forall(name => outcome.value(s"jmx $name").nonEmpty))
      def jmx(name: String) = outcome.value(s"jmx $name").toDouble
      assert(jmx("tokens") == outcome.value("encoded tokens").toDouble)
      assert(jmx("rows") == outcome.value("documents").toDouble)
      assert(jmx("truncatedTokens") == outcome.value("truncated tokens").toDouble && jmx("truncatedTokens") > 0)
      assert(jmx("models") == 1 && jmx("batches") > 0 && jmx("fill") > 0 && jmx("fill") <= 1)
      assert(jmx("tokenizeMillis") > 0 && jmx("computeMillis") > jmx("tokenizeMillis"))
      assert(jmx("waitMillis") == 0 && jmx("outOfMemorySplits") == 0 && jmx("computing") == 0 && jmx("waiting") == 0)
      assert(jmx("memoryUsedBytes") > 0 && jmx("memoryUsedBytes") <= jmx("memoryBudgetBytes"))
    }
    it("are there for Prometheus, under the same names") {
      assert(outcome.status == 0, outcome.output)
      for (name <- Gauges) assert(outcome.value(s"prometheus $name") == "there", name)
      assert(outcome.value("prometheus tokens value").toDouble == outcome.value("encoded tokens").toDouble)
    }
  }
}

object MetricSystemsSpec {
  val Gauges: Seq[String] = Seq(
    "tokens",
    "rows",
    "truncatedTokens",
    "batches",
    "fill",
    "tokenizeMillis",
    "computeMillis",
    "waitMillis",
    "outOfMemorySplits",
    "models",
    "memoryUsedBytes",
    "memoryBudgetBytes",
    "computing",
    "waiting"
  )
}

/** An application with the plugin and Spark's own sinks, which it reads as an operator's tools would. */
object MetricSystemsApp {
  private val Plugin = s"plugin.${classOf[VarlenPlugin].getName}"

  def main(args: Array[String]): Unit = {
    val spark = SparkSession
      .builder()
      .master("local[2]")
      .config("spark.plugins", classOf[VarlenPlugin].getName)
      .config("spark.ui.port", "0")
      .config("spark.driver.bindAddress", "127.0.0.1")
      .config("spark.driver.host", "127.0.0.1")
      .config("spark.metrics.conf.*.sink.jmx.class", "org.apache.spark.metrics.sink.JmxSink")
      .config("spark.metrics.conf.*.sink.prometheusServlet.class", "org.apache.spark.metrics.sink.PrometheusServlet")
      .config("spark.metrics.conf.*.sink.prometheusServlet.path", "/metrics/prometheus")
      .getOrCreate()
    val options = new EmbedOptions(
      new DocumentOptions(
        new InputOptions(Seq(Golden.long.toString).asJava, InputFormat.JSONL),
        ModelReference.of(ModelReference.BUILTIN, null),
        Folders.create("embed").resolve("out").toString
      )
    )
    val figures = new EmbedJob(spark, options, JobProgress.NONE).run().figures
    println(s"documents=${figures.get("documents")}")
    println(s"encoded tokens=${figures.get("encoded_tokens")}")
    println(s"truncated tokens=${figures.get("truncated_tokens")}")
    val beans = ManagementFactory.getPlatformMBeanServer
    for (name <- MetricSystemsSpec.Gauges) {
      val bean = beans.queryNames(new ObjectName(s"metrics:name=*$Plugin.$name,*"), null).asScala.head
      println(s"jmx $name=${beans.getAttribute(bean, "Value")}")
    }
    val page = get(spark.sparkContext.uiWebUrl.get + "/metrics/prometheus/")
    for (name <- MetricSystemsSpec.Gauges) {
      val line = page.linesIterator.find(_.contains(s"${Plugin.replace('.', '_')}_${name}_Value"))
      println(s"prometheus $name=${line.fold("missing")(_ => "there")}")
      if (name == "tokens") println(s"prometheus tokens value=${line.get.split(" ").last}")
    }
    spark.stop()
  }

  private def get(url: String): String = {
    val connection = URI.create(url).toURL.openConnection().asInstanceOf[HttpURLConnection]
    try new String(connection.getInputStream.readAllBytes, "UTF-8")
    finally connection.disconnect()
  }
}

class MetricSystemsApp
