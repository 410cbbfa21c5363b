package io.varlen.spark

import io.varlen.InvalidInputException
import org.apache.spark.SparkConf
import org.scalatest.funspec.AnyFunSpec

import scala.jdk.CollectionConverters._

class VarlenConfSpec extends AnyFunSpec {
  private def conf(settings: (String, String)*) = new SparkConf(false).setAll(settings)

  private def failure(settings: (String, String)*): String =
    intercept[InvalidInputException](VarlenConf.check(conf(settings: _*))).getMessage

  describe("VarlenConf.check") {
    it("accepts every key there is, and keys of others") {
      VarlenConf.check(conf())
      VarlenConf.check(
        conf(
          "spark.varlen.native.dir" -> "/somewhere",
          "spark.varlen.backend" -> "cpu",
          "spark.varlen.embed.tokenBudget" -> " 4096 ",
          "spark.varlen.model.jar" -> "hdfs://there/model.jar",
          "spark.varlength.of" -> "others",
          "spark.app.name" -> "x"
        )
      )
    }

    it("names the nearest key of one that does not exist") {
      assert(
        failure("spark.varlen.embed.tokenbudget" -> "1") ==
          "there is no key spark.varlen.embed.tokenbudget; did you mean spark.varlen.embed.tokenBudget?"
      )
      assert(failure("spark.varlen.nativeDir" -> "x").endsWith("did you mean spark.varlen.native.dir?"))
      assert(failure("spark.varlen.bakend" -> "cpu").endsWith("did you mean spark.varlen.backend?"))
    }

    it("says which value is wrong and what would be right") {
      for (bad <- Seq("0", "-1", "many", "1.5", "99999999999", ""))
        assert(
          failure("spark.varlen.embed.tokenBudget" -> bad) ==
            s"spark.varlen.embed.tokenBudget=$bad: must be a whole number from 1 to 2147483647"
        )
      assert(failure("spark.varlen.backend" -> "  ").contains("the value is empty"))
    }
  }

  describe("the registry") {
    it("has each key once, in the project's form, with a sentence") {
      val entries = VarlenConf.entries.asScala
      assert(entries.map(_.key).distinct.size == entries.size)
      for (entry <- entries) {
        assert(entry.key.matches("spark\\.varlen\\.([a-z]+\\.)*[a-z][A-Za-z]*"), entry.key)
        assert(entry.doc.matches("[A-Z].*\\."), entry.doc)
        assert(entry.defaultText.nonEmpty)
      }
    }
  }
}
