package io.varlen.jobs

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import org.scalatest.funspec.AnyFunSpec
import org.w3c.dom.{Element, NodeList}

import java.nio.file.{Files, Path}
import javax.xml.parsers.DocumentBuilderFactory
import scala.jdk.CollectionConverters._

/** Pages about every kind of output, parsed as XML: their figures beside the manifest's, and nothing of their texts at
  * work.
  */
class ReportSpec extends AnyFunSpec {
  private val folder = TestFiles.newFolder("report")
  private val llama = TestFiles.checkout.resolve("spark-plugin/src/test/resources/models/llama").toString
  private val json = new ObjectMapper

  private val hostile = Seq(
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; alert(1); '</title></svg><script>",
    "&lt;b&gt; &amp; ]]> --> <!--",
    "right\u202eto left\u0007 and \u0000 NUL",
    "日本語/עברית 🦊",
    "s3a://me:secret-7f3a@bucket/x",
    "long " * 5000
  )

  private val texts: Path = {
    val lines =
      for ((id, i) <- (hostile ++ (0 until 60).map(n => s"doc-$n")).zipWithIndex)
        yield json.createObjectNode
          .put("id", id)
          .put("text", "Cats sleep most of the day. " * (1 + i * i % 23))
          .toString
    Files.write(folder.resolve("texts.jsonl"), (lines :+ "{\"id\": 7, broken").asJava)
  }

  private def run(args: String*) = Cli.run(args ++ Seq("--master", "local[2]"): _*)
  private val input = Seq("--input", texts.toString, "--input-format", "jsonl", "--bad-records", "quarantine")

  private def made(name: String, args: String*): Path = {
    val outcome = run(args ++ Seq("--output", folder.resolve(name).toString, "--json"): _*)
    assert(outcome.status == 0, outcome)
    folder.resolve(name)
  }

  private lazy val packed = made("packed", Seq("pack", "--tokenizer", llama, "--seq-len", "64") ++ input: _*)
  private lazy val embedded =
    made("embedded", Seq("embed", "--model", "builtin:all-minilm-l6-v2", "--max-length", "64") ++ input: _*)
  private lazy val scored = made("scored", Seq("score", "--model", llama) ++ input: _*)
  private lazy val attended = made("attended", "attend", "--input", packed.toString, "--model", llama)

  private case class Page(root: Element, text: String, bytes: Long, outcome: Cli.Outcome) {
    def all(name: String): Seq[Element] = elements(root.getElementsByTagName(name))
    def section(id: String): Element = all("section").find(_.getAttribute("id") == id).get

    /** Name and value of the key figures. */
    def tiles: Map[String, String] = {
      val list = all("dl").find(_.getAttribute("class") == "tiles").get
      elements(list.getElementsByTagName("dt"))
        .map(_.getTextContent)
        .zip(elements(list.getElementsByTagName("dd")).map(_.getTextContent))
        .toMap
    }

    /** The rows of the table with that caption: heading and first value. */
    def table(caption: String): Seq[(String, String)] = {
      val table = all("table").find(t => elements(t.getElementsByTagName("caption")).head.getTextContent == caption).get
      elements(elements(table.getElementsByTagName("tbody")).head.getElementsByTagName("tr")).map { row =>
        elements(row.getElementsByTagName("th")).head.getTextContent ->
          elements(row.getElementsByTagName("td")).head.getTextContent
      }
    }

    /** The hints of the pieces of charts whose label begins so, broad and narrow. */
    def hints(chart: String): Seq[String] =
      all("svg")
        .filter(_.getAttribute("aria-label").startsWith(chart))
        .flatMap(svg => elements(svg.getElementsByTagName("title")))
        .map(_.getTextContent)
  }

  private def elements(nodes: NodeList): Seq[Element] =
    (0 until nodes.getLength).map(nodes.item).collect { case e: Element => e }

  private val drawn = collection.mutable.Map.empty[Path, Page]

  private def page(dataset: Path): Page = drawn.getOrElseUpdate(dataset, draw(dataset))

  private def draw(dataset: Path): Page = {
    val file = folder.resolve(s"${dataset.getFileName}.html")
    val outcome = run("report", "--input", dataset.toString, "--output", file.toString, "--json")
    assert(outcome.status == 0, outcome)
    val factory = DocumentBuilderFactory.newInstance()
    val root = factory.newDocumentBuilder().parse(file.toFile).getDocumentElement
    Page(root, Files.readString(file), Files.size(file), outcome)
  }

  private def manifest(dataset: Path): JsonNode = json.readTree(dataset.resolve("_varlen/manifest.json").toFile)
  private def number(text: String): Long = text.replaceAll("\\D", "").toLong

  /** Of hints "from to: count", the counts. */
  private def counts(hints: Seq[String]): Long = hints.map(hint => number(hint.substring(hint.lastIndexOf(':')))).sum

  describe("the page of a packed dataset") {
    it("has the manifest's figures") {
      val of = page(packed)
      val packing = manifest(packed).get("packing")
      val total = packing.get("ledger").get("total")
      assert(number(of.tiles("rows")) == packing.get("rows").asLong)
      assert(number(of.tiles("tokens")) == total.get("packed_tokens").asLong)
      assert(number(of.tiles("documents")) == total.get("packed_documents").asLong)
      val tokens = of.table("Tokens").map { case (name, value) => name -> number(value) }
      assert(
        tokens.map(_._2).take(8) == Seq(
          "source_tokens",
          "added_special_tokens",
          "repeated_tokens",
          "",
          "packed_tokens",
          "dropped_tokens",
          "truncated_tokens",
          "removed_tokens"
        ).map(name => if (name.isEmpty) tokens(8)._2 else total.get(name).asLong)
      )
      val documents = of.table("Documents").toMap
      assert(number(documents("read")) == hostile.size + 61 && number(documents("+ quarantined")) == 1)
      assert(documents("read") == documents("= went"))
      assert(of.table("Reasons, the most frequent first").map(_._2) == Seq("1"))
      assert(of.text.contains(packing.get("digest").asText))
      assert(of.text.contains(manifest(packed).get("tokenizer").get("sha256").asText))
    }

    it("draws the rows and counts them all, as --json does") {
      val of = page(packed)
      val rows = manifest(packed).get("packing").get("rows").asLong
      for (chart <- Seq("How full rows are", "Pieces of documents per row"))
        assert(counts(of.hints(chart)) == 2 * rows, chart)
      assert(counts(of.hints("Length of documents")) == 2 * (hostile.size + 60))
      val shown = of.outcome.json.get("shown_rows").asInt
      assert(shown == math.min(24, rows) && of.table("The rows above").size == shown)
      assert(of.outcome.json.get("fill").get("count").asLong == rows)
      assert(of.outcome.json.get("page_bytes").asLong == of.bytes && of.outcome.json.get("job").asText == "pack")
      assert(of.outcome.json.get("figures") == manifest(packed).get("figures"))
    }

    it("is the same again, and says so; a page that is below _varlen goes with what it told of") {
      val first = page(packed)
      val again = draw(packed)
      assert(again.text == first.text && again.outcome.json.get("unchanged").asBoolean)
      val dataset = made("changing", Seq("pack", "--tokenizer", llama, "--seq-len", "64") ++ input: _*)
      val below = dataset.resolve("_varlen/report.html")
      def drawBelow(): Unit = {
        val outcome = run("report", "--input", dataset.toString)
        assert(outcome.status == 0 && outcome.out.contains("_varlen/report.html") && Files.exists(below), outcome)
      }
      drawBelow()
      val same = run(Seq("pack", "--tokenizer", llama, "--seq-len", "64", "--output", dataset.toString) ++ input: _*)
      assert(same.out.startsWith("unchanged") && Files.exists(below), same)
      val ids = Files.writeString(folder.resolve("ids.txt"), "doc-3\n")
      assert(run("remove", "--input", dataset.toString, "--doc-ids", ids.toString).status == 0 && !Files.exists(below))
      drawBelow()
      assert(run("verify", "--input", dataset.toString).status == 0)
      made("changing", Seq("pack", "--tokenizer", llama, "--seq-len", "32", "--overwrite") ++ input: _*)
      assert(!Files.exists(below))
    }
  }

  describe("the page of other outputs") {
    it("tells of embeddings") {
      val of = page(embedded)
      val figures = manifest(embedded).get("figures")
      assert(number(of.tiles("documents")) == figures.get("documents").asLong)
      assert(number(of.tiles("tokens cut off")) == figures.get("truncated_tokens").asLong)
      assert(counts(of.hints("Length of documents")) == 2 * figures.get("documents").asLong)
      assert(counts(of.hints("What was cut off")) == 2 * figures.get("truncated_documents").asLong)
      assert(of.table("Longest documents").size == 5 && of.table("Vectors").map(_._2) == Seq("68", "0", "0"))
      assert(math.abs(of.outcome.json.get("norm").get("median").asDouble - 1) < 1e-5)
    }
    it("tells of scores") {
      val of = page(scored)
      val figures = manifest(scored).get("figures")
      assert(number(of.tiles("tokens scored")) == figures.get("scored_tokens").asLong)
      assert(counts(of.hints("Perplexity of documents")) == 2 * figures.get("documents").asLong)
      val highest = of.table("Most perplexing")
      assert(highest.size == 5 && of.table("Least perplexing").size == 5)
      assert(highest.map(row => number(row._2)) == highest.map(row => number(row._2)).sorted.reverse)
    }
    it("draws a heat map per statistic of attention") {
      val of = page(attended)
      assert(of.all("svg").size == 8) // six, and one of time at two widths
      for (chart <- Seq("Entropy of attention", "Attention that would cross document borders"))
        assert(of.hints(chart).size == 2 * 4 && of.hints(chart).head.startsWith("layer 0, head 0: "))
    }
  }

  describe("every page") {
    def pages = Seq(packed, embedded, scored, attended).map(page(_))

    it("runs nothing, asks for nothing and leads to nothing but itself") {
      for (of <- pages) {
        assert(Seq("script", "img", "iframe", "object", "base", "form", "image", "use").forall(of.all(_).isEmpty))
        for (element <- of.all("*"); i <- 0 until element.getAttributes.getLength) {
          val attribute = element.getAttributes.item(i)
          assert(!attribute.getNodeName.matches("(?i)on.*|src|srcset|style|xlink.*|formaction"), attribute)
          if (attribute.getNodeName == "href") assert(attribute.getNodeValue.matches("#[a-z]+|data:,"), attribute)
        }
        assert(!of.all("style").exists(_.getTextContent.matches("(?s).*(url\\(|@import|expression).*")))
        val policy = of.all("meta").find(_.getAttribute("http-equiv") == "Content-Security-Policy").get
        assert(policy.getAttribute("content").startsWith("default-src 'none'; style-src 'unsafe-inline'"))
      }
    }
    it("has no secret, no absolute path and no text at its full length") {
      for (of <- pages) {
        assert(!of.text.contains("secret-7f3a") && !of.text.contains(folder.toString) && !of.text.contains(llama))
        assert(!of.text.contains("long " * 100) && of.bytes < 300000, of.bytes)
        assert(!of.text.exists(c => c < ' ' && c != '\n' || c == '\u202e'))
      }
    }
    it("shows the ids of documents as they are") {
      val told = page(scored).table("Most perplexing") ++ page(scored).table("Least perplexing") ++
        page(embedded).table("Longest documents")
      val shown = told.map(_._1) ++ page(packed).hints("Packed rows")
      assert(hostile.take(4).exists(id => shown.exists(_.startsWith(id))), shown)
    }
    it("has headings in order, names for charts and scopes for tables") {
      for (of <- pages) {
        assert(of.all("h1").size == 1 && of.all("h2").size == of.all("section").size)
        assert(
          of.all("svg").forall(svg => svg.getAttribute("role") == "img" && svg.getAttribute("aria-label").nonEmpty)
        )
        assert(of.all("th").nonEmpty && of.all("th").forall(_.getAttribute("scope").matches("row|col")))
        val ids = of.all("*").map(_.getAttribute("id")).filter(_.nonEmpty)
        assert(ids.distinct.size == ids.size)
        assert(of.all("a").forall(a => ids.contains(a.getAttribute("href").drop(1))))
      }
    }
  }

  it("a dataset without a row has a page") {
    val nothing = Files.writeString(folder.resolve("nothing.txt"), "")
    val empty = made(
      "empty",
      "pack",
      "--input",
      nothing.toString,
      "--tokenizer",
      llama,
      "--special-tokens",
      "none",
      "--seq-len",
      "8"
    )
    val of = page(empty)
    assert(of.tiles("rows") == "0" && of.tiles("filled") == "100.00 %")
    val none = made("no-scores", "score", "--input", nothing.toString, "--model", llama)
    assert(page(none).tiles("documents") == "1")
  }

  it("what is no output of pack, embed, score or attend is refused with status 2") {
    val exported = made("exported", "export", "--input", packed.toString, "--format", "jsonl")
    for ((from, what) <- Seq(exported -> "the output of export", folder.resolve("texts.jsonl") -> "not the output")) {
      val outcome = run("report", "--input", from.toString)
      assert(outcome.status == 2 && outcome.errLines.size == 1 && outcome.err.contains(what), outcome)
    }
    val foreign = Files.writeString(folder.resolve("mine.html"), "<p>mine</p>")
    val refused = run("report", "--input", packed.toString, "--output", foreign.toString)
    assert(refused.status == 2 && refused.err.contains("--overwrite") && Files.readString(foreign) == "<p>mine</p>")
  }
}
