package io.varlen.spark

import com.tngtech.archunit.core.domain.AccessTarget.{CodeUnitAccessTarget, FieldAccessTarget}
import com.tngtech.archunit.core.domain.{JavaClass, JavaClasses}
import com.tngtech.archunit.core.importer.{ClassFileImporter, Location}
import com.tngtech.archunit.lang.ArchRule
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices
import org.scalatest.funspec.AnyFunSpec

import scala.jdk.CollectionConverters._

/** Who may see whom inside spark-plugin, and what keeps one jar running on every Spark; each form of rule is also shown
  * to fail.
  */
class LayeringSpec extends AnyFunSpec {
  import LayeringSpec._

  /** The one class that may touch Catalyst and Scala's collections. */
  private val exempt = "io.varlen.spark.internal.SqlFunctions"

  /** The one class whose methods Spark calls with Scala's collections. */
  private val source = "io.varlen.spark.source.VarlenSource"

  private val classes = importMain("io.varlen.spark")

  describe("the layers of spark-plugin") {
    it("reach tokenizers, native libraries and backends through kernels only") {
      for (
        library <- Seq(
          "com.knuddels..",
          "ai.djl..",
          "org.bytedeco..",
          "com.sun.jna..",
          "jcuda..",
          "io.varlen.internal.."
        )
      )
        notSeen(library).check(classes)
    }
    it("do not know the command line") {
      notSeen("io.varlen.jobs..").check(classes)
      notSeen("picocli..").check(classes)
    }
    it("form no cycle") {
      slices.matching("io.varlen.spark.(*)..").should.beFreeOfCycles.check(classes)
    }
    it("fail these rules where they are broken") {
      assertThrows[AssertionError](notSeen("org.apache.spark..").check(classes))
    }
  }

  describe("one jar for every Spark") {
    it("does not touch Catalyst") {
      notSeen("org.apache.spark.sql.catalyst..", s"$exempt|$exempt\\$$.*").check(classes)
    }
    it("has no type of Scala's collections in a descriptor of its own or of what it calls") {
      val others = classes.asScala.filterNot(c => c.getName.startsWith(exempt) || c.getName == source)
      assert(scalaCollectionsIn(others).isEmpty)
    }
    it("would find one") {
      val offender = new ClassFileImporter().importClasses(classOf[SeesScalaCollections])
      val found = scalaCollectionsIn(offender.asScala)
      assert(found.exists(_.contains("own")) && found.exists(_.contains("called")), found)
    }
  }
}

object LayeringSpec {
  def importMain(packageName: String): JavaClasses =
    new ClassFileImporter()
      .withImportOption((location: Location) => !location.contains("/test-classes/"))
      .importPackages(packageName)

  def notSeen(library: String, exceptFrom: String = "none"): ArchRule =
    noClasses.that.haveNameNotMatching(exceptFrom).should.dependOnClassesThat.resideInAPackage(library)

  /** One line per descriptor that names such a type. */
  def scalaCollectionsIn(classes: Iterable[JavaClass]): Seq[String] = {
    def collections(types: Iterable[JavaClass]) =
      types.map(_.getName).filter(_.matches("\\[*L?scala\\.collection\\..*"))
    val lines = for {
      c <- classes
      own = c.getCodeUnits.asScala.flatMap(u => u.getRawParameterTypes.asScala.toSeq :+ u.getRawReturnType) ++
        c.getFields.asScala.map(_.getRawType)
      targets = c.getAccessesFromSelf.asScala.map(_.getTarget)
      called = targets.flatMap {
        case t: CodeUnitAccessTarget => t.getRawParameterTypes.asScala.toSeq :+ t.getRawReturnType
        case t: FieldAccessTarget    => Seq(t.getRawType)
      }
      (kind, types) <- Seq("own" -> own, "called" -> called)
      name <- collections(types)
    } yield s"${c.getName}: $kind descriptor with $name"
    lines.toSeq.distinct
  }
}

/** What the rule about Scala's collections forbids. */
class SeesScalaCollections {
  def own(words: Seq[String]): Int = words.length
  def called(context: org.apache.spark.SparkContext): Int =
    context.statusTracker.getActiveJobIds().length + context.jars.size
}
