package io.varlen.jobs

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import java.nio.file.attribute.{FileTime, PosixFilePermissions}
import java.time.Instant
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

/** jobs/bin/varlen itself, with programs in place of java, mvn and spark-submit that say how they were started. */
class LauncherSpec extends AnyFunSpec {
  private val launcher = TestFiles.moduleFolder.resolve("bin/varlen")

  private case class Outcome(status: Int, out: List[String], err: List[String]) {
    def said(prefix: String): Option[String] = out.find(_.startsWith(prefix)).map(_.stripPrefix(prefix))
    def args: List[String] = out.filter(_.startsWith("arg:")).map(_.stripPrefix("arg:"))
  }

  /** A checkout whose jars are empty files, below a path with blanks in it. */
  private class Checkout(javaVersion: String = "17.0.15", built: Boolean = true) {
    val root: Path = TestFiles.newFolder("launcher").resolve("a checkout").toRealPath0
    val bin: Path = root.resolve("jobs/bin")
    Files.createDirectories(bin)
    Files.copy(launcher, bin.resolve("varlen"))
    Files.copy(launcher.resolveSibling("log4j2.properties"), bin.resolve("log4j2.properties"))
    val tools: Path = Files.createDirectories(root.resolve("tools"))
    private val report =
      """for a in "$@"; do echo "arg:$a"; done
        |echo "SPARK_HOME:${SPARK_HOME:-}"; echo "SPARK_SCALA_VERSION:${SPARK_SCALA_VERSION:-}"
        |echo "checkout:$VARLEN_CHECKOUT"; echo "LC_ALL:${LC_ALL:-}"; echo "cwd:$PWD"; ls "${SPARK_HOME:-/}" | sed 's/^/home has:/'
        |exit 7""".stripMargin
    program(
      tools.resolve("java"),
      s"""if [ "$$1" = -version ]; then echo 'openjdk version "$javaVersion" 2025-04-15' >&2; exit 0; fi
         |echo program:java
         |$report""".stripMargin
    )
    val sparkHome: Path = root.resolve("my spark")
    program(sparkHome.resolve("bin/spark-submit"), "echo program:spark-submit\n" + report)
    private val jars = List("varlen-spark-1-all.jar", "models/model.jar", "spark-home/jars/spark-core_2.13-4.jar")
    if (built) jars.foreach(jar => touch(s"jobs/target/$jar"))

    def touch(file: String): Path = {
      val path = root.resolve(file)
      Files.createDirectories(path.getParent)
      Files.createFile(path)
    }

    /** Sources of all modules, as old as can be, and beside them files that no jar is made of. */
    def sources(): Unit = {
      val main =
        List("kernels", "spark-plugin", "jobs").flatMap(m => List(s"$m/pom.xml", s"$m/src/main/java/io/A.java"))
      ("pom.xml" :: main).foreach(touch)
      age("")
      List("README.md", "kernels/src/test/java/T.java", "jobs/target/classes/A.class", "notebooks/pom.xml").foreach(
        touch
      )
    }

    /** Makes everything below that is no jar as old as can be. */
    def age(below: String): Unit = {
      val walk = Files.walk(root.resolve(below))
      try walk.iterator().asScala.filterNot(_.startsWith(root.resolve("jobs/target"))).foreach(old)
      finally walk.close()
    }

    private def old(path: Path): Unit = Files.setLastModifiedTime(path, FileTime.fromMillis(0))

    def program(path: Path, script: String): Unit = {
      Files.createDirectories(path.getParent)
      Files.writeString(path, "#!/bin/bash\n" + script + "\n")
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"))
    }

    /** A mvn that makes the jars. */
    def mvn(status: Int = 0): Unit = {
      val touches = jars.map(jar => s"""mkdir -p "$$(dirname "jobs/target/$jar")"; touch "jobs/target/$jar"""")
      program(
        tools.resolve("mvn"),
        s"""echo "$$PWD $$*" > "${root.resolve("mvn-was-called")}"
           |echo '[ERROR] no such thing as a bug' ; [ $status = 0 ] || exit $status
           |${touches.mkString("\n")}""".stripMargin
      )
    }

    def run(args: String*): Outcome = runIn(root, Map.empty)(args: _*)

    def runWithoutMaven(args: String*): Outcome = {
      val few = Files.createDirectories(root.resolve("few tools"))
      for (tool <- List("bash", "cat", "dirname", "readlink", "sed", "head", "mkdir", "env", "find", "ls"))
        Files.createSymbolicLink(few.resolve(tool), Path.of("/usr/bin", tool))
      Files.copy(tools.resolve("java"), few.resolve("java"))
      runIn(root, Map("PATH" -> few.toString))(args: _*)
    }

    def runIn(cwd: Path, env: Map[String, String], command: Path = bin.resolve("varlen"))(args: String*): Outcome = {
      val builder = new ProcessBuilder((command.toString +: args).asJava).directory(cwd.toFile)
      val environment = builder.environment()
      List("JAVA_HOME", "SPARK_HOME", "SPARK_LOCAL_IP").foreach(environment.remove)
      environment.put("PATH", s"$tools:/usr/bin:/bin")
      env.foreach { case (key, value) => environment.put(key, value) }
      val err = root.resolve("err.txt")
      val process = builder.redirectError(err.toFile).start()
      val out = new String(process.getInputStream.readAllBytes(), UTF_8)
      Outcome(process.waitFor(), out.linesIterator.toList, Files.readString(err).linesIterator.toList)
    }
  }

  implicit private class RealPath(path: Path) {
    def toRealPath0: Path = Files.createDirectories(path).toRealPath()
  }

  private def assertUsageError(outcome: Outcome, parts: String*): Unit = {
    assert(outcome.status == 2, outcome)
    assert(outcome.out.isEmpty && outcome.err.size == 1, outcome)
    parts.foreach(part => assert(outcome.err.head.contains(part)))
  }

  /** What a program reads of a failure, which is what people read. */
  private def told(outcome: Outcome): JsonNode = {
    assert(outcome.out.size == 1 && outcome.err.size == 1, outcome)
    val json = new ObjectMapper().readTree(outcome.out.head)
    assert(json.get("status").asInt == outcome.status && outcome.err.head == "varlen: " + json.get("error").asText)
    json
  }

  describe("with the embedded Spark") {
    it("tells its own failures to programs, too, where --json is given") {
      val checkout = new Checkout(javaVersion = "11.0.2")
      val asked = Seq("doctor", "--json", "--spark-home", "/no \"such\"\\folder")
      val old = checkout.run(asked: _*)
      assert(old.status == 1 && told(old).get("error").asText.startsWith("java is Java 11.0.2, but Java 17"))
      val wrong = new Checkout().run(asked: _*)
      assert(wrong.status == 2 && told(wrong).get("error").asText.contains("/no \"such\"\\folder, where there is no"))
      assert(new Checkout().run("doctor", "--spark-home", "/none").out.isEmpty)
    }

    it("starts SparkSubmit with every argument as it was, and hands on its status") {
      val checkout = new Checkout
      val outcome = checkout.run("pack", "--input", "a b", "--conf", "k=v w", "--json")
      assert(outcome.status == 7)
      assert(outcome.said("program:").contains("java"))
      val args = outcome.args
      val target = checkout.root.resolve("jobs/target")
      assert(args(args.indexOf("-cp") + 1) == s"$target/spark-home/jars/*")
      assert(args.containsSlice(List("--conf", "k=v w", "--class", "io.varlen.jobs.Main")))
      assert(
        args.endsWith(List(s"$target/varlen-spark-1-all.jar", "pack", "--input", "a b", "--conf", "k=v w", "--json"))
      )
      assert(args.contains(s"spark.varlen.model.jar=$target/models/model.jar"))
      assert(!args.contains("--master"))
      assert(args.contains("-XX:MaxRAMPercentage=50"))
      assert(outcome.said("SPARK_HOME:").contains(s"$target/spark-home"))
      assert(outcome.said("checkout:").contains(checkout.root.toString))
      assert(outcome.err.isEmpty)
    }

    it("opens the same packages as the build does") {
      val pom = Files.readString(TestFiles.moduleFolder.resolveSibling("pom.xml"))
      val inPom = "--add-opens=([^=]+)=ALL-UNNAMED".r.findAllIn(pom).toSet
      assert(inPom.size == 14)
      assert(new Checkout().run("doctor").args.filter(_.startsWith("--add-opens")).toSet == inPom)
    }

    it("keeps the caller's folder, and is found through symbolic links") {
      val checkout = new Checkout
      val elsewhere = TestFiles.newFolder("elsewhere").toRealPath()
      val link = Files.createSymbolicLink(elsewhere.resolve("v"), checkout.bin.resolve("varlen"))
      val again = Files.createSymbolicLink(elsewhere.resolve("again"), link.getFileName)
      val outcome = checkout.runIn(elsewhere, Map.empty, again)("doctor")
      assert(outcome.said("cwd:").contains(elsewhere.toString))
      assert(outcome.said("checkout:").contains(checkout.root.toString))
    }

    it("gives the process the memory that Spark's driver is to have") {
      val checkout = new Checkout
      val sizes = List("3g" -> 3072, "3GB" -> 3072, "700" -> 700, "900m" -> 900, "1048576k" -> 1024, "1t" -> (1 << 20))
      for ((size, mib) <- sizes)
        assert(checkout.run("doctor", "--conf", s"spark.driver.memory=$size").args.contains(s"-Xmx${mib}m"))
      assert(checkout.run("doctor", "--conf=spark.driver.memory=3g").args.contains("-Xmx3072m"))
      for (size <- List("lots", "3x", "g", "0", "1.5g", "10m", "511", "99999k"))
        assertUsageError(
          checkout.run("doctor", "--conf", s"spark.driver.memory=$size"),
          s"spark.driver.memory=$size",
          "m"
        )
    }

    it("leaves a setting without a name to the command, which refuses it") {
      val args = new Checkout().run("doctor", "--conf", "=x").args
      assert(args.takeRight(3) == List("doctor", "--conf", "=x") && args.count(_ == "=x") == 1)
    }

    it("runs local masters, local-cluster in a Spark home of its own") {
      val checkout = new Checkout
      for (master <- List("local", "local[3]", "local[*]")) {
        assert(checkout.run("doctor", "--master", master).args.containsSlice(List("--master", master)))
      }
      val cluster = checkout.run("doctor", "--master=local-cluster[2,2,2048]")
      assert(cluster.status == 7)
      assert(cluster.args.containsSlice(List("--master", "local-cluster[2,2,2048]")))
      assert(cluster.args.last == "--master=local-cluster[2,2,2048]")
      assert(cluster.said("SPARK_SCALA_VERSION:").contains("2.13"))
      assert(cluster.said("home has:").contains("jars"))
      val home = Path.of(cluster.said("SPARK_HOME:").get)
      assert(home != checkout.root.resolve("jobs/target/spark-home") && !Files.exists(home))
    }

    it("refuses other masters, saying what would be right") {
      val checkout = new Checkout
      for (master <- List("yarn", "spark://head:7077", "k8s://https://head:6443")) {
        assertUsageError(
          checkout.run("doctor", "--master", master),
          s"--master $master",
          "--spark-home DIR",
          "local[*]"
        )
      }
      assertUsageError(checkout.run("doctor", "--conf", "spark.master=yarn"), "--master yarn", "--spark-home DIR")
      assertUsageError(checkout.run("doctor", "--master", "lokal"), "--master lokal", "local[*]", "spark://HOST:PORT")
      assertUsageError(checkout.run("doctor", "--master"), "--master", "value")
    }
  }

  describe("with a Spark home") {
    it("starts its spark-submit: --spark-home before SPARK_HOME") {
      val checkout = new Checkout
      val home = checkout.sparkHome.toString
      val fromEnvironment = checkout.runIn(checkout.root, Map("SPARK_HOME" -> home))("doctor")
      val fromOption =
        checkout.runIn(checkout.root, Map("SPARK_HOME" -> "/nowhere"))("doctor", "--spark-home", home, "--json")
      for (outcome <- List(fromEnvironment, fromOption)) {
        assert(outcome.status == 7)
        assert(outcome.said("program:").contains("spark-submit"))
        assert(outcome.said("SPARK_HOME:").contains(home))
      }
      assert(fromOption.args.takeRight(2) == List("doctor", "--json"))
    }

    it("hands masters on, and sends the built-in model along where it is used") {
      val checkout = new Checkout
      def run(args: String*) =
        checkout.run(args ++ List("--spark-home", checkout.sparkHome.toString, "--master", "spark://h:1"): _*)
      val model = checkout.root.resolve("jobs/target/models/model.jar").toString
      val withModel =
        List(List("embed", "--model", "builtin:m"), List("pack", "--tokenizer=builtin:m"), List("quickstart"))
      for (command <- withModel) assert(run(command: _*).args.containsSlice(List("--jars", model)))
      val other = run("embed", "--model", "m").args
      assert(other.containsSlice(List("--master", "spark://h:1")) && !other.contains("--jars"))
    }

    it("refuses a folder that is none") {
      val checkout = new Checkout
      assertUsageError(
        checkout.run("doctor", "--spark-home", "/nowhere"),
        "--spark-home",
        "/nowhere",
        "bin/spark-submit"
      )
      val fromEnvironment = checkout.runIn(checkout.root, Map("SPARK_HOME" -> "/nowhere"))("doctor")
      assertUsageError(fromEnvironment, "SPARK_HOME", "/nowhere", "bin/spark-submit")
    }

    it("never takes a spark-submit from the PATH") {
      val checkout = new Checkout
      checkout.program(checkout.tools.resolve("spark-submit"), "echo program:path; exit 9")
      assert(checkout.run("doctor").said("program:").contains("java"))
    }
  }

  describe("the Vector API") {
    val announcement = "WARNING: Using incubator modules: jdk.incubator.vector"

    def saying(script: String): Checkout = {
      val checkout = new Checkout
      val version = """if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; exit 0; fi"""
      checkout.program(checkout.tools.resolve("java"), version + "\n" + script)
      checkout
    }

    it("is there for commands that compute, and for no other") {
      for (command <- List("embed", "score", "attend", "quickstart", "bench", "doctor"))
        assert((new Checkout).run(command).args.contains("--add-modules=jdk.incubator.vector"), command)
      for (command <- List("pack", "plan", "verify", "inspect", "remove", "export"))
        assert(!(new Checkout).run(command).args.contains("--add-modules=jdk.incubator.vector"), command)
    }

    it("is announced by Java, not by us, and nothing else is held back or late") {
      val checkout =
        saying(s"echo '$announcement' >&2; for i in 1 2 3; do echo line $$i >&2; done; printf end >&2; exit 5")
      for (_ <- 1 to 20) {
        val outcome = checkout.run("embed")
        assert(outcome.status == 5 && outcome.err == List("line 1", "line 2", "line 3", "end"), outcome)
      }
      assert(saying("echo first >&2").run("embed").err == List("first"))
      assert(saying("exit 0").run("embed").err.isEmpty)
    }

    it("leaves it to Java what a signal does") {
      val checkout = saying(s"""trap 'echo asked to end >&2; exit 9' TERM
                               |echo '$announcement' >&2; echo ready >&2
                               |while :; do sleep 0.1; done""".stripMargin)
      val err = checkout.root.resolve("signal.txt")
      val builder = new ProcessBuilder(checkout.bin.resolve("varlen").toString, "embed").redirectError(err.toFile)
      builder.environment().put("PATH", s"${checkout.tools}:/usr/bin:/bin")
      val process = builder.start()
      def said = Files.readString(err)
      val patience = System.nanoTime + 30000000000L
      while (!said.contains("ready") && System.nanoTime < patience) Thread.sleep(20)
      process.destroy()
      assert(process.waitFor(30, java.util.concurrent.TimeUnit.SECONDS) && process.exitValue == 9, said)
      assert(said == "ready\nasked to end\n")
    }
  }

  describe("Java") {
    it("must be 17 or newer, in one line") {
      for (version <- List("11.0.20", "1.8.0_402", "16")) {
        val outcome = new Checkout(version).run("doctor")
        assert(outcome.status == 1 && outcome.err.size == 1)
        assert(outcome.err.head.contains(version) && outcome.err.head.contains("Java 17"))
      }
      for (version <- List("17", "21.0.1", "25-ea")) assert(new Checkout(version).run("doctor").status == 7)
    }

    it("is that of JAVA_HOME where it is set") {
      val checkout = new Checkout("11.0.20")
      val home = checkout.root.resolve("jdk")
      Files.createDirectories(home.resolve("bin"))
      Files.copy(new Checkout().tools.resolve("java"), home.resolve("bin/java"))
      assert(checkout.runIn(checkout.root, Map("JAVA_HOME" -> home.toString))("doctor").status == 7)
      val missing = checkout.runIn(checkout.root, Map("JAVA_HOME" -> "/nowhere"))("doctor")
      assert(missing.status == 1 && missing.err.size == 1 && missing.err.head.contains("/nowhere/bin/java"))
    }
  }

  describe("the locale") {
    it("is not that of C, in which a JVM finds no file whose name is not ASCII") {
      val unset = Map("LC_ALL" -> "", "LC_CTYPE" -> "", "LANG" -> "")
      def locale(set: (String, String)*) = {
        val checkout = new Checkout
        checkout.runIn(checkout.root, unset ++ set)("doctor").said("LC_ALL:")
      }
      for (none <- Seq(Seq.empty, Seq("LANG" -> "C"), Seq("LC_ALL" -> "POSIX", "LANG" -> "de_DE.UTF-8")))
        assert(locale(none: _*).contains("C.UTF-8"))
      assert(locale("LANG" -> "de_DE.UTF-8").contains(""))
      assert(locale("LC_ALL" -> "de_DE.UTF-8", "LANG" -> "C").contains("de_DE.UTF-8"))
    }
  }

  describe("where the jars are missing") {
    it("builds them once, saying so on standard error") {
      val checkout = new Checkout(built = false)
      checkout.mvn()
      val outcome = checkout.run("doctor")
      assert(outcome.status == 7)
      assert(outcome.err.head.contains("building"))
      assert(outcome.err.last.matches("varlen: built in \\d+ s"))
      val call = Files.readString(checkout.root.resolve("mvn-was-called")).trim
      assert(call.startsWith(checkout.root.toString + " ") && call.contains("-pl jobs -am package"))
      Files.delete(checkout.root.resolve("mvn-was-called"))
      val second = checkout.run("doctor")
      assert(second.status == 7 && second.err.isEmpty && !Files.exists(checkout.root.resolve("mvn-was-called")))
    }

    it("fails in one line more if the build does") {
      val checkout = new Checkout(built = false)
      checkout.mvn(status = 1)
      val outcome = checkout.run("doctor")
      assert(outcome.status == 1 && outcome.out.isEmpty)
      assert(outcome.err.last.contains("launcher-build.log") && outcome.err.last.contains("no such thing as a bug"))
    }

    it("says what to install where there is no mvn") {
      val checkout = new Checkout(built = false)
      val outcome = checkout.runWithoutMaven("doctor")
      assert(outcome.status == 1 && outcome.err.size == 1)
      assert(outcome.err.head.contains("mvn") && outcome.err.head.contains("Maven 3.8"))
    }
  }
  describe("where a pom or a source is newer than the jars") {
    def built(): Checkout = {
      val checkout = new Checkout
      checkout.sources()
      checkout.mvn()
      checkout
    }
    def calls(checkout: Checkout): Boolean = Files.deleteIfExists(checkout.root.resolve("mvn-was-called"))
    val changes =
      List("pom.xml", "spark-plugin/pom.xml", "kernels/src/main/java/io/A.java", "jobs/src/main/java/io/A.java")

    for (changed <- changes) it(s"builds them anew, once: $changed") {
      val checkout = built()
      assert(checkout.run("doctor").err.isEmpty && !calls(checkout))
      Files.setLastModifiedTime(checkout.root.resolve(changed), FileTime.from(Instant.now))
      val outcome = checkout.run("doctor")
      assert(outcome.status == 7 && outcome.err.size == 1 && calls(checkout), outcome)
      assert(outcome.err.head.contains(s"older than $changed"))
      val again = checkout.run("doctor")
      assert(again.status == 7 && again.err.isEmpty && !calls(checkout))
    }

    it("builds them anew where a source is gone") {
      val checkout = built()
      Files.delete(checkout.root.resolve("kernels/src/main/java/io/A.java"))
      assert(checkout.run("doctor").err.size == 1 && calls(checkout))
    }

    it("leaves no jar of another version, of ours or of Spark") {
      val checkout = built()
      val before = List("varlen-spark-0-all.jar", "spark-home/jars/spark-core_2.13-3.jar", "models/a.jar")
        .map(jar => checkout.touch(s"jobs/target/$jar"))
      Files.setLastModifiedTime(checkout.root.resolve("pom.xml"), FileTime.from(Instant.now))
      assert(checkout.run("doctor").status == 7 && calls(checkout))
      assert(before.filter(Files.exists(_)).isEmpty)
    }

    it("does not run the old jars if the build fails, the next time neither") {
      val checkout = built()
      checkout.mvn(status = 1)
      Files.setLastModifiedTime(checkout.root.resolve("pom.xml"), FileTime.from(Instant.now))
      for (_ <- 1 to 2) assert(checkout.run("doctor").status == 1 && calls(checkout))
    }

    it("says so and runs them as they are where nothing can be built") {
      val checkout = built()
      Files.setLastModifiedTime(checkout.root.resolve("pom.xml"), FileTime.from(Instant.now))
      val outcome = checkout.runWithoutMaven("doctor")
      assert(outcome.status == 7 && outcome.err.size == 1, outcome)
      assert(outcome.err.head.contains("older than pom.xml") && outcome.err.head.contains("mvn"))
    }
  }
}
