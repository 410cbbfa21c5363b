package io.varlen.spark.sql

import io.varlen.spark.LocalSpark
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** Each function says what it takes and gives, and its examples are true. */
class FunctionDocumentationSpec extends AnyFunSpec {
  private val spark = LocalSpark.session

  describe("each SQL function") {
    for (function <- VarlenFunctions.all.asScala)
      it(s"${function.name} is described, and its examples give what they say") {
        val text =
          spark.sql(s"describe function extended ${function.name}").collect().map(_.getString(0)).mkString("\n")
        assert(text.contains(function.name + function.signature + " - " + function.usage), text)
        for (parameter <- function.parameters.asScala) assert(text.contains(s"* ${parameter.name} - "), text)
        val examples = "(?s)> (.*?);\n       (.*?)\n(?=      >|  $|\\s*$)".r
          .findAllMatchIn(text.substring(text.indexOf("Examples:")))
          .map(found => found.group(1) -> found.group(2).replaceAll("\n {7}", "\n"))
          .toSeq
        assert(examples.size == function.examples.size && examples.nonEmpty, text)
        for ((query, result) <- examples) assert(SqlAnswers.printed(query) == result, query)
      }
    it("is in the README as it is described") {
      val readme = Files.readString(Path.of("README.md"))
      val missing =
        VarlenFunctions.all.asScala
          .map(f => s"`${f.name}${f.signature}`")
          .filterNot(signature => readme.contains(signature))
      assert(missing.isEmpty)
    }
  }
}
