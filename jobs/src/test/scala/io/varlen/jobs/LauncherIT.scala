package io.varlen.jobs

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import org.apache.spark.sql.SparkSession
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

/** jobs/bin/varlen with the jars that were just built and the embedded Spark. */
class LauncherIT extends AnyFunSpec {
  private val folder = TestFiles.newFolder("launcher it").toRealPath()
  private val random = new Random(3)
  for (i <- 1 to 40) {
    val words = Seq.fill(5 + random.nextInt(300))(random.alphanumeric.take(1 + random.nextInt(8)).mkString)
    Files.writeString(Files.createDirectories(folder.resolve("docs")).resolve(f"$i%02d.txt"), words.mkString(" "))
  }

  private case class Outcome(status: Int, out: String, err: String) {
    def json: JsonNode = new ObjectMapper().readTree(out.linesIterator.toList.last)
  }

  private def varlen(args: String*): Outcome = {
    val command = TestFiles.moduleFolder.resolve("bin/varlen").toString +: args
    val builder = new ProcessBuilder(command.asJava).directory(folder.toFile)
    List("SPARK_HOME", "SPARK_CONF_DIR").foreach(builder.environment.remove)
    val err = Files.createTempFile(folder, "err", ".txt")
    val process = builder.redirectError(err.toFile).start()
    val out = new String(process.getInputStream.readAllBytes(), UTF_8)
    Outcome(process.waitFor(), out, Files.readString(err))
  }

  private def pack(output: String, more: String*): Outcome = {
    val args = Seq("pack", "--input", "docs", "--tokenizer", "tiktoken:o200k_base", "--seq-len", "256", "--json")
    varlen(args ++ Seq("--output", output) ++ more: _*)
  }

  private lazy val local = pack("local packed")

  private def part: Path =
    folder.resolve("local packed").toFile.listFiles().find(_.getName.matches("part-\\w+-\\d+\\.parquet")).get.toPath

  it("packs, with paths relative to the caller, one JSON object on standard output and nothing else") {
    assert(local.status == 0, local)
    assert(local.out.linesIterator.size == 1 && local.json.get("documents").asInt == 40)
    assert(Files.exists(folder.resolve("local packed/_varlen/manifest.json")))
    assert(!local.err.contains("WARN"), local.err)
  }

  it("gives the same digest on local-cluster[2,2,2048]") {
    val cluster = pack("cluster packed", "--master", "local-cluster[2,2,2048]", "--conf", "spark.executor.memory=1g")
    assert(cluster.status == 0, cluster)
    assert(cluster.json.get("digest") == local.json.get("digest"))
    val verified = varlen("verify", "--input", "cluster packed", "--json")
    assert(verified.status == 0 && verified.json.get("digest") == local.json.get("digest"))
  }

  it("embeds on local-cluster with the built-in model as it does in local mode") {
    def embed(output: String, more: String*) = {
      val args = Seq("embed", "--input", "docs", "--model", "builtin:all-minilm-l6-v2", "--max-length", "32", "--json")
      varlen(args ++ Seq("--output", output) ++ more: _*)
    }
    val cluster =
      embed("cluster vectors", "--master", "local-cluster[2,1,2048]", "--conf", "spark.executor.memory=1g")
    assert(cluster.status == 0, cluster)
    assert(cluster.json.get("documents").asInt == 40 && cluster.json.get("dimension").asInt == 384)
    assert(embed("local vectors").status == 0)
    val spark = SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try {
      def vectors(output: String) =
        SemanticSearch.vectors(spark, folder.resolve(output).toString).asScala.map(v => v.docId -> v.values.toSeq)
      assert(vectors("cluster vectors").size == 40 && vectors("cluster vectors") == vectors("local vectors"))
    } finally spark.stop()
  }

  it("hands on every exit status, and the one line that goes with it") {
    val wrong = varlen("verify", "--input", "docs")
    assert(wrong.status == 2 && wrong.out.isEmpty && wrong.err.linesIterator.size == 1, wrong)
    val misspelt = varlen("pakc")
    assert(misspelt.status == 2 && misspelt.err.trim == "varlen: there is no command pakc; did you mean pack?")
    assert(local.status == 0)
    Files.copy(part, part.resolveSibling("part-stray.parquet"))
    val damaged = varlen("verify", "--input", "local packed")
    assert(damaged.status == 1 && damaged.out.contains("part-stray.parquet") && !damaged.err.contains("\tat "), damaged)
    assert(varlen("--help").status == 0)
  }

  it("prints one line and no stack where Spark does not start, or a task fails") {
    val noSession = varlen("doctor", "--conf", "spark.serializer=no.such.Serializer")
    assert(noSession.status == 1 && noSession.err.linesIterator.size == 1, noSession)
    assert(local.status == 0)
    Files.deleteIfExists(part.resolveSibling(s".${part.getFileName}.crc"))
    Files.write(part, Files.readAllBytes(part).take(5000))
    val badTask = varlen("inspect", "--input", "local packed", "--row", "1")
    assert(badTask.status != 0 && badTask.err.linesIterator.size == 1 && badTask.out.isEmpty, badTask)
  }
}
