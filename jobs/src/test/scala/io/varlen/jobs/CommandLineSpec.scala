package io.varlen.jobs

import io.varlen.spark.job.JobProgress
import java.io.{PrintWriter, StringWriter}
import java.nio.file.Files
import org.apache.spark.sql.SparkSession
import org.scalatest.funspec.AnyFunSpec
import picocli.CommandLine
import picocli.CommandLine.Model.OptionSpec
import scala.jdk.CollectionConverters._

class CommandLineSpec extends AnyFunSpec {
  private val silent = new PrintWriter(java.io.Writer.nullWriter())
  private val commands: Map[String, CommandLine] = Main.commandLine(silent, silent).getSubcommands.asScala.toMap

  /** What every command line needs beside the fault under test. */
  private val complete = Map(
    "quickstart" -> List(),
    "pack" -> List("--input", "i", "--tokenizer", "tiktoken:cl100k_base", "--seq-len", "8", "--output", "o"),
    "embed" -> List("--input", "i", "--model", "builtin:all-minilm-l6-v2", "--output", "o"),
    "score" -> List("--input", "i", "--model", "m", "--output", "o"),
    "attend" -> List("--input", "i", "--model", "m", "--output", "o"),
    "verify" -> List("--input", "i"),
    "plan" -> List("--input", "i", "--seq-len", "8"),
    "inspect" -> List("--input", "i"),
    "report" -> List("--input", "i"),
    "remove" -> List("--input", "i", "--doc-ids", "f"),
    "export" -> List("--input", "i", "--format", "trl", "--output", "o"),
    "bench" -> List("tokenize"),
    "doctor" -> List()
  )

  it("has the commands that it should have, each complete as this spec calls it") {
    assert(commands.keySet == complete.keySet)
  }

  describe("wrong usage is status 2 and one line that says what, where and what would be right:") {
    def refused(args: String*)(what: String, right: String*): Unit =
      it(args.mkString(" ")) {
        val outcome = Cli.run(args: _*)
        assert(outcome.status == 2, outcome)
        assert(outcome.out.isEmpty)
        assert(outcome.errLines.size == 1, outcome.err)
        val where = "varlen" + args.headOption.filter(commands.contains).fold("")(" " + _) + ": "
        assert(outcome.err.startsWith(where))
        assert(outcome.err.contains(what))
        right.foreach(text => assert(outcome.err.contains(text)))
        for (command <- args.headOption.filter(commands.contains) if !args.exists(_.startsWith("--json"))) {
          val told = Cli.run(command +: "--json" +: args.tail: _*)
          assert(told.status == 2 && told.err == outcome.err, told)
          assertFailure(told, where)
        }
      }
    def pack(more: String*) = "pack" +: (complete("pack") ++ more)
    def embed(more: String*) = "embed" +: (complete("embed") ++ more)

    refused()("no command", commands.keys.toSeq: _*)
    refused("pakc")("pakc", "did you mean pack?")
    refused("verfiy", "--input", "d")("verfiy", "did you mean verify?")
    refused("swim")("swim", commands.keys.toSeq: _*)
    refused("--jsn")("--jsn", "--help")
    for ((command, args) <- complete) {
      refused((command +: args) :+ "--mastr=x": _*)("--mastr", "did you mean --master?")
      refused((command +: args) :+ "stray": _*)("", "")
      refused((command +: args) ++ List("--json=maybe"): _*)("--json")
      refused((command +: args) ++ List("--master", "lcoal[*]"): _*)("--master lcoal[*]", "did you mean local[*]?")
      refused((command +: args) ++ List("--master", "mesos://h"): _*)(
        "--master mesos://h",
        "local[N]",
        "spark://HOST:PORT"
      )
      refused((command +: args) ++ List("--master", "local[0]"): _*)("--master local[0]", "local[")
      refused((command +: args) ++ List("--master", "local-cluster[2,2]"): _*)(
        "--master local-cluster[2,2]",
        "CORES,MB"
      )
      refused((command +: args) ++ List("--conf", "spark.x"): _*)("--conf spark.x", "KEY=VALUE")
      refused((command +: args) ++ List("--conf"): _*)("--conf", "KEY=VALUE")
      refused((command +: args) ++ List("--conf", "spark.varlen.backnd=cpu"): _*)(
        "spark.varlen.backnd",
        "did you mean spark.varlen.backend?"
      )
      refused((command +: args) ++ List("--conf", "spark.executor.resource.gpu.amount=1"): _*)(
        "spark.executor.resource.gpu.amount=1",
        "leave the key out"
      )
      refused((command +: args) ++ List("--spark-home", "/s"): _*)("--spark-home", "jobs/bin/varlen")
      refused((command +: args) ++ List("--master", "local", "--master", "local[2]"): _*)("--master", "once")
    }
    // what pack's --tokenizer is needed for, only the input tells
    for ((command, args) <- complete; required <- args.filter(_.startsWith("--")) if required != "--tokenizer") {
      val at = args.indexOf(required)
      refused(command +: args.patch(at, Nil, 2): _*)(required, s"varlen $command ", required)
    }
    refused("pack")("--input P, --output D, --seq-len N are missing", "varlen pack --input")
    refused("pack", "--tokeniser", "x")("--tokeniser", "did you mean --tokenizer?")
    refused(pack("--seq-length", "9"): _*)("--seq-length", "did you mean --seq-len?")
    refused(pack("--input-format", "json"): _*)(
      "--input-format json",
      "text, lines, paragraphs, jsonl, parquet",
      "jsonl?"
    )
    refused("bench")("WHAT is missing", "varlen bench tokenize")
    refused("bench", "tokenise", "--input", "i")("tokenise", "did you mean tokenize?")
    refused("bench", "swim")("swim", "tokenize and attention")
    refused("bench", "tokenize", "--layers", "2")("--layers is for bench attention")
    refused("bench", "attention", "--python", "p")("--python is for bench tokenize")
    refused("bench", "attention", "--threads", "1,4")("bench attention takes one --threads")
    refused("bench", "attention", "--input", "a", "--input", "b")("bench attention takes one --input")
    refused("bench", "attention", "--input", "/no/such")("/no/such is not a packed dataset", "does not exist")
    for ((option, most) <- Seq("--threads" -> 1024, "--layers" -> 1000, "--rounds" -> 1000, "--seq-len" -> 65536))
      refused("bench", "attention", "--quick", option, "0")(s"$option is 0", s"from 1 to $most")
    refused("bench", "attention", "--layers", "two")("--layers two", "whole number")
    refused("bench", "tokenize", "--input", "/no/such")("/no/such", "does not exist")
    refused("bench", "tokenize", "--input", "i", "--threads", "1,0")("--threads is 0", "from 1 to 1024")
    refused("bench", "tokenize", "--input", "i", "--seconds", "0")("--seconds is 0", "from 1 to 3600")
    refused("bench", "tokenize", "--input", "i", "--tokenizer", "tiktoken:cl100k")("did you mean tiktoken:cl100k_base?")
    refused(pack("--special-tokens", "docs"): _*)("--special-tokens docs", "document, none, chunk")
    refused(pack("--bad-records", "ignore"): _*)("--bad-records ignore", "fail, quarantine")
    refused(pack("--emit", "labels,position_id"): _*)("--emit position_id", "did you mean position_ids?")
    refused(pack("--pad-id", "-1"): _*)("--pad-id", "at least 0")
    refused(pack("--strategy", "best"): _*)("--strategy best", "bfd, ffd, wrapped, sequential, random_fit")
    refused(pack("--strategy", "squential"): _*)("did you mean sequential?")
    for (how <- List("trunc", "split-overlap", "split-overlap=3"))
      refused(pack("--overflow", how): _*)(
        "--overflow",
        "split, split-overlap N, truncate-head, truncate-tail, drop, fail"
      )
    refused(pack("--overflow", "truncate-hed"): _*)("did you mean truncate-head?")
    refused(pack("--overflow"): _*)("--overflow", "needs a value")
    refused(pack("--overflow", "split", "3"): _*)("'3'", "belongs to no option")
    refused(pack("--overflow", "drop", "--overflow", "fail"): _*)("--overflow", "once")
    refused(pack("--overflow", "split-overlap", "8"): _*)("split-overlap 8", "must be less")
    refused(pack("--overflow", "drop", "--strategy", "wrapped"): _*)("--overflow drop", "wrapped")
    refused(pack("--overflow", "truncate-head", "--special-tokens", "chunk"): _*)("truncate-head", "chunk")
    refused(pack("--pad-to-multiple", "3"): _*)("--seq-len 8", "--pad-to-multiple 3", "9")
    refused(pack("--max-documents-per-row", "0"): _*)("--max-documents-per-row", "at least 1")
    refused(pack("--max-squared-length", "-1"): _*)("--max-squared-length", "at least 1")
    refused(pack("--prompt-column", "p"): _*)("--prompt-column", "--completion-column")
    refused(pack("--completion-column", "c"): _*)("--completion-column", "--prompt-column")
    refused(pack("--mask-column", "m"): _*)("--mask-column", "--ids-column")
    refused(pack("--ids-column", "i", "--prompt-column", "p", "--completion-column", "c"): _*)("not of both")
    refused(pack("--ids-column", "i"): _*)("the columns i", "jsonl and parquet")
    refused(pack("--ids-column", "i", "--input-format", "jsonl", "--special-tokens", "document"): _*)("use none")
    refused(pack("--split-masked"): _*)("--split-masked", "--prompt-column")
    refused(pack("--epoch", "-1"): _*)("--epoch", "at least 0")
    refused(pack("--seed", "1.5"): _*)("--seed 1.5", "whole number")
    refused(pack("--seed", "99999999999999999999"): _*)("--seed", "whole number", Long.MaxValue.toString)
    refused(pack("--seq-len", "9"): _*)("--seq-len", "once")
    refused(pack("--id-column", "id"): _*)("--id-column id", "jsonl and parquet")
    for (seqLen <- List("0", "-4")) {
      refused("pack" +: complete("pack").updated(5, seqLen): _*)("--seq-len", "from 1 to 16777216")
    }
    refused("pack" +: complete("pack").updated(5, "2k"): _*)("--seq-len 2k", "whole number")
    refused("pack" +: complete("pack").updated(3, "tiktoken:cl100k_bse"): _*)("cl100k_bse", "tiktoken:cl100k_base")
    refused("pack" +: complete("pack").updated(3, "/no/such.json"): _*)("/no/such.json", "tokenizer.json")
    refused(pack(): _*)("i", "")
    refused(embed("--long", "split"): _*)("--long split", "truncate, chunks")
    refused(embed("--max-length", "0"): _*)("--max-length", "at least 1")
    refused(embed("--max-length", "many"): _*)("--max-length many", "whole number")
    refused("embed" +: complete("embed").updated(3, "/no/model"): _*)("/no/model", "")
    def score(more: String*) = "score" +: (complete("score") ++ more)
    refused(score("--stride", "0"): _*)("--stride is 0", "from 1 to")
    refused(score("--stride", "8", "--max-length", "8"): _*)("--stride is 8", "from 1 to 7")
    refused(score("--max-length", "1"): _*)("--max-length is 1", "at least 2")
    refused(score("--stride", "half"): _*)("--stride half", "whole number")
    refused("score" +: complete("score").updated(3, "/no/model"): _*)("/no/model", "")
    def attend(more: String*) = "attend" +: (complete("attend") ++ more)
    refused(attend("--window", "-1"): _*)("--window is -1", "at least 0")
    refused(attend("--limit-tokens", "-1"): _*)("--limit-tokens is -1", "at least 0")
    refused(attend("--limit-tokens", "all"): _*)("--limit-tokens all", "whole number")
    refused(attend("--max-length", "0"): _*)("--max-length is 0", "at least 1")
    refused("attend" +: complete("attend").updated(3, "/no/model"): _*)("/no/model", "")
    for (command <- List("embed", "score", "attend"))
      refused((command +: complete(command)) ++ List("--trace", "-1"): _*)("--trace is -1", "at least 0")
    refused("verify", "--input", "/no/such/folder")("/no/such/folder", "")
    refused("verify", "--input", "d", "--list", "-1")("--list", "at least 0")
    refused("inspect", "--input", "/no/such/folder")("/no/such/folder", "")
    refused("inspect", "--input", "d", "--row", "1", "--doc", "x")("--row 1", "--doc x", "one of them")
    refused("remove", "--input", "d", "--doc-ids", "f", "--missing", "skip")("--missing skip", "fail, ignore")
    refused("remove", "--input", "/no/such/folder", "--doc-ids", "f")("/no/such/folder", "")
    refused("inspect", "--input", "d", "--row", "first")("--row first", "whole number")
    refused("report", "--input", "/no/such/folder")("/no/such/folder", "does not exist")
    def exported(format: String) = "export" +: complete("export").updated(3, format)
    refused("export")("--input D, --format F, --output D are missing", "varlen export --input D --format F")
    refused(exported("parquet"): _*)(
      "--format parquet",
      "trl, mds, megatron, jsonl, megatron-bridge, datatrove, dolma"
    )
    refused(exported("megatron-brigde"): _*)("--format megatron-brigde", "did you mean megatron-bridge?")
    refused(exported("TRL"): _*)("--format TRL", "did you mean trl?")
    refused("export", "--input", "/no/such/folder", "--format", "mds", "--output", "o")("/no/such/folder", "not exist")
    refused("quickstart", "--input", "/no/such/folder")("/no/such/folder", "folder")
    refused("quickstart", "--input", ".", "--question", " ")("--question", "blank")
  }

  /** One line of JSON on standard output, which says what the line on standard error says. */
  private def assertFailure(outcome: Cli.Outcome, where: String): Unit = {
    assert(outcome.outLines.size == 1, outcome)
    assert(outcome.json.fieldNames.asScala.toList == List("error", "status"))
    assert(outcome.json.get("status").asInt == outcome.status)
    assert(outcome.err.linesIterator.next() == where + outcome.json.get("error").asText)
  }

  it("tells a program, too, that there is no such command or option of varlen itself") {
    for (word <- List("pakc", "--jsn")) {
      val outcome = Cli.run(word, "--json")
      assert(outcome.status == 2 && outcome.json.get("error").asText.contains(word))
      assertFailure(outcome, "varlen: ")
    }
  }

  it("calls a folder that is none of ours no packed dataset, with status 2") {
    val empty = TestFiles.newFolder("empty").toString
    for (command <- List("verify", "inspect", "export", "report")) {
      val more = if (command == "export") List("--format", "mds", "--output", s"$empty-out") else Nil
      val outcome = Cli.run(List(command, "--input", empty, "--master", "local[1]") ++ more: _*)
      assert(outcome.status == 2 && outcome.errLines.size == 1, outcome)
      assert(outcome.err.contains(empty) && outcome.err.contains("manifest"))
    }
  }

  it("makes one line of an error of the JVM, too") {
    val command = new JobCommand {
      override def run(spark: SparkSession, progress: JobProgress): JobCommand.Result =
        throw new OutOfMemoryError("Java heap space")
    }
    for (json <- List(Nil, List("--json"))) {
      val out = new StringWriter
      val err = new StringWriter
      val commandLine = Main.commandLine(silent, silent).addSubcommand("burst", command)
      commandLine.setOut(new PrintWriter(out, true))
      commandLine.setErr(new PrintWriter(err, true))
      val status = commandLine.execute(List("burst", "--master", "local[1]") ++ json: _*)
      assert(status == 1 && err.toString.matches("varlen burst: OutOfMemoryError: Java heap space .*\\R"), err)
      if (json.isEmpty) assert(out.toString.isEmpty)
      else assertFailure(Cli.Outcome(status, out.toString, err.toString), "varlen burst: ")
    }
  }

  describe("the help") {
    it("is on standard output with status 0, for every command") {
      for (args <- List("--help") :: List("-h") :: commands.keys.toList.map(List(_, "--help"))) {
        val outcome = Cli.run(args: _*)
        assert(outcome.status == 0 && outcome.err.isEmpty)
        assert(outcome.out.contains("Usage: varlen"))
      }
    }

    it("names every command, and tells of every option what it does and what its default is") {
      assert(commands.keys.forall(name => Cli.run("--help").out.contains(s"  $name ")))
      for ((name, command) <- commands; option <- options(command)) {
        val text = option.description().mkString
        withClue(s"$name ${option.longestName}: ") {
          assert(text.nonEmpty)
          for (default <- Option(option.defaultValue())) {
            assert(text.contains(s"(default: $default)") || text.contains("(default: ${DEFAULT-VALUE})"))
          }
          assert(
            option.required || option.arity.max() == 0 || text.contains("(default: ") || text.contains(
              "may be repeated"
            )
          )
        }
      }
    }

    it("lists every value of an option with a few values") {
      for ((_, command) <- commands; option <- options(command)) {
        val element = option.auxiliaryTypes()(0)
        if (element.isEnum) {
          for (constant <- element.getEnumConstants) {
            assert(option.description().mkString.contains(constant.toString.toLowerCase), option.longestName)
          }
        }
      }
    }

    it("has examples that parse") {
      for ((name, command) <- commands) {
        val text = command.getCommandSpec.usageMessage().footer().mkString("\n").replace("\\\n", " ")
        val examples = text.linesIterator.map(_.trim).filter(_.startsWith("varlen ")).toList
        assert(examples.nonEmpty, name)
        for (example <- examples) {
          val words = "'[^']*'|\\S+".r.findAllIn(example).map(_.replace("'", "")).toArray
          assert(words(1) == name)
          Main.commandLine(silent, silent).parseArgs(words.tail: _*)
        }
      }
    }
  }

  private def options(command: CommandLine): List[OptionSpec] =
    command.getCommandSpec.options().asScala.toList
}
