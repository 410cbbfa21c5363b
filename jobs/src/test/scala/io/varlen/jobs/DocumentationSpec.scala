package io.varlen.jobs

import com.fasterxml.jackson.databind.ObjectMapper
import io.varlen.spark.VarlenConf
import io.varlen.spark.sql.VarlenFunctions
import org.scalatest.funspec.AnyFunSpec
import picocli.CommandLine

import java.io.PrintWriter
import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._
import scala.util.Using

/** What the documents quote exists: commands, options, keys, classes, paths and links. */
class DocumentationSpec extends AnyFunSpec {
  import DocumentationSpec._
  import TestFiles.checkout

  private val readmes = Seq(
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "kernels/README.md",
    "spark-plugin/README.md",
    "spark-plugin/python/README.md",
    "jobs/README.md",
    "jobs/deploy/README.md",
    "notebooks/README.md",
    "notebooks/zeppelin/README.md"
  ).map(name => Document(name, Files.readString(checkout.resolve(name))))
  private val notebooks = files(checkout.resolve("notebooks/jupyter"))
    .filter(path => path.getParent.endsWith("jupyter") && path.toString.endsWith(".ipynb"))
    .map(notebook)
  private val documents = readmes ++ notebooks

  /** Runs the check on everything of its kind that is quoted anywhere; nothing quoted would mean nothing checked. */
  private def everyQuoted(quotes: Document => Seq[String])(wrong: (Document, String) => Boolean): Unit = {
    val all = for (d <- documents; q <- quotes(d).distinct) yield d -> q
    assert(all.nonEmpty)
    assert(all.filter(wrong.tupled).map { case (d, q) => s"${d.name}: $q" }.isEmpty)
  }

  describe("links") {
    it("lead to files of the checkout and headings in them") {
      everyQuoted(_.links) { (document, link) =>
        val (path, anchor) = link.split("#", 2) match { case Array(p, a) => (p, a); case Array(p) => (p, "") }
        val target = if (path.isEmpty) document.path else document.path.resolveSibling(path).normalize
        !Files.exists(target) || (anchor.nonEmpty && !Document(path, Files.readString(target)).anchors.contains(anchor))
      }
    }
  }

  describe("the command line") {
    val commands = Main.commandLine(new PrintWriter(System.out), new PrintWriter(System.err)).getSubcommands.asScala
    def options(command: CommandLine) = command.getCommandSpec.options.asScala.flatMap(_.names).toSet + "--spark-home"
    val allOptions = commands.values.flatMap(options).toSet

    it("has every command quoted, with its options") {
      everyQuoted(_.invocations) { (_, line) =>
        val words = line.split("\\s+").toSeq
        val command = words.drop(1).headOption.filterNot(_.matches("COMMAND|OPTIONS|--help|--version"))
        command.exists(name => !commands.contains(name) || !optionsIn(line).forall(options(commands(name)).contains))
      }
    }
    it("has every option quoted alone") {
      everyQuoted(_.code.flatMap(optionsIn))((_, option) => !allOptions(option) && !OptionsOfOtherTools(option))
    }
    it("has each command introduced in its README") {
      val text = documents.find(_.name == "jobs/README.md").get.text
      assert(commands.keys.filterNot(c => text.contains(s"`$c`") || text.contains(s"varlen $c")).isEmpty)
    }
  }

  describe("configuration keys") {
    val entries = VarlenConf.entries.asScala
    val keys = entries.map(_.key).toSet
    it("exist where they are quoted") {
      everyQuoted(d => KeyPattern.findAllIn(d.text).toSeq)((_, key) => !keys(key))
    }
    it("stand in the README of spark-plugin as they do in the code") {
      val text = documents.find(_.name == "spark-plugin/README.md").get.text
      assert(entries.map(e => s"| `${e.key}` | ${e.defaultText} | ${e.doc} |").filterNot(text.contains(_)).isEmpty)
    }
  }

  describe("code") {
    val sources = Seq("kernels", "spark-plugin", "jobs").flatMap(m => files(checkout.resolve(m).resolve("src")))
    val inPython = files(checkout.resolve("spark-plugin/python/src"))
      .filter(_.toString.endsWith(".py"))
      .flatMap(file => "(?m)^class (\\w+)".r.findAllMatchIn(Files.readString(file)).map(_.group(1)))
    val types = sources
      .map(_.getFileName.toString)
      .filter(_.matches(".*\\.(java|scala)"))
      .map(_.replaceFirst("\\..*", ""))
      .toSet ++ inPython
    val packages = sources
      .filter(_.getFileName.toString == "package-info.java")
      .map { p =>
        p.getParent.toString.replaceFirst(".*/src/main/java/", "").replace('/', '.')
      }
      .toSet

    it("is introduced package by package in the README of its module, but for what is internal") {
      val introduced =
        for (m <- Seq("kernels", "spark-plugin"); d <- documents if d.name == s"$m/README.md") yield d.text
      val own = packages.filterNot(p => p.contains("internal") || p.startsWith("io.varlen.jobs"))
      assert(own.size > 10)
      assert(own.filterNot(p => introduced.exists(_.contains(s"| `$p` |"))).isEmpty)
    }
    it("has every type of ours that is quoted by its full name") {
      everyQuoted(_.code.flatMap(QualifiedName.findAllIn(_))) { (_, name) =>
        val (packageName, simple) = name.split("\\.").toSeq.span(_.head.isLower)
        if (simple.isEmpty) !packages(name) && name != "io.varlen" && name != "io.varlen.shaded"
        else !packages(packageName.mkString(".")) && packageName != Seq("io", "varlen") || !types(simple.head)
      }
    }
    it("has every type of ours that is quoted by its simple name") {
      everyQuoted(_.code.filter(_.matches(TypeName))) { (_, name) => !types(name) && !TypesOfOthers(name) }
    }
    it("has every path that is quoted") {
      everyQuoted(_.code.filter(_.matches(PathName))) { (document, path) =>
        !Files.exists(checkout.resolve(path)) && !Files.exists(document.path.resolveSibling(path))
      }
    }
  }

  describe("notebooks") {
    it("are all introduced in their README") {
      val text = documents.find(_.name == "notebooks/README.md").get.text
      assert(notebooks.nonEmpty)
      assert(notebooks.map(_.name.stripPrefix("notebooks/")).filterNot(n => text.contains(s"]($n)")).isEmpty)
    }
    it("name functions of SQL that exist") {
      val functions = VarlenFunctions.all.asScala.map(_.name).toSet
      val quoted = for (n <- notebooks; f <- "\\bvarlen_\\w+".r.findAllIn(n.text)) yield f
      assert(quoted.nonEmpty && quoted.filterNot(functions).isEmpty)
    }
  }

  describe("CONTRIBUTING.md") {
    it("gives a reason for each library that the poms manage") {
      val managed =
        "<groupId>([^<]+)</groupId>\\s*<artifactId>([^<$]+?)(?:_\\$\\{scala\\.binary\\.version})?</artifactId>".r
      val pom = Files.readString(checkout.resolve("pom.xml"))
      val artifacts = managed
        .findAllMatchIn(pom.substring(pom.indexOf("<dependencyManagement>"), pom.indexOf("</dependencyManagement>")))
        .filterNot(m => m.group(1) == "io.varlen" || m.group(1) == "*")
        .map(_.group(2))
        .toSet
      val text = documents.find(_.name == "CONTRIBUTING.md").get.text
      assert(artifacts.size > 10)
      assert(artifacts.filterNot(a => text.contains(s"`$a`")).isEmpty)
    }
  }
}

object DocumentationSpec {

  /** Options in the documents that belong to Maven, git, spark-submit and the like. */
  private val OptionsOfOtherTools = Set("--class", "--jars", "--add-modules", "--packages", "--check")

  /** Types in the documents that belong to Java, Spark, the test libraries and trainers. */
  private val TypesOfOthers = Set(
    "SparkSession",
    "SparkSubmit",
    "JavaRDD",
    "JavaPairRDD",
    "TaskContext",
    "AnyFunSpec",
    "ValueError",
    "StreamingDataset",
    "IndexedDataset",
    "IterableDataset",
    "DataLoader",
    "StatefulDataLoader"
  )

  private val KeyPattern = "spark\\.varlen\\.[a-z]+\\.?[A-Za-z.]*[A-Za-z](?![\\w<*.])".r
  private val QualifiedName = "io\\.varlen(?:\\.[a-z]+)*(?:\\.[A-Z]\\w*)?".r
  private val TypeName = "(?:[A-Z][a-z0-9]+){2,}"
  private val PathName = "(?!.*[<>*$~:]|.*target/|/|D/)\\.?[\\w.-]+(?:/[\\w.-]+)+/?"

  private def files(folder: Path): Seq[Path] =
    Using.resource(Files.walk(folder))(_.iterator.asScala.filter(Files.isRegularFile(_)).toList)

  /** Its prose, its code in fences, and the commands that it runs by a function `varlen("COMMAND …")`, each as a line
    * of code.
    */
  private def notebook(path: Path): Document = {
    val cells = new ObjectMapper().readTree(path.toFile).get("cells").asScala.map { cell =>
      val source = cell.get("source").asScala.map(_.asText).mkString
      if (cell.get("cell_type").asText == "markdown") source
      else {
        val commands = "varlen\\(f?\"([^\"]+)\"\\)".r.findAllMatchIn(source).map("varlen " + _.group(1))
        s"```python\n$source\n${commands.mkString("\n")}\n```"
      }
    }
    Document(TestFiles.checkout.relativize(path).toString, cells.mkString("\n\n"))
  }

  private def optionsIn(text: String): Seq[String] = "(?<![\\w-])--[a-z][a-z-]*".r.findAllIn(text).toSeq

  final case class Document(name: String, text: String) {
    private val Fence = "(?ms)^```\\w*\\n(.*?)^```".r
    private val prose = Fence.replaceAllIn(text, "")

    def path: Path = TestFiles.checkout.resolve(name)

    def links: Seq[String] =
      "\\]\\(([^)\\s]+)\\)".r.findAllMatchIn(prose).map(_.group(1)).filterNot(_.matches("[a-z]+:.*")).toSeq

    /** As renderers of Markdown make them from headings. */
    def anchors: Set[String] =
      "(?m)^#+ (.*)$".r
        .findAllMatchIn(prose)
        .map(_.group(1).toLowerCase.replaceAll("[^\\w\\- ]", "").replace(' ', '-'))
        .toSet

    /** What stands between back ticks, and the lines of fenced blocks (a line that ends in \ goes on in the next). */
    def code: Seq[String] =
      "`([^`\n]+)`".r.findAllMatchIn(prose).map(_.group(1)).toSeq ++
        Fence.findAllMatchIn(text).flatMap(_.group(1).replace("\\\n", " ").linesIterator)

    def invocations: Seq[String] =
      code.flatMap("(?:^|[/ ])(varlen [a-zA-Z-].*)".r.findFirstMatchIn(_)).map(_.group(1).replaceAll("\\s+#.*", ""))
  }
}
