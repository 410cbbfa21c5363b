package io.varlen.jobs

import java.io.PrintWriter
import picocli.CommandLine
import scala.jdk.CollectionConverters._

/** The option tables of README.md, made from the command line itself. */
object OptionTables {
  private val silent = new PrintWriter(java.io.Writer.nullWriter())
  private val commonOptions = List("--master", "--conf", "--spark-home", "--json", "--verbose", "--help")

  val commands: List[(String, CommandLine)] = Main.commandLine(silent, silent).getSubcommands.asScala.toList

  /** By the name that stands in README.md's markers. */
  def tables: Map[String, String] = {
    val own = commands.map { case (name, command) => name -> table(command, option => !commonOptions.contains(option)) }
    own.toMap + ("common" -> table(commands.head._2, commonOptions.contains))
  }

  private def table(command: CommandLine, wanted: String => Boolean): String = {
    val rows = for {
      option <- command.getCommandSpec.options().asScala.toList.sortBy(_.order())
      if wanted(option.longestName)
    } yield {
      val label = if (option.arity.max() == 0) "" else s" ${option.paramLabel}"
      val text = option.description().mkString(" ").replace("${DEFAULT-VALUE}", String.valueOf(option.defaultValue()))
      s"| `${option.longestName}$label` | ${if (option.required) "**required.** " else ""}${text.replace("|", "\\|")} |"
    }
    ("| option | meaning |" :: "|---|---|" :: rows).mkString("\n")
  }

  /** `text` with the tables between its markers `<!-- options: NAME -->` and `<!-- end -->`. */
  def fill(text: String): String =
    tables.foldLeft(text) { case (filled, (name, table)) =>
      val marker = s"<!-- options: $name -->"
      val start = filled.indexOf(marker)
      require(start >= 0, s"there is no $marker")
      val end = filled.indexOf("<!-- end -->", start)
      filled.substring(0, start) + marker + "\n" + table + "\n" + filled.substring(end)
    }
}
