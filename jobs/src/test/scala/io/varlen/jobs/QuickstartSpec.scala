package io.varlen.jobs

import java.nio.charset.StandardCharsets.{ISO_8859_1, UTF_8}
import java.nio.file.{Files, Path}
import org.scalatest.funspec.AnyFunSpec
import io.varlen.InvalidInputException
import io.varlen.tokenizer.{TokenBuffer, Tokenizers, TokenizerSources}
import scala.jdk.CollectionConverters._

class QuickstartSpec extends AnyFunSpec {
  private val tokenizer = Tokenizers.open(TokenizerSources.resolve("tiktoken:cl100k_base"))

  private def tokens(text: String): Int = {
    val ids = new TokenBuffer
    tokenizer.encode(text.getBytes(UTF_8), 0, text.getBytes(UTF_8).length, ids)
    ids.size
  }

  private def write(folder: Path, files: (String, String)*): Path = {
    for ((name, text) <- files) {
      Files.createDirectories(folder.resolve(name).getParent)
      Files.writeString(folder.resolve(name), text)
    }
    folder
  }

  private def copy(from: Path, limit: Long): (QuickstartCorpus, Map[String, String]) = {
    val work = TestFiles.newFolder("work")
    val corpus = QuickstartCorpus.copy(from, work, tokenizer, limit)
    val walk = Files.walk(work)
    try {
      val files = walk.iterator().asScala.filter(Files.isRegularFile(_))
      (corpus, files.map(file => work.relativize(file).toString -> Files.readString(file)).toMap)
    } finally walk.close()
  }

  describe("the text that it takes") {
    it("is that of text files, in path order, never of hidden files or build output") {
      val root = write(
        TestFiles.newFolder("corpus").resolve("my project"),
        "README.md" -> "read me",
        "src/A.java" -> "class A {}",
        "src/b/c.txt" -> "see",
        ".git/config.txt" -> "no",
        "target/x.txt" -> "no",
        "src/target/x.txt" -> "no",
        "_old/x.txt" -> "no",
        "image.png" -> "no",
        "z.py" -> "z = 1"
      )
      Files.write(root.resolve("latin.txt"), "caf\u00e9".getBytes(ISO_8859_1))
      Files.createSymbolicLink(root.resolve("link.txt"), root.resolve("README.md"))
      val (corpus, files) = copy(root, 1000)
      assert(files.keySet == Set("README.md", "src/A.java", "src/b/c.txt", "z.py").map("my project/" + _))
      assert(files("my project/src/b/c.txt") == "see")
      assert(corpus.files == 4 && corpus.unused == 0 && !corpus.cut)
      assert(corpus.tokens == List("read me", "class A {}", "see", "z = 1").map(tokens).sum)
      assert(!corpus.describe(1000).contains("limit"))
    }

    it("ends between two paragraphs where the limit falls, saying so") {
      val paragraph = "one two three four\n\n"
      val root = write(
        TestFiles.newFolder("corpus").resolve("c"),
        "a.txt" -> paragraph * 3,
        "b.txt" -> paragraph * 5,
        "c.txt" -> "more",
        "d.txt" -> "most"
      )
      val each = tokens(paragraph)
      for (limit <- 1 to 9 * each) {
        val fit = math.min(limit / each, 8)
        if (fit > 0) {
          val (corpus, files) = copy(root, limit.toLong)
          assert(corpus.tokens <= limit)
          val kept = paragraph * math.max(0, fit - 3)
          if (fit < 8) {
            assert(files.getOrElse("c/b.txt", "") == kept)
            assert(corpus.describe(limit.toLong).contains(s"the limit of $limit"))
            assert(corpus.unused == 4 - corpus.files)
          }
        }
      }
    }

    it("may be one file whatever its name") {
      val file = write(TestFiles.newFolder("one"), "notes" -> "just notes").resolve("notes")
      val (corpus, files) = copy(file, 100)
      assert(files == Map("notes" -> "just notes") && corpus.files == 1)
    }

    it("must be there") {
      val empty = TestFiles.newFolder("nothing")
      for (from <- List(empty, write(TestFiles.newFolder("binary"), "a.bin" -> "x"), empty.resolve("missing"))) {
        val message = intercept[InvalidInputException](copy(from, 10)).getMessage
        assert(message.contains(from.toString) && !message.contains("\n"))
      }
    }
  }

  describe("questions made of the corpus") {
    it("are sentences from documents that lie far apart") {
      val base = write(
        TestFiles.newFolder("texts"),
        "t/a.txt" -> "# A heading\n\nThis is the first proper sentence of the text. Short one.",
        "t/b.txt" -> "The second file has a sentence with a good number of words!"
      )
      val ids = java.util.List.of("t/a.txt#0", "t/b.txt#0")
      val questions = Question.fromCorpus(ids, new CorpusText(base, ids), 2).asScala
      assert(questions.map(_.docId) == List("t/a.txt#0", "t/b.txt#0"))
      assert(questions(1).text == "The second file has a sentence with a good number of words!")
      assert(Question.fromCorpus(java.util.List.of(), new CorpusText(base, ids), 3).isEmpty)
    }

    it("know where a document ends") {
      val base = write(TestFiles.newFolder("texts"), "t/é#1.txt" -> "äb\n\ncd")
      val texts = new CorpusText(base, java.util.List.of("t/é#1.txt#0", "t/é#1.txt#5"))
      assert(texts.of("t/é#1.txt#0") == "äb\n\n" && texts.of("t/é#1.txt#5") == "cd")
    }
  }

  describe("the whole of it") {
    val folder = write(
      TestFiles.newFolder("quick").resolve("garden"),
      "animals.md" -> "A cat catches mice in the barn and sleeps on the straw all day long.",
      "plants.md" -> "Tomatoes need a lot of sun, and water every evening in the summer.",
      "sea.md" -> "The lighthouse warns ships of the rocks when a storm is coming at night."
    )

    it("answers what it is asked from the right document, every time anew") {
      for (_ <- 1 to 2) {
        val outcome = Cli.run(
          "quickstart",
          "--input",
          folder.toString,
          "--master",
          "local[2]",
          "--json",
          "--question",
          "Who hunts rodents?",
          "--question",
          "How do I grow vegetables?",
          "--question",
          "How do sailors avoid an accident?"
        )
        assert(outcome.status == 0 && outcome.outLines.size == 1, outcome)
        val figures = outcome.json
        assert(figures.get("files").asInt == 3)
        for (step <- List("pack", "verify", "embed")) assert(!figures.get(step).has("unchanged"))
        val best = figures.get("questions").asScala.map(_.get("answers").get(0))
        assert(best.map(_.get("doc_id").asText) == List("animals", "plants", "sea").map(n => s"garden/$n.md#0"))
        assert(best.head.get("excerpt").asText.startsWith("A cat catches mice"))
        assert(best.forall(_.get("cosine").asDouble > 0.2))
      }
    }

    it("begins an answer with the sentence that answers, and gives no answer that only asks") {
      val question = "What do cats eat?"
      val garden = write(
        TestFiles.newFolder("long").resolve("garden"),
        "animals.md" -> "The barn was built of oak in 1907. It has a red roof; a cat eats the mice in it. Dogs bark.",
        "asked.md" -> s"# Questions\n\n- What do cats\n  eat?\n",
        "trees.md" -> "Oaks grow slowly."
      )
      val outcome =
        Cli.run("quickstart", "--input", garden.toString, "--master", "local[2]", "--json", "--question", question)
      assert(outcome.status == 0, outcome)
      val answers = outcome.json.get("questions").get(0).get("answers").asScala.toList
      assert(answers.map(_.get("doc_id").asText) == List("garden/animals.md#0", "garden/trees.md#0"))
      assert(answers.head.get("excerpt").asText == "a cat eats the mice in it. Dogs bark.")
    }

    it("makes its own questions where none is asked, and prints a table and the answers") {
      val outcome = Cli.run("quickstart", "--input", folder.toString, "--master", "local[2]")
      assert(outcome.status == 0, outcome)
      val lines = outcome.outLines
      assert(lines.head.contains("3 files in path order"))
      for (step <- List("pack", "verify", "embed")) assert(lines.count(_.matches(s"  $step +3 +[\\d,]+ .*")) == 1)
      val questions = lines.filter(_.startsWith("Like “"))
      assert(questions.size == 3)
      for (question <- questions) {
        val from = question.replaceAll(".*\\((.*)\\)$", "$1")
        val answers = lines.drop(lines.indexOf(question) + 1).takeWhile(_.nonEmpty)
        assert(answers.size == 4 && !answers.exists(_.contains(from)))
      }
    }
  }
}
