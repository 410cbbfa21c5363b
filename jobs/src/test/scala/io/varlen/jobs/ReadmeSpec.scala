package io.varlen.jobs

import java.io.PrintWriter
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec

/** What the READMEs say of the command line is so. With VARLEN_WRITE_README=1 the option tables are written anew. */
class ReadmeSpec extends AnyFunSpec {
  private val readme = TestFiles.moduleFolder.resolve("README.md")
  private val silent = new PrintWriter(java.io.Writer.nullWriter())
  private val names = OptionTables.commands.map(_._1)

  it("jobs/README.md has the options of every command") {
    val text = Files.readString(readme)
    val right = OptionTables.fill(text)
    if (sys.env.get("VARLEN_WRITE_README").contains("1")) Files.writeString(readme, right)
    else assert(text == right, "jobs/README.md is stale; VARLEN_WRITE_README=1 mvn verify writes its tables anew")
  }

  for (path <- List(readme, TestFiles.moduleFolder.resolveSibling("README.md"))) {
    describe(s"every command quoted in ${path.getParent.getFileName}/${path.getFileName}") {
      val commands = quoted(path)
      it("is there at all")(assert(commands.nonEmpty))
      for (command <- commands) it(command)(assertParses(command))
    }
  }

  it("jobs/README.md names every exit status and every figure of pack") {
    val text = Files.readString(readme)
    val figures = List(
      "documents",
      "source_tokens",
      "added_special_tokens",
      "repeated_tokens",
      "packed_tokens",
      "padding_tokens",
      "dropped_tokens",
      "truncated_tokens",
      "rows",
      "seq_len",
      "efficiency",
      "digest",
      "seconds",
      "tokens_per_second"
    )
    for (figure <- figures) assert(text.contains(s"`$figure`"), figure)
    for (status <- 0 to 2) assert(text.contains(s"| $status |"))
  }

  /** Command lines in code: `varlen …`, `jobs/bin/varlen …`, `spark-submit … Main JAR …`; a backslash goes on. */
  private def quoted(path: Path): List[String] = {
    val text = Files.readString(path).replaceAll("\\\\\n\\s*", " ")
    val start = "(?:(?<=[\\s`])(?:jobs/bin/)?varlen|io\\.varlen\\.jobs\\.Main \\S+\\.jar)"
    s"$start (${names.mkString("|")})\\b[^`\\n]*".r.findAllIn(text).map(_.trim).toList.distinct
  }

  private def assertParses(command: String): Unit = {
    val words = "'[^']*'|\"[^\"]*\"|\\S+".r.findAllIn(command).map(_.replaceAll("['\"]", "")).toList
    val args = words.drop(words.indexWhere(names.contains))
    if (args.last != "…" && args.size > 1) Main.commandLine(silent, silent).parseArgs(args: _*)
    else assert(names.contains(args.head))
  }
}
