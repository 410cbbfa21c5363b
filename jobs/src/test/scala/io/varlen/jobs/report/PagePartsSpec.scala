package io.varlen.jobs.report

import io.varlen.spark.profile.Distribution
import org.scalatest.funspec.AnyFunSpec

import scala.util.Random

/** The small parts of a page: bins, numbers, what is shown of texts. */
class PagePartsSpec extends AnyFunSpec {
  private val seed = sys.props.get("varlen.test.seed").fold(Random.nextLong())(_.toLong)

  private def distribution(values: Seq[Double]): Distribution = {
    val counts = values.groupBy(identity).map { case (value, same) => value -> same.size.toLong }.toSeq.sortBy(_._1)
    new Distribution(counts.map(_._1).toArray, counts.map(_._2).toArray)
  }

  private def checkBins(bins: Bins, values: Distribution): Unit = {
    assert(bins.edges.toSeq == bins.edges.sorted.distinct.toSeq)
    assert(bins.names.size == bins.edges.length - 1)
    assert(bins.labels.size == bins.edges.length || bins.labels.size == bins.names.size)
    assert(values.between(bins.edges).sum == values.total)
    assert(bins.names.size <= 65, bins)
  }

  describe("bins") {
    it("hold every value, in a number that can be drawn") {
      val random = new Random(seed)
      for (_ <- 1 to 300) withClue(s"-Dvarlen.test.seed=$seed: ") {
        val size = 1 + random.nextInt(50)
        val most = math.pow(10, 1 + random.nextInt(8)).toInt
        val whole = distribution(Seq.fill(size)(1.0 + random.nextInt(most)))
        checkBins(Bins.ofWhole(whole), whole)
        val any = distribution(Seq.fill(size)(math.exp(5 * random.nextGaussian())))
        checkBins(Bins.of(any), any)
        val near = distribution(Seq.fill(size)(1 + random.nextDouble() / 100))
        checkBins(Bins.of(near), near)
      }
      checkBins(Bins.ofShares, distribution(Seq(0.0, 0.05, 0.999, 1.0)))
    }

    it("are those of one value, of 0, and of the whole range") {
      for (values <- Seq(Seq(1.0), Seq(0.0), Seq(0.0, 7.0), Seq(1.0, 2147483647.0), Seq(512.0), Seq(1e300)))
        checkBins(Bins.of(distribution(values)), distribution(values))
      for (values <- Seq(Seq(1.0), Seq(0.0, 3.0), Seq(1.0, 2147483647.0), Seq(512.0)))
        checkBins(Bins.ofWhole(distribution(values)), distribution(values))
    }

    it("name each of a few whole numbers, and ranges of many") {
      val few = Bins.ofWhole(distribution(Seq(1.0, 4.0)))
      assert(few.names.toArray.toSeq == Seq("1", "2", "3", "4") && few.labels == few.names)
      val many = Bins.ofWhole(distribution(Seq(3.0, 5000.0)))
      assert(many.names.contains("100 to 124") && many.names.contains("4,000 to 4,999"))
    }
  }

  describe("text") {
    def escaped(text: String): String = {
      val page = new java.lang.StringBuilder
      Html.text(text).write(page)
      page.toString
    }
    it("is text in elements and in attributes") {
      assert(escaped("<b a=\"1\" c='2'>&amp;") == "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;")
    }
    it("loses what would steer the page unseen, and keeps every script") {
      assert(escaped("a\u202eb\u0000c\u2066d\ud800e") == "a\ufffdb\ufffdc\ufffdd\ufffde")
      assert(escaped("日本語 עברית 🦊 é") == "日本語 עברית 🦊 é")
      assert(Shown.text("a\u202eb🦊") == "a\ufffdb🦊") // also for charts
    }
    it("is cut to what a person reads, between characters") {
      val cut = Shown.text("🦊" * 500)
      assert(cut.codePointCount(0, cut.length) == 120 && cut.endsWith("🦊…"))
    }
    it("of a path is its last element, without secrets") {
      assert(Shown.name("/home/me/corpus/") == "corpus" && Shown.name("models/llama") == "llama")
      assert(Shown.name("hdfs://nn:9000/data/in.jsonl") == "in.jsonl" && Shown.name("builtin:x") == "builtin:x")
      assert(Shown.setting("query: and/or") == "query: and/or" && Shown.setting("s3a://b/c/d") == "d")
      assert(Shown.text("at s3a://me:secret@b/c") == "at s3a://***@b/c")
    }
  }

  describe("numbers") {
    it("are not told as all or nothing where they are not") {
      assert(Numbers.percent(1) == "100.00 %" && Numbers.percent(0) == "0.00 %")
      assert(Numbers.percent(0.99999) == "> 99.99 %" && Numbers.percent(1e-6) == "< 0.01 %")
    }
    it("have four significant digits, or all of a whole number") {
      assert(Numbers.decimal(1234567) == "1,234,567" && Numbers.decimal(3.14159) == "3.142")
      assert(Numbers.decimal(0.012345) == "0.01235" && Numbers.decimal(12345.6) == "12,346")
      assert(Numbers.decimal(1.5e12 + 0.5) == "1.500e+12" && Numbers.decimal(Double.NaN) == "NaN")
    }
    it("of bytes and seconds have units") {
      assert(Numbers.bytes(999) == "999 B" && Numbers.bytes(999999) == "1.0 MB" && Numbers.bytes(15300) == "15.3 kB")
      assert(Numbers.seconds(7.25) == "7.3 s" && Numbers.seconds(3725) == "62 min 5 s")
      assert(Numbers.seconds(90000) == "25 h 0 min")
    }
  }

  describe("a table") {
    def page(rows: Int): String = {
      val table = new Grid("Inputs", "input", "bytes").atMost(1000)
      for (n <- 1 to rows) table.add(s"input $n", "7")
      val page = new java.lang.StringBuilder
      table.html.write(page)
      page.toString
    }
    it("of more rows than are shown says so") {
      for (rows <- Seq(999, 1000)) {
        val all = page(rows)
        assert(all.contains("<caption>Inputs</caption>") && all.contains(s">input $rows<"))
      }
      val cut = page(1234567)
      assert(cut.contains("<caption>Inputs: the first 1,000 of 1,234,567</caption>"))
      assert(cut.contains(">input 1000<") && !cut.contains(">input 1001<"))
    }
  }

  describe("heads") {
    it("are put together where there are too many for a page, to their means") {
      val random = new Random(seed)
      for ((layers, heads) <- Seq((1, 1), (40, 40), (126, 128), (3, 60000), (7, 300))) {
        val values = Array.fill(layers, heads)(random.nextDouble())
        val groups = HeadGroups.of(values)
        assert(groups.values.length * groups.values.head.length <= 1600)
        assert(groups.note.isEmpty == (layers * heads <= 1600))
        assert(groups.values.flatten.max <= 1 && groups.values.flatten.min >= 0)
      }
      val four = HeadGroups.of(Array.tabulate(80, 40)((layer, _) => layer.toDouble))
      assert(four.values.length == 40 && four.values.apply(3).apply(5) == 6.5, four.note)
    }
  }
}
