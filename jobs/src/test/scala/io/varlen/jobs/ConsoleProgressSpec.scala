package io.varlen.jobs

import java.io.{PrintWriter, StringWriter}
import org.scalatest.funspec.AnyFunSpec

class ConsoleProgressSpec extends AnyFunSpec {
  private class Screen(terminal: Boolean) {
    private val written = new StringWriter
    private var now = 7000000000L
    val progress = new ConsoleProgress(new PrintWriter(written, true), terminal, () => now)
    def after(seconds: Double): Unit = now += (seconds * 1e9).toLong
    def text: String = written.toString
    def lines: List[String] = text.linesIterator.toList
  }

  describe("where standard error is no terminal") {
    it("writes a line every ten seconds, and no control character") {
      val screen = new Screen(terminal = false)
      screen.progress.stage("tokenize", 4000, "tokens")
      for (second <- 1 to 21) {
        screen.after(1)
        screen.progress.advance(second * 100L)
      }
      screen.progress.close()
      assert(
        screen.lines == List(
          "tokenize   25 %  1,000 of 4,000 tokens  100 tokens/s  30 s left",
          "tokenize   50 %  2,000 of 4,000 tokens  100 tokens/s  20 s left"
        )
      )
    }

    it("stays silent over work that is done at once, but for its notes") {
      val screen = new Screen(terminal = false)
      screen.progress.stage("verify", 10, "parts")
      screen.progress.advance(10)
      screen.progress.note("2 files skipped")
      screen.progress.close()
      assert(screen.text == s"2 files skipped${System.lineSeparator}")
    }
  }

  describe("on a terminal") {
    it("draws one line again and again, and takes it away at the end") {
      val screen = new Screen(terminal = true)
      screen.progress.stage("verify", 8, "parts")
      screen.after(0.1)
      screen.progress.advance(1) // too soon after the last drawing
      screen.after(1.9)
      screen.progress.advance(6)
      screen.progress.close()
      val drawings = screen.text.split("\r\u001b\\[K", -1).toList
      assert(
        drawings == List(
          "",
          "verify  " + "░" * 24 + "    0 %  0 of 8 parts",
          "verify  " + "█" * 18 + "░" * 6 + "   75 %  6 of 8 parts  3 parts/s  1 s left",
          ""
        )
      )
    }

    it("puts a note above the line") {
      val screen = new Screen(terminal = true)
      screen.progress.stage("verify", 8, "parts")
      screen.progress.note("look")
      assert(screen.text.contains(s"\r\u001b[Klook${System.lineSeparator}\r\u001b[Kverify"))
    }
  }

  it("gives the rate of what takes its time by the minute, and goes on telling it while nothing is done") {
    val screen = new Screen(terminal = false)
    screen.progress.stage("embed", 40, "tasks")
    screen.after(20)
    screen.progress.advance(4)
    screen.after(10)
    screen.progress.advance(4)
    assert(
      screen.lines == List(
        "embed   10 %  4 of 40 tasks  12 tasks/min  3 min 0 s left",
        "embed   10 %  4 of 40 tasks  8 tasks/min  4 min 30 s left"
      )
    )
  }

  it("gives long times in minutes and hours, and no time where the total is unknown") {
    val screen = new Screen(terminal = false)
    screen.progress.stage("read", 7400, "files")
    screen.after(100)
    screen.progress.advance(100)
    screen.after(100)
    screen.progress.advance(6600)
    screen.progress.stage("count", 0, "files")
    screen.after(10)
    screen.progress.advance(10)
    assert(screen.lines.map(_.replaceAll(".*files/s ?", "").trim) == List("2 h 1 min left", "24 s left", ""))
  }
}
