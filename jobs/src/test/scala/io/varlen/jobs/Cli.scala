package io.varlen.jobs

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.io.{PrintWriter, StringWriter}

/** Runs command lines in this process. */
object Cli {
  case class Outcome(status: Int, out: String, err: String) {
    def outLines: List[String] = out.linesIterator.toList
    def errLines: List[String] = err.linesIterator.toList

    /** The last line of standard output, which must be one JSON object. */
    def json: JsonNode = new ObjectMapper().readTree(outLines.last).ensuring(_.isObject)
  }

  def run(args: String*): Outcome = {
    val out = new StringWriter
    val err = new StringWriter
    val status = Main.commandLine(new PrintWriter(out, true), new PrintWriter(err, true)).execute(args: _*)
    Outcome(status, out.toString, err.toString)
  }
}
