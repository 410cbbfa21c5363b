package io.varlen.jobs

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** Each command at work on a few documents: what it prints, where, and its status. */
class JobsSpec extends AnyFunSpec {
  private val folder = TestFiles.newFolder("jobs")
  private val docs = Files.createDirectories(folder.resolve("docs"))
  Files.writeString(docs.resolve("cats.txt"), "Cats sleep most of the day.\n\nAt night they hunt mice.\n")
  Files.writeString(docs.resolve("ships.txt"), "A ship crosses the sea. " * 40)
  Files.writeString(docs.resolve("empty.txt"), "")
  private val packed = folder.resolve("packed")

  private def run(args: String*) = Cli.run(args ++ Seq("--master", "local[2]"): _*)
  private def pack(to: Path, more: String*) = {
    val args = Seq("pack", "--input", docs.toString, "--tokenizer", "builtin:all-minilm-l6-v2", "--seq-len", "64")
    run(args ++ Seq("--output", to.toString) ++ more: _*)
  }
  private lazy val packing = pack(packed, "--json")

  private def assertOneJsonObject(outcome: Cli.Outcome): Unit = {
    assert(outcome.status == 0, outcome)
    assert(outcome.outLines.size == 1)
    assert(outcome.json.isObject)
  }

  /** Bytes of the first part, changed; and back again. */
  private def withDamage[T](body: => T): T = {
    val part = packed.toFile.listFiles().find(_.getName.endsWith(".parquet")).get.toPath
    val crc = part.resolveSibling(s".${part.getFileName}.crc")
    val bytes = Files.readAllBytes(part)
    val crcBytes = Option(crc).filter(Files.exists(_)).map(Files.readAllBytes(_))
    Files.deleteIfExists(crc)
    Files.write(part, bytes.zipWithIndex.map { case (b, i) => if (i >= 4 && i < 64) (~b).toByte else b })
    try body
    finally {
      Files.write(part, bytes)
      crcBytes.foreach(Files.write(crc, _))
    }
  }

  describe("bench tokenize") {
    it("measures each engine on the same text, and names what it could not measure") {
      val args = Seq("bench", "tokenize", "--input", docs.toString, "--seconds", "1", "--threads", "1,2")
      val outcome = run(args ++ Seq("--json", "--python", "/no/such/python"): _*)
      assertOneJsonObject(outcome)
      val results = outcome.json.get("results").asScala.toSeq
      def figure(tokenizer: String, name: String) =
        results.filter(_.get("tokenizer").asText == tokenizer).map(_.get(name))
      assert(figure("tiktoken:cl100k_base", "engine").map(_.asText) == Seq("varlen", "varlen", "jtokkit"))
      assert(figure("builtin:all-minilm-l6-v2", "engine").map(_.asText) == Seq("varlen", "varlen", "djl"))
      for (tokenizer <- Seq("tiktoken:cl100k_base", "builtin:all-minilm-l6-v2")) {
        assert(figure(tokenizer, "tokens").map(_.asLong).distinct.size == 1)
        assert(figure(tokenizer, "threads").map(_.asInt) == Seq(1, 2, 1))
        assert(figure(tokenizer, "mb_per_second").forall(_.asDouble > 0))
      }
      assert(
        outcome.json.get("bytes").asLong == Files.size(docs.resolve("cats.txt")) + Files.size(docs.resolve("ships.txt"))
      )
      val missing = outcome.json.get("not_measured").asScala.toSeq
      assert(missing.map(_.get("engine").asText) == Seq("tiktoken", "tokenizers", "gigatoken"))
      assert(missing.forall(_.get("reason").asText.contains("--python")))
    }

    it("prints a table, also where Python lacks the libraries") {
      val outcome = run("bench", "tokenize", "--input", docs.toString, "--seconds", "1", "--threads", "1")
      assert(outcome.status == 0 && outcome.outLines.head.matches("2 documents, .* bytes of text"), outcome)
      assert(outcome.outLines.exists(_.matches("tiktoken:cl100k_base +jtokkit +1 .*")))
      assert(outcome.outLines.exists(_.matches("builtin:all-minilm-l6-v2 +tokenizers .*")))
    }
  }

  describe("bench attention") {
    it("measures layouts and tiling, and leaves tables and charts") {
      val out = folder.resolve("figures")
      val outcome = run("bench", "attention", "--quick", "--threads", "2", "--output", out.toString, "--json")
      assertOneJsonObject(outcome)
      val layouts = outcome.json.get("layouts")
      assert(outcome.json.get("pass").asText == "forward" && outcome.json.get("quick").asBoolean)
      assert(layouts.get("layers").asInt == 2 && layouts.get("tokens").asInt >= 2000)
      assert(layouts.get("efficiency").asDouble > 0.5 && layouts.get("efficiency").asDouble <= 1)
      val results = layouts.get("results").asScala.toSeq
      assert(results.size == 5 && results.forall(_.get("tokens_per_second").asLong > 0))
      assert(results.map(_.get("padding").asDouble > 0) == Seq(true, true, true, false, false))
      assert(outcome.json.get("tiling").get("results").asScala.map(_.get("length").asInt).toSeq == Seq(128, 256))
      val text = Files.readString(out.resolve("attention.md"))
      assert(text.contains("| packed rows") && text.contains("forward pass only"))
      assert(Files.readAllLines(out.resolve("layouts.csv")).size == 6)
      assert(Files.readAllLines(out.resolve("tiling.csv")).size == 3)
      for (chart <- Seq("layouts-speed", "layouts-memory", "tiling-time", "tiling-memory")) {
        assert(Files.readString(out.resolve(s"$chart.svg")).startsWith("<svg "))
        assert(javax.imageio.ImageIO.read(out.resolve(s"$chart.png").toFile).getWidth > 1000)
      }
    }

    it("takes the lengths of a packed dataset") {
      assert(packing.status == 0)
      val args = Seq("bench", "attention", "--quick", "--input", packed.toString)
      val outcome = run(args :+ "--json": _*)
      assertOneJsonObject(outcome)
      val layouts = outcome.json.get("layouts")
      assert(layouts.get("tokens").asInt == packing.json.get("packed_tokens").asInt)
      assert(layouts.get("seq_len").asInt == 64 && layouts.get("rows") == packing.json.get("rows"))
      assert(run(args: _*).out.contains("lengths of a packed dataset"))
      val refused = run(args ++ Seq("--seq-len", "128"): _*)
      assert(refused.status == 2 && refused.err.contains("the rows of"), refused)
    }

    it("says in one line that a folder cannot be written to") {
      val outcome = run("bench", "attention", "--quick", "--output", docs.resolve("cats.txt").toString)
      assert(outcome.status == 2 && outcome.err.contains("cannot be written to"), outcome)
    }
  }

  describe("export") {
    it("writes a packed dataset in another format, and says so in a report or in figures") {
      assert(packing.status == 0)
      val out = folder.resolve("exported")
      val args = Seq("export", "--input", packed.toString, "--format", "megatron-bridge", "--output", out.toString)
      val report = run(args: _*)
      assert(report.status == 0 && report.outLines.head == s"exported as megatron-bridge into $out", report)
      assert(Files.exists(out.resolve("packed_metadata.json")))
      val again = run(args :+ "--json": _*)
      assertOneJsonObject(again)
      assert(again.json.get("unchanged").asBoolean && again.json.get("tokens").asLong > 0)
      assert(again.json.get("tokens").asLong == packing.json.get("packed_tokens").asLong)
      assert(again.json.get("rows").asLong == packing.json.get("rows").asLong)
    }

    it("needs no model to know how wide a token is") {
      assert(packing.status == 0)
      for ((format, ending) <- Seq("megatron" -> ".bin", "datatrove" -> ".ds", "dolma" -> ".npy")) {
        val out = folder.resolve(s"exported-$format")
        val outcome = run("export", "--input", packed.toString, "--format", format, "--output", out.toString, "--json")
        assertOneJsonObject(outcome)
        val tokens = out.toFile.listFiles().filter(_.getName.endsWith(ending)).map(_.length).sum
        assert(tokens == 2 * outcome.json.get("tokens").asLong)
      }
    }

    it("into the packed dataset itself is wrong usage") {
      assert(packing.status == 0)
      val outcome =
        run("export", "--input", packed.toString, "--format", "trl", "--output", packed.resolve("trl").toString)
      assert(outcome.status == 2 && outcome.errLines.size == 1 && outcome.err.contains("lies in the --input"), outcome)
    }
  }

  describe("pack") {
    it("takes the words behind --overflow, in either spelling, and says what became of long documents") {
      for (words <- Seq(Seq("--overflow", "split-overlap", "16"), Seq("--overflow=split-overlap", "16"))) {
        val outcome = pack(folder.resolve("overlap" + words.size), words :+ "--json": _*)
        assertOneJsonObject(outcome)
        assert(outcome.json.get("repeated_tokens").asInt > 0)
      }
      val outcome = pack(folder.resolve("drop"), "--strategy", "random_fit", "--overflow", "drop")
      assert(outcome.status == 0 && outcome.out.contains("1 dropped"), outcome)
    }
  }

  describe("prompts and completions") {
    it("are packed with a loss mask, which inspect shows and verify checks") {
      val chats = Files.createDirectories(folder.resolve("chats")).resolve("chats.jsonl")
      Files.writeString(chats, """{"id": "c", "prompt": "Who sleeps?", "completion": " Cats sleep."}""" + "\n")
      val out = folder.resolve("packed-chats").toString
      val tokenizer = Seq("--tokenizer", "tiktoken:cl100k_base", "--seq-len", "16")
      val columns = Seq("--prompt-column", "prompt", "--completion-column", "completion")
      val packing = run(
        Seq("pack", "--input", chats.toString, "--input-format", "jsonl", "--output", out) ++ tokenizer ++ columns: _*
      )
      assert(packing.status == 0, packing)
      assert(run("verify", "--input", out).status == 0)
      assert(run("inspect", "--input", out).out.contains("(6, 3 learned)"))
      val segment = run("inspect", "--input", out, "--json").json.get("segments").get(0)
      assert(segment.get("learned").asInt == 3 && segment.get("text").asText == "Who sleeps? Cats sleep.")
    }
  }

  describe("pack --json") {
    it("prints the figures that the contract names, and keeps them in report.json") {
      assertOneJsonObject(packing)
      val names = List(
        "documents",
        "source_tokens",
        "added_special_tokens",
        "repeated_tokens",
        "packed_tokens",
        "padding_tokens",
        "dropped_tokens",
        "truncated_tokens",
        "rows",
        "seq_len",
        "efficiency",
        "digest",
        "seconds",
        "tokens_per_second"
      )
      assert(names.forall(packing.json.has))
      assert(packing.json.get("documents").asInt == 3)
      assert(!packing.json.has("unchanged"))
      val report = new ObjectMapper().readTree(packed.resolve("_varlen/report.json").toFile)
      assert(report == packing.json)
    }

    it("tells people on standard error what was done and where the time went") {
      assertOneJsonObject(packing)
      assert(packing.errLines.contains(s"packed into $packed"), packing)
      assert(
        packing.errLines.exists(_.matches(" +tasks +[0-9.]+ %  of their time computing, .* on 1 executor")),
        packing
      )
      assert(packing.json.get("tokenize_share").asDouble > 0 && packing.json.get("executors").asInt == 1)
    }

    it("does nothing the second time, saying so with status 0") {
      assertOneJsonObject(packing)
      val again = pack(packed, "--json")
      assertOneJsonObject(again)
      assert(again.json.get("unchanged").asBoolean)
      assert(again.json.get("digest") == packing.json.get("digest"))
      assert(pack(packed).out.startsWith("unchanged: "))
    }

    it("refuses an output of other options, unless it may overwrite it") {
      assertOneJsonObject(packing)
      val refused = pack(packed, "--seed", "7", "--json")
      assert(refused.status == 2 && refused.errLines.size == 1 && refused.outLines.size == 1)
      assert(refused.json.get("status").asInt == 2 && refused.err.contains(refused.json.get("error").asText))
      assert(refused.err.contains("seed") && refused.err.contains("--overwrite"))
      val copy = folder.resolve("overwritten")
      val first = pack(copy, "--json").json
      val second = pack(copy, "--seed", "7", "--overwrite", "--json")
      assertOneJsonObject(second)
      assert(second.json.get("packed_tokens") == first.get("packed_tokens"))
    }
  }

  it("pack prints an aligned table for people") {
    assertOneJsonObject(packing)
    val lines = pack(folder.resolve("table")).outLines
    assert(lines.head.startsWith("packed into "))
    val rows = packing.json.get("rows").asInt
    assert(lines.exists(_.matches(s"  rows +$rows  of 64 tokens")))
    assert(lines.exists(_.contains(packing.json.get("digest").asText)))
  }

  it("a failure that is nobody's input is status 1 and one line, with its stack only under --verbose") {
    assertOneJsonObject(packing)
    val broken = Seq("verify", "--input", packed.toString, "--conf", "spark.serializer=no.such.Serializer")
    val outcome = run(broken: _*)
    assert(outcome.status == 1, outcome)
    assert(outcome.out.isEmpty && outcome.errLines.size == 1)
    assert(outcome.err.startsWith("varlen verify: ClassNotFoundException: no.such.Serializer"))
    assert(outcome.err.contains("--verbose"))
    val verbose = run(broken :+ "--verbose": _*)
    assert(verbose.status == 1 && verbose.err.startsWith(outcome.err) && verbose.err.contains("\tat "))
    val json = run(broken :+ "--json": _*)
    assert(json.status == 1 && json.err == outcome.err && json.outLines.size == 1)
    assert(json.json.get("status").asInt == 1 && outcome.err.contains(json.json.get("error").asText))
  }

  describe("plan") {
    it("prints a line for each length and strategy") {
      assert(packing.status == 0)
      val args = Seq("plan", "--input", packed.toString, "--seq-len", "16,128", "--strategy", "bfd,wrapped")
      val outcome = run(args: _*)
      assert(outcome.status == 0 && outcome.outLines.head.startsWith("3 documents of "), outcome)
      val lines = outcome.outLines.map(_.trim.split("\\s\\s+").toSeq)
      assert(lines.map(_.take(2)).containsSlice(Seq(Seq("16", "bfd"), Seq("16", "wrapped"), Seq("128", "bfd"))))
      assert(outcome.out.contains("~ from a run over a sample"))
      val json = run(args :+ "--json": _*)
      assertOneJsonObject(json)
      val plans = json.json.get("plans").asScala.toSeq
      assert(plans.size == 4 && plans.map(_.get("sampled").asBoolean) == Seq(false, true, false, true))
      assert(plans.forall(_.get("packed_tokens") == json.json.get("tokens")))
    }

    it("is status 2 for what it cannot plan") {
      val none = run("plan", "--input", docs.toString, "--seq-len", "8")
      assert(none.status == 2 && none.errLines.size == 1 && none.err.contains("is not a packed dataset"), none)
      val zero = run("plan", "--input", packed.toString, "--seq-len", "0")
      assert(zero.status == 2 && zero.err.contains("--seq-len is 0"), zero)
    }
  }

  it("pack takes a packed dataset without naming its tokenizer, and text only with one") {
    assert(packing.status == 0)
    val again = run("pack", "--input", packed.toString, "--seq-len", "64", "--output", s"$folder/again", "--json")
    assertOneJsonObject(again)
    assert(again.json.get("digest") == packing.json.get("digest"))
    val missing = run("pack", "--input", docs.toString, "--seq-len", "64", "--output", s"$folder/missing")
    assert(missing.status == 2 && missing.err.contains("--tokenizer is missing; give --tokenizer T"), missing)
  }

  it("pack --append adds documents to a packed dataset, once") {
    val out = folder.resolve("grown")
    assert(pack(out).status == 0)
    val more = Files.createDirectories(folder.resolve("more"))
    Files.writeString(more.resolve("birds.txt"), "Birds sing in the morning.\n")
    def append(in: Path, more: String*) = {
      val args =
        Seq("pack", "--append", "--input", in.toString, "--tokenizer", "builtin:all-minilm-l6-v2", "--seq-len", "64")
      run(args ++ Seq("--output", out.toString, "--json") ++ more: _*)
    }
    val first = append(more)
    assertOneJsonObject(first)
    assert(first.json.get("documents").asInt == 4 && first.json.get("appended_documents").asInt == 1)
    assert(append(more).json.get("unchanged").asBoolean)
    assert(run("verify", "--input", out.toString).status == 0)
    val repeated = append(docs)
    assert(repeated.status == 2 && repeated.errLines.size == 1 && repeated.err.contains("already"), repeated)
    val both = append(more, "--overwrite")
    assert(both.status == 2 && both.err.contains("--append and --overwrite are given"), both)
  }

  describe("verify") {
    it("calls what pack wrote sound, with its digest") {
      assertOneJsonObject(packing)
      val outcome = run("verify", "--input", packed.toString, "--json")
      assertOneJsonObject(outcome)
      assert(outcome.json.get("damaged").asInt == 0 && outcome.json.get("findings").isEmpty)
      assert(outcome.json.get("digest") == packing.json.get("digest"))
      assert(run("verify", "--input", packed.toString).out.startsWith(s"sound: $packed"))
    }

    it("is status 1 for damaged data, listing what it found") {
      assertOneJsonObject(packing)
      withDamage {
        val text = run("verify", "--input", packed.toString, "--list", "1")
        assert(text.status == 1)
        assert(text.out.startsWith(s"damaged: $packed, ") && text.out.contains("part-"))
        assert(text.out.contains("more; --list N lists N"))
        val json = run("verify", "--input", packed.toString, "--json")
        assert(json.status == 1 && json.outLines.size == 1)
        assert(json.json.get("damaged").asInt == json.json.get("findings").size)
        val finding = json.json.get("findings").get(0)
        assert(List("row_id", "part", "index", "column", "problem").forall(finding.has))
      }
      assert(run("verify", "--input", packed.toString).status == 0)
    }
  }

  describe("inspect") {
    it("draws the first row, with each segment's document and text") {
      assertOneJsonObject(packing)
      val outcome = run("inspect", "--input", packed.toString)
      assert(outcome.status == 0 && outcome.err.isEmpty, outcome)
      assert(outcome.out.startsWith("row 0 of "))
      assert(outcome.outLines.exists(_.matches("  [|=·]{64}")))
      assert(outcome.out.contains("docs/cats.txt, chunk 0, tokens 0..14 (15)"))
      assert(outcome.out.contains("[CLS] cats sleep most of the day. at night they hunt mice. [SEP]"))
    }

    it("shows every row there is, and all rows together hold every segment once") {
      assertOneJsonObject(packing)
      val rows = (0 until packing.json.get("rows").asInt).map { id =>
        val outcome = run("inspect", "--input", packed.toString, "--row", id.toString, "--json")
        assertOneJsonObject(outcome)
        assert(outcome.json.get("row_id").asInt == id)
        outcome.json
      }
      val segments = rows.flatMap(_.get("segments").asScala)
      assert(segments.map(_.get("token_count").asInt).sum == packing.json.get("packed_tokens").asInt)
      assert(segments.map(s => (s.get("doc_id").asText, s.get("chunk").asInt)).distinct.size == segments.size)
      val cats = segments.find(_.get("doc_id").asText == "docs/cats.txt").get
      assert(cats.get("text").asText.contains("cats sleep most of the day."))
      for (row <- rows) {
        val bounds = row.get("segments").asScala.map(s => (s.get("from").asInt, s.get("to").asInt)).toList
        assert(bounds.map(_._1) == 0 +: bounds.init.map(_._2))
        assert(bounds.last._2 == row.get("n_tokens").asInt)
      }
    }

    it("refuses a row that is not there, saying which are") {
      assertOneJsonObject(packing)
      for (row <- List("99", "-1")) {
        val outcome = run("inspect", "--input", packed.toString, "--row", row)
        assert(outcome.status == 2 && outcome.errLines.size == 1, outcome)
        assert(outcome.err.contains(s"--row $row") && outcome.err.contains("rows; their ids start at 0"))
      }
    }

    it("shows the file that each segment came from") {
      assertOneJsonObject(packing)
      val row = run("inspect", "--input", packed.toString, "--json").json
      val cats = row.get("segments").asScala.find(_.get("doc_id").asText == "docs/cats.txt").get
      assert(cats.get("input").asText == s"file:$docs" && cats.get("file").asText == s"file:$docs/cats.txt")
      assert(run("inspect", "--input", packed.toString).outLines.contains(s"      from file:$docs/cats.txt"))
    }

    it("shows where a document is, and refuses one that is nowhere") {
      assertOneJsonObject(packing)
      val args = Seq("inspect", "--input", packed.toString, "--doc", "docs/ships.txt", "--doc", "docs/cats.txt")
      val outcome = run(args :+ "--json": _*)
      assertOneJsonObject(outcome)
      val Seq(ships, cats) = outcome.json.get("documents").asScala.toSeq
      assert(ships.get("doc_id").asText == "docs/ships.txt" && ships.get("segments").size > 1)
      assert(ships.get("segments").asScala.map(_.get("token_count").asInt).sum == ships.get("tokens").asInt)
      for (piece <- ships.get("segments").asScala) {
        val row = run("inspect", "--input", packed.toString, "--row", piece.get("row_id").asText, "--json").json
        val segment = row.get("segments").get(piece.get("segment").asInt)
        for (name <- Seq("chunk", "token_start", "token_count", "from", "to"))
          assert(segment.get(name) == piece.get(name), name)
        assert(segment.get("doc_id").asText == "docs/ships.txt" && row.get("part") == piece.get("part"))
      }
      assert(cats.get("file").asText == s"file:$docs/cats.txt")
      val text = run(args: _*)
      assert(text.outLines.exists(_.matches("docs/ships.txt: [0-9]+ tokens in [0-9]+ pieces")), text)
      assert(
        text.outLines.exists(_.matches("  row [0-9]+ in part-.*: slots 0\\.\\..* chunk 0, tokens 0\\.\\..*")),
        text
      )
      val refused = run("inspect", "--input", packed.toString, "--doc", "docs/dogs.txt")
      assert(refused.status == 2 && refused.errLines.size == 1 && refused.err.contains("--doc docs/dogs.txt"), refused)
      val both = run(args ++ Seq("--row", "0"): _*)
      assert(both.status == 2 && both.err.contains("give one of them"), both)
    }
  }

  describe("remove") {
    it("takes documents out, which verify finds sound and embed leaves out, and says so the second time") {
      val target = folder.resolve("thinned")
      assertOneJsonObject(pack(target, "--json"))
      val list = Files.writeString(folder.resolve("withdrawn.txt"), "docs/ships.txt\n")
      val args = Seq("remove", "--input", target.toString, "--doc-ids", list.toString)
      val outcome = run(args :+ "--json": _*)
      assertOneJsonObject(outcome)
      val figures = outcome.json
      assert(figures.get("removed_documents").asInt == 1 && figures.get("removed_tokens").asInt > 200)
      assert(figures.get("rows").asInt < packing.json.get("rows").asInt && !figures.has("unchanged"))
      val verified = run("verify", "--input", target.toString, "--json")
      assertOneJsonObject(verified)
      assert(verified.json.get("digest") == figures.get("digest"))
      val again = run(args :+ "--json": _*)
      assertOneJsonObject(again)
      assert(again.json.get("unchanged").asBoolean && again.json.get("already_removed_documents").asInt == 1)
      assert(again.json.get("digest") == figures.get("digest"))
      assert(run(args: _*).out.startsWith("unchanged: "))
      val where = run("inspect", "--input", target.toString, "--doc", "docs/ships.txt")
      assert(where.status == 0 && where.out.contains("it was removed"), where)
      val model = Seq("--model", "builtin:all-minilm-l6-v2", "--output", folder.resolve("thin-vectors").toString)
      val embedded = run(Seq("embed", "--input", target.toString, "--json") ++ model: _*)
      assertOneJsonObject(embedded)
      assert(embedded.json.get("documents").asInt == 2)
      val repacked = pack(target)
      assert(repacked.status == 2 && repacked.err.contains("1 document was removed from it since"), repacked)
    }

    it("is status 2, and changes nothing, where an id is nowhere") {
      assertOneJsonObject(packing)
      val list = Files.writeString(folder.resolve("wrong.txt"), "docs/cats.txt\ndocs/dogs.txt\n")
      val args = Seq("remove", "--input", packed.toString, "--doc-ids", list.toString)
      val outcome = run(args: _*)
      assert(outcome.status == 2 && outcome.errLines.size == 1 && outcome.out.isEmpty, outcome)
      assert(outcome.err.contains("'docs/dogs.txt' at byte 14") && outcome.err.contains("--missing ignore"))
      assert(run("verify", "--input", packed.toString, "--json").json.get("digest") == packing.json.get("digest"))
      val missing = run("remove", "--input", packed.toString, "--doc-ids", "/no/such/list")
      assert(missing.status == 2 && missing.err.contains("--doc-ids /no/such/list") && missing.errLines.size == 1)
    }

    it("prints a table for people") {
      val target = folder.resolve("thinned-table")
      assert(pack(target).status == 0)
      val list = Files.writeString(folder.resolve("cats.txt"), "docs/cats.txt\r\nnobody\r\n")
      val outcome =
        run("remove", "--input", target.toString, "--doc-ids", list.toString, "--missing", "ignore")
      assert(outcome.status == 0 && outcome.out.startsWith(s"removed from $target"), outcome)
      assert(outcome.outLines.exists(_.contains("2 named, 0 removed before, 1 not there")), outcome)
    }
  }

  it("embed gives a vector per document, from text and from packed rows") {
    assertOneJsonObject(packing)
    for ((from, to) <- List(docs -> "from-text", packed -> "from-rows")) {
      val args = Seq("embed", "--input", from.toString, "--model", "builtin:all-minilm-l6-v2", "--json")
      val outcome = run(args ++ Seq("--output", folder.resolve(to).toString): _*)
      assertOneJsonObject(outcome)
      assert(outcome.json.get("documents").asInt == 3 && outcome.json.get("dimension").asInt == 384)
    }
    val table = run(
      "embed",
      "--input",
      docs.toString,
      "--model",
      "builtin:all-minilm-l6-v2",
      "--output",
      folder.resolve("from-text").toString
    )
    assert(table.out.startsWith("unchanged: ") && table.out.contains("384 numbers each"))
  }

  private val llama = TestFiles.checkout.resolve("spark-plugin/src/test/resources/models/llama").toString

  it("score gives a perplexity per document, from text and from packed rows") {
    val rows = folder.resolve("rows-for-llama")
    val packing =
      Seq("pack", "--input", docs.toString, "--tokenizer", llama, "--seq-len", "64", "--output", rows.toString)
    assert(run(packing: _*).status == 0)
    def score(from: Path, to: String, more: String*) =
      run(
        Seq("score", "--input", from.toString, "--model", llama, "--output", folder.resolve(to).toString) ++ more: _*
      )
    val both = for ((from, to) <- List(docs -> "scores-of-text", rows -> "scores-of-rows")) yield {
      val outcome = score(from, to, "--json")
      assertOneJsonObject(outcome)
      assert(outcome.json.get("documents").asInt == 3 && outcome.json.get("scored_tokens").asInt > 400)
      assert(outcome.json.get("max_length").asInt == 64 && outcome.json.get("stride").asInt == 32)
      outcome.json.get("perplexity").asDouble
    }
    assert(both.distinct.size == 1 && both.head > 1)
    val table = score(docs, "scores-of-text")
    assert(table.out.startsWith("unchanged: ") && table.outLines.exists(_.matches(" +perplexity .* nats of .*")), table)
    val bert =
      run("score", "--input", docs.toString, "--model", "builtin:all-minilm-l6-v2", "--output", s"$folder/none")
    assert(bert.status == 2 && bert.errLines.size == 1 && bert.err.contains("does not predict the next token"), bert)
  }

  it("attend writes a table per layer and head and draws it, and reads where leakage is null") {
    val rows = folder.resolve("rows-to-attend")
    val packing =
      Seq("pack", "--input", docs.toString, "--tokenizer", llama, "--seq-len", "64", "--output", rows.toString)
    assert(run(packing: _*).status == 0)
    for ((from, to, names) <- Seq((docs, "of-text", 5), (rows, "of-rows", 6))) {
      val out = folder.resolve(to)
      val args = Seq("attend", "--input", from.toString, "--model", llama, "--window", "9", "--output", out.toString)
      val outcome = run(args :+ "--json": _*)
      assertOneJsonObject(outcome)
      val figures = outcome.json
      assert(figures.get("layers").asInt == 2 && figures.get("heads").asInt == 4 && figures.get("window").asInt == 9)
      assert(
        figures.get("leakage").isNull == (from == docs) && outcome.err.contains("leakage is null") == (from == docs)
      )
      val files = out.toFile.list().toSeq
      assert(files.count(_.matches("_[a-z_]+\\.svg")) == names && files.count(_.matches("_[a-z_]+\\.png")) == names)
      val drawn = Files.readString(out.resolve("_entropy.svg"))
      assert(drawn.contains("Entropy of attention") && drawn.contains("nats"))
      assert(Files.readAllBytes(out.resolve("_entropy.png")).slice(1, 4).sameElements("PNG".getBytes))
      val table = run(args: _*)
      assert(table.out.startsWith("unchanged: ") && table.outLines.exists(_.matches(" +entropy .*nats.*")), table)
      assert(table.outLines.exists(_.matches(" +leakage +(none|[0-9.]+ %) .*")), table)
    }
  }

  describe("doctor") {
    it("tells what will be used") {
      val outcome = run("doctor", "--json")
      assertOneJsonObject(outcome)
      val figures = outcome.json
      assert(figures.get("master").asText == "local[2]" && figures.get("parallel_tasks").asInt == 2)
      assert(figures.get("spark").asText == org.apache.spark.SPARK_VERSION)
      assert(figures.get("java").asText.startsWith(System.getProperty("java.version")))
      assert(figures.get("tokenizer_tiktoken").asText.startsWith("works"))
      assert(figures.get("tokenizer_json").asText == "works, 30522 ids")
      assert(figures.get("builtin_model").asText.startsWith("found"))
      assert(figures.get("works").asBoolean && figures.get("plugin").asText.startsWith("not configured"))
      assert(figures.get("sql_functions").asScala.map(_.asText).toSeq.contains("varlen_tokenize"))
      assert(figures.get("rapids").asText == "not on the class path")
      val executor = figures.get("executors").get(0)
      assert(executor.get("gpu").asText.matches("not used: .*(NVIDIA|sm_).*"))
      assert(executor.get("dtypes").get(0).asText == "fp32" && executor.get("native_dir_writable").asBoolean)
      assert(executor.get("embed_token_budget").asInt == 2048 && executor.get("vector_api").isBoolean)
      assert(
        executor
          .get("backend")
          .asText == "cpu" && executor.get("backend_description").asText.contains("matrix products")
      )
      assert(executor.get("native_dir").asText == System.getProperty("spark.varlen.native.dir"))
      assert(run("doctor").outLines.exists(_.matches("  builtin model +found on the class path .*[0-9a-f]{64}")))
    }

    it("tells how much memory a model takes, and whether it is there") {
      val args = Seq("doctor", "--model", "builtin:all-minilm-l6-v2")
      val told = run(args :+ "--json": _*)
      val executor = told.json.get("executors").get(0)
      assert(told.status == 0 && executor.get("model_fits").asBoolean, told)
      // 22.6 million parameters but for biases and norms, and six rows of 384 per token
      assert(executor.get("model_weight_bytes").asLong == 4L * (6 * (4 + 8) * 384 * 384 + (30522 + 512) * 384))
      assert(executor.get("model_bytes_per_token").asLong == 4 * 6 * 384)
      val tooMuch = run(args ++ Seq("--json", "--conf", "spark.varlen.embed.tokenBudget=2000000000"): _*)
      assert(tooMuch.status == 1 && !tooMuch.json.get("executors").get(0).get("model_fits").asBoolean, tooMuch)
      assert(
        run(args: _*).outLines.exists(
          _.matches(" +model +builtin:.*: 86 MiB of weights and [0-9]+ MiB for .*batch.* of 2,048 tokens fit .*")
        )
      )
    }

    it("exits with 1 where what was asked for does not work, and tells the rest") {
      for (
        (args, reason) <- Seq(
          Seq("--backend", "cuda") -> "backend cuda is not available",
          Seq("--dtype", "fp16", "--backend", "cpu") -> "does not multiply in fp16",
          Seq("--model", "/no/such/model") -> "/no/such/model"
        )
      ) {
        val outcome = run("doctor" +: "--json" +: args: _*)
        assert(outcome.status == 1 && !outcome.json.get("works").asBoolean, outcome)
        assert(outcome.json.get("executors").get(0).get("failure").asText.contains(reason), outcome)
        assert(outcome.json.get("tokenizer_tiktoken").asText.startsWith("works"))
        val text = run("doctor" +: args: _*)
        assert(text.status == 1 && text.out.contains("does not work: ") && text.out.contains(reason), text)
      }
    }

    it("keeps the master that spark-submit was given, unless --master names another") {
      System.setProperty("spark.master", "local[3]") // as spark-submit does
      try {
        assert(Cli.run("doctor", "--json").json.get("master").asText == "local[3]")
        assert(Cli.run("doctor", "--json", "--master", "local[1]").json.get("master").asText == "local[1]")
      } finally System.clearProperty("spark.master")
      assert(Cli.run("doctor", "--json").json.get("master").asText == "local[*]")
    }

    it("goes on where the built-in model cannot be read") {
      val outcome = run("doctor", "--json", "--conf", "spark.varlen.model.jar=/no/such.jar")
      assertOneJsonObject(outcome)
      assert(outcome.json.get("builtin_model").asText.startsWith("does not work: "))
      assert(outcome.json.get("builtin_model").asText.contains("/no/such.jar"))
      assert(outcome.json.get("tokenizer_tiktoken").asText.startsWith("works"))
    }
  }
}
