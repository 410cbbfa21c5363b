package io.varlen.spark.metrics

import io.varlen.spark.input.{InputFormat, InputOptions}
import io.varlen.spark.job._
import io.varlen.spark.{Folders, Golden, LocalSpark, TestFiles, TinyLlama}
import io.varlen.tokenizer.TokenizerSources
import org.apache.spark.TaskContext
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.Path
import scala.jdk.CollectionConverters._

class StageCountersSpec extends AnyFunSpec {
  private val corpus = new InputOptions(TestFiles.corpora.map(_.toString).asJava, InputFormat.PARAGRAPHS)

  private def figure(report: JobReport, name: String): String = report.figures.get(name).toString

  private def pack(input: InputOptions, output: Path): JobReport =
    new PackJob(
      LocalSpark.session,
      new PackOptions(input, TokenizerSources.resolve("tiktoken:cl100k_base"), 512, output.toString),
      JobProgress.NONE
    ).run()

  describe("the accumulators of stages") {
    it("show what pack has tokenized and packed, each stage's by itself") {
      var report: JobReport = null
      val stages = StageWatch.during { report = pack(corpus, Folders.create("pack").resolve("out")) }
      assert(stages.length == 2, stages)
      val Seq(tokenize, packed) = stages
      assert(tokenize("varlen tokens") == figure(report, "source_tokens"))
      assert(tokenize("varlen tokenize time, ms").toLong > 0)
      assert(!tokenize.contains("varlen rows") && !tokenize.contains("varlen fill"))
      assert(packed("varlen tokens") == figure(report, "packed_tokens"))
      assert(packed("varlen rows") == figure(report, "rows"))
      val fill = 100 * report.figures.get("efficiency").asInstanceOf[Double]
      assert(packed("varlen fill") == f"$fill%.1f %%")
    }
  }

  describe("the accumulators of a model's stages") {
    def work(stages: Seq[Map[String, String]]) = {
      assert(stages.length == 1, stages)
      assert(stages.head("varlen compute time, ms").toLong >= 0 && stages.head("varlen fill").endsWith(" %"))
      stages.head
    }
    it("show what embed gave to the model and what it left out") {
      var report: JobReport = null
      val input = new InputOptions(Seq(Golden.long.toString).asJava, InputFormat.JSONL)
      val stage = work(StageWatch.during {
        report = new EmbedJob(
          LocalSpark.session,
          EmbedJobSpec.options(input, Folders.create("embed").resolve("out")),
          JobProgress.NONE
        ).run()
      })
      assert(stage("varlen tokens") == figure(report, "encoded_tokens") && stage("varlen rows") == "4")
      assert(stage("varlen truncated tokens") == figure(report, "truncated_tokens"))
      // may be less than one
      assert(
        stage.contains("varlen tokenize time, ms") && report.figures.get("tokenize_share").asInstanceOf[Double] > 0
      )
    }
    it("show what score and attend gave to the model") {
      val texts = new InputOptions(Seq(TinyLlama.texts.toString).asJava, InputFormat.JSONL)
      var report: JobReport = null
      val scored = work(StageWatch.during {
        report = new ScoreJob(
          LocalSpark.session,
          ScoreJobSpec.options(texts, Folders.create("score").resolve("out")),
          JobProgress.NONE
        ).run()
      })
      assert(scored("varlen tokens") == figure(report, "encoded_tokens"))
      assert(scored("varlen rows") == figure(report, "documents"))
      val attended = work(StageWatch.during {
        report = new AttendJob(
          LocalSpark.session,
          AttendJobSpec.options(texts, Folders.create("attend").resolve("out")),
          (_, _) => java.util.Map.of(),
          JobProgress.NONE
        ).run()
      })
      assert(attended("varlen tokens") == figure(report, "queries"))
      assert(attended("varlen rows") == figure(report, "sampled_rows"))
    }
  }

  describe("a report") {
    it("says where the time of the tasks went that made the output") {
      val output = Folders.create("pack").resolve("out")
      val figures = pack(corpus, output).figures.asScala
      def share(name: String) = figures(name).asInstanceOf[Double]
      assert(share("tokenize_share") > 0 && share("tokenize_share") < 1, figures)
      assert(share("compute_share") == 0 && share("wait_share") == 0)
      assert(figures("memory_splits") == 0L && figures("executors") == 1)
      val again = pack(corpus, output)
      assert(again.unchanged && again.figures.get("tokenize_share") == figures("tokenize_share"))
    }
    it("says how full a model's batches were") {
      val input = new InputOptions(Seq(Golden.long.toString).asJava, InputFormat.JSONL)
      val options = EmbedJobSpec.options(input, Folders.create("embed").resolve("out"))
      val figures = new EmbedJob(LocalSpark.session, options, JobProgress.NONE).run().figures.asScala
      def share(name: String) = figures(name).asInstanceOf[Double]
      assert(share("compute_share") > 0 && share("compute_share") + share("tokenize_share") <= 1, figures)
      assert(share("batch_fill") > 0 && share("batch_fill") <= 1, figures)
    }
  }

  describe("a task") {
    it("counts for as long as its function is used, and says in the name that attempts are included") {
      val counters = StageCounters.of(LocalSpark.session.sparkContext)
      val data = LocalSpark.context.parallelize((1 to 4).asJava, 4)
      assert(counters.rows.name.get == "varlen rows (attempts included)")
      val stages = StageWatch.during {
        for (_ <- 1 to 2) data.foreach { n => counters.hashCode; TaskMetrics.current.rows(n.toLong) }
      }
      assert(stages.map(_("varlen rows")) == Seq("10", "20"))
    }
    it("counts in the first counters that reach it, and in none where none do") {
      val first = StageCounters.of(LocalSpark.session.sparkContext)
      val second = StageCounters.of(LocalSpark.session.sparkContext)
      val data = LocalSpark.context.parallelize((1 to 4).asJava, 2)
      val stages = StageWatch.during {
        data
          .map { n => first.hashCode; TaskMetrics.current.batch(n.toLong, 5); n }
          .map { n => second.hashCode; TaskMetrics.current.computed(n * 1000000L); n }
          .count()
        data.map { n => TaskMetrics.current.tokens(7); n }.count()
        data.map { n => StageCounters.NONE.hashCode; TaskMetrics.current.tokens(7); n }.count()
      }
      assert(stages == Seq(Map("varlen tokens" -> "10", "varlen fill" -> "50.0 %", "varlen compute time, ms" -> "10")))
    }
    it("knows where its own time went, and nothing of other tasks'") {
      val times = LocalSpark.context
        .parallelize((1 to 8).asJava, 8)
        .map { n =>
          TaskMetrics.current.tokenized(n.toLong)
          TaskMetrics.current.waited(10L * n)
          TaskMetrics.current.splits(1)
          Thread.sleep(5)
          TaskMetrics.current.work
        }
        .collect()
        .asScala
      assert(times.map(_.tokenizeNanos) == (1L to 8L) && times.map(_.waitNanos) == (10L to 80L by 10L))
      assert(
        times.forall(t => t.splits == 1 && t.computeNanos == 0 && t.executors.size == 1 && t.taskNanos >= 5000000L),
        times
      )
    }
  }

  describe("a task that has ended") {
    it("may still count, and is forgotten") {
      val counted = LocalSpark.context
        .parallelize((1 to 2).asJava, 2)
        .map { _ =>
          TaskContext.get().addTaskCompletionListener[Unit] { _ =>
            TaskMetrics.current.rows(1)
            TaskMetrics.current.tokens(1)
          }
          1
        }
        .count()
      assert(counted == 2)
    }
  }

  describe("outside a task") {
    it("nothing is counted") {
      TaskMetrics.current.tokens(5)
      TaskMetrics.current.tokenized(5)
      assert(TaskMetrics.current.work == TaskWork.NONE)
    }
  }

  describe("a function that carries counters") {
    it("is the same as another, so that plans may share what they compute") {
      val one = StageCounters.here
      assert(one == StageCounters.here && one == StageCounters.NONE && one.hashCode == StageCounters.NONE.hashCode)
    }
    it("can be sent although its application has ended") {
      val sent = new org.apache.spark.serializer.JavaSerializer(LocalSpark.session.sparkContext.getConf).newInstance()
      val unregistered = classOf[StageCounters].getDeclaredConstructor()
      unregistered.setAccessible(true)
      val received = sent.deserialize[StageCounters](sent.serialize(unregistered.newInstance()))
      assert(received eq StageCounters.NONE)
    }
  }
}
