package io.varlen.spark.input

import io.varlen.InvalidInputException
import io.varlen.spark.internal.Utf8
import io.varlen.spark.{Folders, LocalSpark, TestFiles}
import java.io.ByteArrayOutputStream
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.util.zip.GZIPOutputStream
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

class DocumentSourceSpec extends AnyFunSpec {
  private case class Read(documents: Seq[(String, String)], bad: Seq[BadRecord], survey: Survey)

  private def open(options: InputOptions) = DocumentSource.open(LocalSpark.session, options)

  private def read(options: InputOptions): Read = {
    val source = open(options)
    val survey = source.survey(BadRecordPolicy.QUARANTINE)
    val documents = source.documents(survey).collect().asScala.toSeq
    val bad = source.badRecords(survey).collect().asScala.toSeq.sorted
    assert(survey.documents == documents.length)
    assert(survey.badRecords == bad.length)
    assert(survey.utf8Bytes == documents.map(_.text.length.toLong).sum)
    Read(documents.map(d => d.docId -> new String(d.text, UTF_8)), bad, survey)
  }

  /** As the readers find them, without Spark: the fast way for properties. */
  private def readDirectly(options: InputOptions, partitions: Int = 1): (Seq[(String, String)], Seq[BadRecord]) = {
    val hadoop = LocalSpark.context.hadoopConfiguration()
    val files = InputFiles.resolve(options, hadoop).files
    val records =
      InputSplits.plan(files, options.format, partitions, 4, hadoop).asScala.toSeq.flatMap(_.asScala).flatMap { split =>
        val reader = SplitReader.open(split, options, hadoop)
        try
          reader.asScala.map {
            case document: Document if document.docId == null => IdRule.named(document, split.file, options.format)
            case record                                       => record
          }.toList
        finally reader.close()
      }
    (
      records.collect { case document: Document => document.docId -> new String(document.text, UTF_8) },
      records.collect { case bad: BadRecord => bad }
    )
  }

  private def options(format: InputFormat, inputs: Path*) = new InputOptions(inputs.map(_.toString).asJava, format)

  private def refusal(options: InputOptions): String =
    intercept[InvalidInputException](open(options).survey(BadRecordPolicy.FAIL)).getMessage

  private def file(text: String): Path = TestFiles.write(Folders.create("input").resolve("in.txt"), text)

  private def file(bytes: Array[Byte]): Path = TestFiles.write(Folders.create("input").resolve("in.txt"), bytes)

  private def bytes(parts: Any*): Array[Byte] = {
    val out = new ByteArrayOutputStream()
    parts.foreach {
      case text: String => out.write(text.getBytes(UTF_8))
      case byte: Int    => out.write(byte)
    }
    out.toByteArray
  }

  describe("text") {
    it("is every byte of the file, odd characters and all") {
      val odd = "\uFEFFa\rb\u0085c\u2028d\u0000e\r\n\n\uD83D\uDE00\n"
      assert(read(options(InputFormat.TEXT, file(odd))).documents == Seq("in.txt" -> odd))
    }

    it("refuses a name in a folder that leads nowhere, rather than leave it out") {
      val folder = Folders.create("listing")
      TestFiles.write(folder.resolve("sub/a.txt"), "a")
      Files.createSymbolicLink(folder.resolve("sub/b.txt"), folder.resolve("nowhere"))
      val message = intercept[InvalidInputException](open(options(InputFormat.TEXT, folder))).getMessage
      assert(message.contains("listing") && message.contains("'b.txt', which cannot be found"), message)
    }

    it("has ids that are paths below the input, whatever else is above, and skips hidden names") {
      val root = Folders.create("tree")
      Seq("a.txt", "sub/b.txt", "sub/deep/c.txt", ".hidden/x.txt", "_SUCCESS", "sub/_x/y.txt").foreach(name =>
        TestFiles.write(root.resolve("top").resolve(name), name)
      )
      val found = read(options(InputFormat.TEXT, root.resolve("top")))
      assert(found.documents.map(_._1).sorted == Seq("top/a.txt", "top/sub/b.txt", "top/sub/deep/c.txt"))
      assert(open(options(InputFormat.TEXT, root.resolve("top"))).files.skipped == 3)
      val globbed = read(options(InputFormat.TEXT, root.resolve("*/*")))
      assert(globbed.documents.map(_._1).sorted == Seq("a.txt", "sub/b.txt", "sub/deep/c.txt"))
    }

    it("may be empty") {
      assert(read(options(InputFormat.TEXT, file(""))).documents == Seq("in.txt" -> ""))
    }
  }

  describe("lines") {
    it("end with LF or CRLF and nothing else") {
      val found = read(options(InputFormat.LINES, file("one\r\ntwo\rstill two\n\n\u2028three\r\r\n last")))
      assert(
        found.documents == Seq(
          "in.txt#0" -> "one",
          "in.txt#5" -> "two\rstill two",
          "in.txt#19" -> "",
          "in.txt#20" -> "\u2028three\r",
          "in.txt#31" -> " last"
        )
      )
    }

    it("are read through a codec") {
      val packed = new ByteArrayOutputStream()
      val gzip = new GZIPOutputStream(packed)
      gzip.write("one\ntwo\n".getBytes(UTF_8))
      gzip.close()
      val path = TestFiles.write(Folders.create("input").resolve("in.txt.gz"), packed.toByteArray)
      assert(read(options(InputFormat.LINES, path)).documents == Seq("in.txt.gz#0" -> "one", "in.txt.gz#4" -> "two"))
    }

    it("of a gzip file that is cut short are a bad record where it breaks off") {
      val packed = new ByteArrayOutputStream()
      val gzip = new GZIPOutputStream(packed)
      gzip.write(Array.fill(100000)("line\n").mkString.getBytes(UTF_8))
      gzip.close()
      val path =
        TestFiles.write(Folders.create("input").resolve("cut.gz"), packed.toByteArray.take(packed.size * 2 / 3))
      val found = read(options(InputFormat.LINES, path))
      assert(found.bad.length == 1 && found.bad.head.reason.contains("decompressed"), found.bad)
      val none = TestFiles.write(Folders.create("input").resolve("none.gz"), "no gzip at all")
      assert(refusal(options(InputFormat.LINES, none)).contains("none.gz at 0: cannot be decompressed"))
    }
  }

  describe("paragraphs") {
    // written after the words of the contract, on strings instead of bytes
    def oracle(text: String): Seq[(Int, String)] = {
      val lines =
        text.split("(?<=\n)").scanLeft((0, ""))((at, line) => (at._1 + at._2.length, line)).tail.filter(_._2.nonEmpty)
      val paragraphs = scala.collection.mutable.Buffer[(Int, Int)]()
      var open = false
      lines.foreach { case (start, line) =>
        val body = line.stripSuffix("\n").stripSuffix(if (line.endsWith("\r\n")) "\r" else "\n")
        if (body.trim.isEmpty && line.trim.isEmpty) open = false
        else {
          if (open) paragraphs(paragraphs.length - 1) = (paragraphs.last._1, start + body.length)
          else paragraphs += ((start, start + body.length))
          open = true
        }
      }
      def words(p: (Int, Int)) = text.substring(p._1, p._2).trim.split("[ \t\n\u000B\f\r]+").length
      val joined = scala.collection.mutable.Buffer[(Int, Int, Int)]()
      paragraphs.foreach { p =>
        if (joined.nonEmpty && joined.last._3 + words(p) <= 200)
          joined(joined.length - 1) = (joined.last._1, p._2, joined.last._3 + words(p))
        else joined += ((p._1, p._2, words(p)))
      }
      joined.map(p => (p._1, text.substring(p._1, p._2))).toSeq
    }

    it("are joined up to 200 words, as an independent reading of the rule says") {
      val seed = System.nanoTime()
      val random = new Random(seed)
      withClue(s"seed $seed: ") {
        for (_ <- 1 to 200) {
          val text = Seq
            .fill(random.nextInt(300))(random.nextInt(12) match {
              case 0 | 1 => "\n"
              case 2     => "\r\n"
              case 3     => " \t\n"
              case 4     => "\r"
              case 5     => Seq.fill(random.nextInt(250))("w").mkString(" ") + "\n"
              case 6     => "  indented words \n\n"
              case _     => Seq.fill(random.nextInt(20))("some").mkString(" ") + "\n"
            })
            .mkString
          val found = readDirectly(options(InputFormat.PARAGRAPHS, file(text)))._1
          assert(found == oracle(text).map { case (at, slice) => s"in.txt#$at" -> slice })
        }
      }
    }
  }

  describe("records that straddle the borders of splits") {
    it("are read exactly once, wherever the borders are") {
      val seed = System.nanoTime()
      val random = new Random(seed)
      withClue(s"seed $seed: ") {
        for (_ <- 1 to 150) {
          val lines = Seq.fill(1 + random.nextInt(40))(random.alphanumeric.take(random.nextInt(30)).mkString)
          val text = lines.init.map(_ + (if (random.nextBoolean()) "\n" else "\r\n")).mkString + lines.last
          val json = lines.zipWithIndex.map { case (line, i) => s"""{"id": $i, "text": "$line"}""" }.mkString("\n")
          val whole = readDirectly(options(InputFormat.LINES, file(text)))._1
          assert(whole.map(_._2) == (if (lines.last.isEmpty) lines.init else lines))
          for (partitions <- Seq(2, 3, 7, 1000)) withClue(s"$partitions partitions of $text: ") {
            assert(readDirectly(options(InputFormat.LINES, file(text)), partitions)._1 == whole)
            assert(
              readDirectly(options(InputFormat.JSONL, file(json)), partitions)._1 ==
                lines.zipWithIndex.map { case (line, i) => i.toString -> line }
            )
          }
        }
      }
    }

    it("are read exactly once through Spark too") {
      val lines = (0 until 500).map(i => s"line $i")
      for (partitions <- Seq(1, 7, 64))
        LocalSpark.withConf("spark.varlen.input.partitions", partitions.toString) {
          assert(read(options(InputFormat.LINES, file(lines.mkString("\n")))).documents.map(_._2) == lines)
        }
    }
  }

  describe("jsonl") {
    def escaped(json: String): String = json.replace("§", "\\u")

    it("takes text and id, passes over blank lines, and unescapes") {
      val found = read(
        options(
          InputFormat.JSONL,
          file(
            escaped("""{"id": "a", "more": {"text": [1]}, "text": "x§0000§d83d§de00\n"}
              |
              |{"text": "é", "id": 1.50}
              |  {"id": "§00e9", "text": ""}""".stripMargin)
          )
        )
      )
      assert(found.documents == Seq("a" -> "x\u0000\uD83D\uDE00\n", "1.50" -> "é", "é" -> ""))
      assert(found.survey.sources.get(0).ownIds)
    }

    it("has ids of place where no record has the id column") {
      val found = read(options(InputFormat.JSONL, file("{\"text\":\"a\"}\n{\"text\":\"b\"}\n")))
      assert(found.documents == Seq("in.txt#0" -> "a", "in.txt#13" -> "b"))
    }

    it("names what is wrong and where") {
      val cases = Seq(
        """{"text": "a"""" -> "malformed JSON",
        """{"text": "a"} x""" -> "malformed JSON",
        """{"text": "a"} {}""" -> "more than one JSON value",
        """["text"]""" -> "no JSON object",
        """{"text": 1}""" -> "the value of 'text' is a number; it must be a string",
        """{"text": null}""" -> "the value of 'text' is null",
        """{"text": ["a"]}""" -> "the value of 'text' is an array",
        """{"text": true}""" -> "a boolean",
        """{"txt": "a", "lang": "en"}""" -> "there is no key 'text'; the record has the keys txt, lang",
        """{"text": "a", "text": "b"}""" -> "twice",
        escaped("""{"text": "§d800"}""") -> "half a surrogate pair",
        escaped("""{"text": "§dc00§d800"}""") -> "half a surrogate pair",
        """{"text": "a", "id": null}""" -> "the value of 'id' is null",
        """{"text": "a", "id": {}}""" -> "the value of 'id' is an object",
        "{\"text\": \"a\u0001\"}" -> "malformed JSON",
        "{\"text\": \"a\u0000\"}" -> "NUL",
        "\u0000{\u0000}" -> "NUL"
      )
      val good = "{\"text\": \"good\"}\n"
      for ((line, reason) <- cases) withClue(line) {
        val found = readDirectly(options(InputFormat.JSONL, file(good + line + "\n")))
        val bad = found._2.filter(_.reason.contains(reason))
        assert(bad.length == 1, found)
        assert(found._1.map(_._2) == Seq("good"))
        assert(bad.head.offset >= good.length && bad.head.offset <= good.length + line.length)
        assert(!bad.head.reason.contains("\n"))
      }
    }

    it("demands an id of every record as soon as one has it, and only of that input") {
      val some = file("{\"text\":\"a\"}\n{\"text\":\"b\",\"id\":7}\n")
      val none = TestFiles.write(Folders.create("input").resolve("none.jsonl"), "{\"text\":\"c\"}\n")
      val found = read(options(InputFormat.JSONL, some, none))
      assert(found.documents.toSet == Set("7" -> "b", "none.jsonl#0" -> "c"))
      assert(found.bad.map(_.offset) == Seq(0) && found.bad.head.reason.contains("has no id"))
      assert(refusal(options(InputFormat.JSONL, some)).contains("at 0: the record has no id"))
    }

    it("refuses a named id column that no record has") {
      val named = new InputOptions(Seq(file("{\"text\":\"a\"}").toString).asJava, InputFormat.JSONL, "text", "key")
      assert(refusal(named).contains("no record of the input"))
      assert(
        intercept[InvalidInputException](open(named).survey(BadRecordPolicy.QUARANTINE)).getMessage.contains("'key'")
      )
    }
  }

  describe("invalid UTF-8") {
    it("is found at its byte, in every text format") {
      val sequences = Seq(
        bytes(0x80),
        bytes(0xc0, 0xaf),
        bytes(0xe0, 0x80, 0xaf),
        bytes(0xed, 0xa0, 0x80),
        bytes(0xf4, 0x90, 0x80, 0x80),
        bytes(0xff),
        bytes(0xe2, 0x82),
        bytes(0xf0, 0x9f, 0x98)
      )
      for (sequence <- sequences; prefix <- Seq("", "plain ascii text ", "é"))
        for (format <- Seq(InputFormat.TEXT, InputFormat.LINES, InputFormat.PARAGRAPHS)) {
          val before = bytes("good\n\n" + prefix)
          val found = readDirectly(options(format, file(before ++ sequence)))
          assert(found._2.map(_.offset) == Seq(before.length), (format, sequence.toSeq))
        }
      val json = read(options(InputFormat.JSONL, file(bytes("{\"text\":\"a", 0xff, "\"}\n{\"text\":\"b\"}"))))
      assert(json.bad.map(_.offset) == Seq(10) && json.documents.map(_._2) == Seq("b"))
    }

    it("agrees with the JDK's decoder on random bytes") {
      val seed = System.nanoTime()
      val random = new Random(seed)
      withClue(s"seed $seed: ") {
        for (_ <- 1 to 20000) {
          val text = Array
            .fill(random.nextInt(12))(random.nextInt(4) match {
              case 0 => random.nextInt(128)
              case 1 => 0x80 + random.nextInt(64)
              case _ => Seq(0xc2, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xa0, 0x9f, 0x8f, 0x90)(random.nextInt(12))
            })
            .map(_.toByte)
          val decoder = UTF_8.newDecoder()
          val in = java.nio.ByteBuffer.wrap(text)
          val result = decoder.decode(in, java.nio.CharBuffer.allocate(64), true)
          val expected = if (result.isError) in.position() else -1
          assert(Utf8.firstInvalid(text, text.length) == expected, text.toSeq)
        }
      }
    }
  }

  describe("repeated ids") {
    def line(id: String, text: String) = s"""{"id": "$id", "text": "$text"}\n"""

    it("fail the job, naming the id and both places") {
      val message = refusal(options(InputFormat.JSONL, file(line("a", "1") + line("b", "2") + line("a", "3"))))
      assert(message.contains("the document id a ") && message.contains("at 0") && message.contains("at 50"), message)
    }

    it("leave the copy with the smallest source, then hash, whatever the order of the files") {
      val texts = Seq("x", "y", "z", "x")
      val kept = for (order <- texts.permutations.toSeq.take(6)) yield {
        val folder = Folders.create("repeated")
        order.zipWithIndex.foreach { case (text, i) =>
          TestFiles.write(folder.resolve(s"$i.jsonl"), line("same", text))
        }
        val found = read(options(InputFormat.JSONL, folder))
        assert(found.bad.length == 3 && found.bad.forall(_.docId == "same"))
        found.documents
      }
      assert(kept.distinct.length == 1 && kept.head.length == 1)
      val first = TestFiles.write(Folders.create("repeated").resolve("first.jsonl"), line("same", "of the first input"))
      val folder = Folders.create("repeated")
      TestFiles.write(folder.resolve("second.jsonl"), texts.map(line("same", _)).mkString)
      assert(read(options(InputFormat.JSONL, first, folder)).documents == Seq("same" -> "of the first input"))
    }

    it("are also seen between an own id and one of place") {
      val own = TestFiles.write(Folders.create("input").resolve("own.jsonl"), line("place.jsonl#0", "a"))
      val place = TestFiles.write(Folders.create("input").resolve("place.jsonl"), "{\"text\":\"b\"}")
      assert(refusal(options(InputFormat.JSONL, own, place)).contains("place.jsonl#0"))
    }

    it("by place are refused before anything is read") {
      val (a, b) = (file("a"), file("b"))
      assert(refusal(options(InputFormat.LINES, a, b)).contains("would both begin with in.txt"))
      assert(refusal(options(InputFormat.TEXT, a, a)).contains("would both begin with in.txt"))
      val (c, d) = (file("{\"text\":\"a\"}"), file("{\"text\":\"a\"}"))
      assert(refusal(options(InputFormat.JSONL, c, d)).contains("would both begin with in.txt"))
    }
  }

  describe("parquet") {
    def parquet(query: String, files: Int = 1): Path = {
      val folder = Folders.create("parquet").resolve("in")
      LocalSpark.session.sql(query).repartition(files).write.parquet(folder.toString)
      folder
    }

    it("takes bytes for text, whole numbers for ids, row indices for places") {
      val rows = parquet("select cast(id as int) id, concat('t', id) text from range(100)", 3)
      val found = read(options(InputFormat.PARQUET, rows))
      assert(found.documents.toSet == (0 until 100).map(i => i.toString -> s"t$i").toSet)
      val places = parquet("select cast(concat('t', id) as binary) body from range(5)")
      val name = Files.list(places).iterator().asScala.map(_.getFileName.toString).find(_.endsWith("parquet")).get
      val placed = read(new InputOptions(Seq(places.toString).asJava, InputFormat.PARQUET, "body", null))
      assert(placed.documents.toSet == (0 until 5).map(i => s"in/$name#$i" -> s"t$i").toSet)
    }

    it("is split by row groups, every row once and with its index in the file") {
      val rows = LocalSpark.session
        .range(0, 20000, 1, 1)
        .selectExpr("concat('text number ', id, repeat(sha2(cast(id as string), 256), 20)) text")
      val folder = Folders.create("parquet").resolve("in")
      rows.write.option("parquet.block.size", 1 << 20).option("compression", "none").parquet(folder.toString)
      LocalSpark.withConf("spark.varlen.input.partitions", "9") {
        val found = read(options(InputFormat.PARQUET, folder))
        val texts = found.documents.map { case (id, text) =>
          id.split('#')(1).toInt -> text.split(' ')(2).takeWhile(_.isDigit)
        }
        assert(texts.map(_._1).toSet == (0 until 20000).toSet)
        assert(texts.forall { case (row, text) => text.startsWith(row.toString) })
      }
    }

    it("names null text, null and repeated ids, and invalid UTF-8 by row") {
      val rows = parquet(
        """select * from values (0, cast('a' as binary)), (1, null), (null, cast('b' as binary)),
          |(3, unhex('61ff')), (4, cast('c' as binary)), (4, cast('d' as binary)) as t(id, text)""".stripMargin
      )
      val reasons = read(options(InputFormat.PARQUET, rows)).bad.map(_.reason)
      assert(reasons.length == 4)
      Seq("'text' is null", "'id' is null", "invalid UTF-8", "another record has this id").foreach(reason =>
        assert(reasons.count(_.contains(reason)) == 1, reasons)
      )
    }

    it("names columns that are missing or of the wrong type, and those there are") {
      val rows = parquet("select id, 'x' body, cast(id as double) score from range(3)")
      assert(refusal(options(InputFormat.PARQUET, rows)).contains("no column 'text'; the file has id, body, score"))
      def columns(text: String, id: String) = new InputOptions(Seq(rows.toString).asJava, InputFormat.PARQUET, text, id)
      assert(refusal(columns("body", "key")).contains("no column 'key'; the file has id, body, score"))
      assert(refusal(columns("score", null)).contains("text must be a string"))
      assert(refusal(columns("body", "score")).contains("ids must be strings or whole numbers"))
    }

    it("names a file among others that has no such column, row by row") {
      val rows = parquet("select 'x' text from range(3)")
      LocalSpark.session.sql("select id other from range(4)").repartition(1).write.mode("append").parquet(rows.toString)
      // the file that is checked at once is the first by name, which is either
      val result = scala.util.Try(read(options(InputFormat.PARQUET, rows)))
      result.fold(
        failure => assert(failure.getMessage.contains("no column 'text'")),
        found => assert(found.documents.length == 3 && found.bad.length == 4)
      )
    }

    it("refuses what is no Parquet") {
      assert(refusal(options(InputFormat.PARQUET, file("PAR1 not really PAR1"))).contains("cannot be read as Parquet"))
      assert(refusal(options(InputFormat.PARQUET, file(""))).contains("cannot be read as Parquet"))
    }
  }

  describe("inputs") {
    it("must exist and hold files") {
      val empty = Folders.create("empty")
      assert(refusal(options(InputFormat.TEXT, empty.resolve("nowhere"))).contains("does not exist"))
      assert(refusal(options(InputFormat.TEXT, empty)).contains("holds no file"))
      assert(refusal(options(InputFormat.TEXT, empty.resolve("*.txt"))).contains("does not exist"))
      Files.createFile(empty.resolve("_only"))
      assert(refusal(options(InputFormat.TEXT, empty)).contains("whose name does not begin with"))
      assert(refusal(new InputOptions(Seq("nofs://x/y").asJava, InputFormat.TEXT)).contains("nofs"))
      assert(intercept[InvalidInputException](new InputOptions(Seq.empty.asJava, InputFormat.TEXT)).getMessage.nonEmpty)
      assert(
        intercept[InvalidInputException](
          new InputOptions(Seq("x").asJava, InputFormat.LINES, "text", "id")
        ).getMessage.contains("--id-column")
      )
    }
  }

  describe("an output of ours within an input") {
    it("is passed over and counted, so that a job may write below what it reads") {
      val in = Folders.create("in")
      TestFiles.write(in.resolve("a.txt"), "x")
      TestFiles.write(in.resolve("deep/packed/_varlen/manifest.json"), "{}")
      TestFiles.write(in.resolve("deep/packed/part-0.parquet"), "y")
      val files = InputFiles.resolve(options(InputFormat.TEXT, in), LocalSpark.context.hadoopConfiguration())
      assert(files.files.size == 1 && files.outputs == 1 && files.skipped == 0)
    }
  }

  describe("a bad record") {
    it("under fail is the first by source, path and offset") {
      val folder = Folders.create("bad")
      TestFiles.write(folder.resolve("b.txt"), bytes("ok\n", 0xff, "\n", 0xfe))
      TestFiles.write(folder.resolve("a.txt"), bytes("ok\nok\n", 0xff))
      LocalSpark.withConf("spark.varlen.input.partitions", "5") {
        val message = refusal(options(InputFormat.LINES, folder))
        assert(message.contains("a.txt at 6: invalid UTF-8") && message.contains("0xFF"), message)
      }
    }
  }
}
