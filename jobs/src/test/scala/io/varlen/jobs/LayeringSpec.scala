package io.varlen.jobs

import com.tngtech.archunit.core.domain.JavaClasses
import com.tngtech.archunit.core.importer.{ClassFileImporter, Location}
import com.tngtech.archunit.lang.ArchRule
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses
import org.scalatest.funspec.AnyFunSpec

/** Who may see whom, from the command line down; each form of rule is also shown to fail. */
class LayeringSpec extends AnyFunSpec {
  private val main: JavaClasses = new ClassFileImporter()
    .withImportOption((location: Location) => !location.contains("/test-classes/"))
    .importPackages("io.varlen")

  private def notSeen(seen: String, from: String): ArchRule =
    noClasses.that.resideInAPackage(from).should.dependOnClassesThat.resideInAPackage(seen)

  describe("the modules") {
    it("look down only: jobs, spark-plugin, kernels") {
      notSeen("io.varlen.jobs..", from = "io.varlen.spark..").check(main)
      noClasses.that
        .resideOutsideOfPackages("io.varlen.spark..", "io.varlen.jobs..")
        .should
        .dependOnClassesThat
        .resideInAnyPackage("io.varlen.spark..", "io.varlen.jobs..")
        .check(main)
    }
    it("leave parsing of the command line to jobs") {
      notSeen("picocli..", from = "io.varlen.spark..").check(main)
    }
    it("keep jobs away from libraries and from what is internal") {
      for (
        below <- Seq(
          "com.knuddels..",
          "ai.djl..",
          "org.bytedeco..",
          "com.sun.jna..",
          "jcuda..",
          "io.varlen..internal..",
          "org.apache.spark.sql.catalyst.."
        )
      )
        notSeen(below, from = "io.varlen.jobs..").check(main)
    }
    it("fail these rules where they are broken") {
      assertThrows[AssertionError](notSeen("picocli..", from = "io.varlen.jobs..").check(main))
      assertThrows[AssertionError](notSeen("io.varlen.spark..", from = "io.varlen.jobs..").check(main))
    }
  }
}
