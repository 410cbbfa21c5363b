package io.varlen.jobs

import io.varlen.InvalidInputException
import io.varlen.Nearest
import java.util.{List => JList}
import org.apache.spark.SparkException
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** The small things that lines are made of. */
class TextSpec extends AnyFunSpec {
  describe("a suggestion") {
    val known = JList.of("pack", "embed", "verify", "--tokenizer", "--text-column")
    def suggested(typed: String) = Nearest.didYouMean(typed, known, "-")

    it("is the known word one slip away") {
      for ((typed, meant) <- List("pakc" -> "pack", "PACK" -> "pack", "embd" -> "embed", "verifyy" -> "verify")) {
        assert(suggested(typed) == s"; did you mean $meant?")
      }
      assert(suggested("--tokeniser") == "; did you mean --tokenizer?")
      assert(suggested("--textcolumn") == "; did you mean --text-column?")
    }

    it("is not made where nothing is near") {
      assert(suggested("summarize") == "-")
    }
  }

  describe("a failure") {
    it("is the caller's wherever invalid input is among the causes") {
      val invalid = new InvalidInputException("no file /x; name one that is there")
      for (
        thrown <- List(invalid, new RuntimeException(invalid), new SparkException("Job aborted", new Error(invalid)))
      ) {
        assert(Failure.of(thrown) == new Failure(2, "no file /x; name one that is there"))
      }
    }

    it("is the caller's where Spark only quotes it") {
      val quoted = new SparkException(
        "Job aborted due to stage failure: Task 0 failed: io.varlen.InvalidInputException: bad row 3\n\tat x.y(Z.java:1)\n"
      )
      assert(Failure.of(quoted) == new Failure(2, "bad row 3"))
    }

    it("is one line about the root cause otherwise") {
      val failure = Failure.of(new RuntimeException("outer", new java.io.IOException("disk full\n\tat a.b(C.java:3)")))
      assert(failure.status == 1)
      assert(failure.line.startsWith("IOException: disk full (") && failure.line.contains("--verbose"))
      assert(Failure.of(new NullPointerException()).line.startsWith("NullPointerException ("))
      assert(Failure.of(new OutOfMemoryError("Java heap space")).line.contains("spark.driver.memory"))
      assert(Failure.of(new RuntimeException("  \n ")).line.startsWith("RuntimeException ("))
    }

    it("stays one line even where invalid input is told in several") {
      assert(Failure.of(new InvalidInputException("a\n  b\r\nc")).line == "a b c")
    }
  }

  describe("an excerpt") {
    it("is one line without anything that steers a terminal") {
      assert(Excerpt.start(" a\n\tb\u001b[2Jc\u0000 ", 99) == "a b�[2Jc�")
    }

    it("is cut to its length, never within a character") {
      assert(Excerpt.start("abcdef", 6) == "abcdef")
      assert(Excerpt.start("abcdefg", 6) == "abcd …")
      val wide = "x" + "😀" * 50
      for (length <- 6 to 40; cut <- List(Excerpt.start(wide, length), Excerpt.ends(wide, length))) {
        assert(cut.length <= length)
        assert(cut.codePoints().noneMatch(c => c >= 0xd800 && c <= 0xdfff))
      }
      assert(Excerpt.ends("0123456789", 9) == "012 … 789")
    }
  }

  it("a table aligns its labels, and its values where remarks follow") {
    val table =
      new Table().add("rows", Table.number(12345), "of 8").add("padding", "7", "slots").add("digest", "ab", "")
    assert(table.toString == """  rows     12,345  of 8
                               |  padding       7  slots
                               |  digest   ab
                               |""".stripMargin)
  }

  it("a text falls into sentences, list items, table rows and statements, none of them blank") {
    def parts(text: String) = Sentences.of(text).asScala.toList
    assert(parts("One. Two\nlines? 3.5 is\n\n# Head\ntext") == List("One.", "Two lines?", "3.5 is", "# Head text"))
    assert(parts("list:\n- a\n  b\n- c\n| d |\n|---|") == List("list:", "- a b", "- c", "| d |", "|---|"))
    assert(parts("x = 1;\ny = 2;\n") == List("x = 1;", "y = 2;"))
    assert(parts(" \n\n ").isEmpty && parts("").isEmpty)
  }
}
