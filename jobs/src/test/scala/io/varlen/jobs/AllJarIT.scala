package io.varlen.jobs

import org.scalatest.funspec.AnyFunSpec

import java.net.URLClassLoader
import java.nio.file.{Files, Paths}
import java.util.jar.JarFile
import scala.jdk.CollectionConverters._

/** The one jar that is handed to Spark: what is in it, what is not, and that it works on its own. */
class AllJarIT extends AnyFunSpec {
  import TestFiles.checkout

  private val path = Paths.get(sys.props.getOrElse("varlen.allJar", fail("system property varlen.allJar names no jar")))
  private val jar = new JarFile(path.toFile)
  private val files = jar.entries.asScala.filterNot(_.isDirectory).map(_.getName).toIndexedSeq

  private def text(entry: String): String = new String(jar.getInputStream(jar.getEntry(entry)).readAllBytes(), "UTF-8")

  describe("the all jar") {
    it("is at most 95 MB") {
      assert(Files.size(path) <= 95L * 1000 * 1000)
    }

    it(
      "has classes of ours, of bundled libraries moved below io.varlen.shaded, and of the JNI libraries, which cannot move"
    ) {
      val roots = Seq("io/varlen/", "ai/djl/", "org/bytedeco/", "com/sun/jna/", "jcuda/")
      val classes = files.filter(_.endsWith(".class"))
      assert(classes.filterNot(c => roots.exists(c.startsWith)).isEmpty)
      for (root <- roots :+ "io/varlen/shaded/") assert(classes.exists(_.startsWith(root)), root)
      for (moved <- Seq("jackson/databind/ObjectMapper", "gson/Gson", "jtokkit/Encodings", "picocli/CommandLine"))
        assert(classes.contains(s"io/varlen/shaded/$moved.class"))
      for (main <- Seq("io/varlen/sequence/CuSeqlens", "io/varlen/spark/VarlenConf", "io/varlen/jobs/Main"))
        assert(classes.contains(s"$main.class"))
    }

    it("has nothing else but known resources") {
      val known =
        "META-INF/(MANIFEST\\.MF|LICENSE|NOTICE|FastDoubleParser-(LICENSE|NOTICE)|thirdparty-LICENSE)|META-INF/(maven|services)/.*" +
          "|(io/varlen|ai/djl|org/bytedeco|com/sun/jna)/.*|native/lib/tokenizers\\.properties|native/lib/linux-x86_64/cpu/.*" +
          "|lib/libJCudaDriver-.*\\.so|spark-rapids-extra-plugins"
      assert(files.filterNot(_.endsWith(".class")).filterNot(_.matches(known)).isEmpty)
    }

    it("has native libraries of linux-x86_64 only") {
      val elf = Array(0x7f, 'E', 'L', 'F').map(_.toByte)
      val machineX86 = 62
      val natives = files.filter(_.matches(".*\\.(so(\\.\\d+)*|dll|dylib|jnilib|a)$"))
      assert(natives.size >= 6)
      for (n <- natives) {
        val head = jar.getInputStream(jar.getEntry(n)).readNBytes(20)
        assert(head.take(4).sameElements(elf) && head(18) == machineX86, n)
      }
    }

    it("has no model, no signature and no licence but its own") {
      assert(files.filter(_.matches("(?i).*\\.(onnx|safetensors)|META-INF/.*\\.(SF|RSA|DSA|EC)")).isEmpty)
      for (name <- Seq("LICENSE", "NOTICE"))
        assert(text(s"META-INF/$name") == Files.readString(checkout.resolve(name)), name)
    }

    it("names services that exist in it") {
      val services = files.filter(_.startsWith("META-INF/services/"))
      assert(services.nonEmpty)
      for {
        service <- services
        implementation <- text(service).linesIterator.map(_.takeWhile(_ != '#').trim).filter(_.nonEmpty)
      } assert(files.contains(implementation.replace('.', '/') + ".class"), s"$service names $implementation")
    }

    it("starts the command line") {
      assert(jar.getManifest.getMainAttributes.getValue("Main-Class") == "io.varlen.jobs.Main")
    }
  }

  describe("the libraries in it, with nothing of the build on the class path,") {
    it("tokenize as tiktoken does: moved classes find their vocabularies") {
      assert(ids("tiktoken:cl100k_base", "hello world") == Seq(15339, 1917))
      assert(ids("tiktoken:o200k_base", "hello world") == Seq(24912, 2375))
      assert(ids("tiktoken:p50k_base", "hello world") == Seq(31373, 995))
      assert(ids("tiktoken:r50k_base", "hello world") == Seq(31373, 995))
    }

    it("tokenize as Hugging Face does: the native library loads and DJL finds the Gson that moved") {
      val folder = Files.createTempDirectory("all-jar-it")
      val model = checkout.resolve("jobs/target/models").toFile.listFiles.head
      val tokenizer = new JarFile(model)
      val entry = tokenizer.entries.asScala.find(_.getName.endsWith("tokenizer.json")).get
      Files.write(folder.resolve("tokenizer.json"), tokenizer.getInputStream(entry).readAllBytes())
      assert(ids(folder.toString, "hello world") == Seq(7592, 2088))
    }

    it("multiply: oneDNN loads with all that it needs") {
      val backend = Isolated("io.varlen.attention.Backends").static("open", "cpu", Int.box(1))
      assert(backend("description").toString.contains("oneDNN"))
      backend("close")
    }

    it("are not loaded once more from a jar that is added to a running application") {
      Isolated("io.varlen.natives.NativeDirectory")("prepare")
      val late = new Isolated(Isolated.another.loadClass("io.varlen.attention.Backends"), null)
      for (_ <- 1 to 2) {
        val failure = intercept[java.lang.reflect.InvocationTargetException](late.static("open", "cpu", Int.box(1)))
        val line = failure.getCause.getMessage
        assert(line.contains("spark-varlen is in this JVM twice: ") && line.contains(path.getFileName.toString), line)
        assert(line.contains("start it with --jars") && !line.contains("\n"))
      }
      assert(ids("tiktoken:cl100k_base", "hello world") == Seq(15339, 1917))
    }
  }

  describe("the module jars") {
    it("stay plain") {
      for (module <- Seq("kernels", "spark-plugin", "jobs")) {
        val jars = checkout
          .resolve(module)
          .resolve("target")
          .toFile
          .listFiles(f => f.getName.matches("varlen-.*(?<!-all)\\.jar"))
        assert(jars.length == 1, s"$module: ${jars.mkString(", ")}")
        val foreign = new JarFile(jars.head).entries.asScala
          .map(_.getName)
          .filter(_.endsWith(".class"))
          .filterNot(_.startsWith("io/varlen/"))
        assert(foreign.isEmpty, module)
      }
    }
  }

  private def ids(tokenizer: String, text: String): Seq[Int] = {
    val source = Isolated("io.varlen.tokenizer.TokenizerSources").static("resolve", tokenizer)
    val opened = Isolated("io.varlen.tokenizer.Tokenizers").static("open", source.value)
    val buffer = Isolated("io.varlen.tokenizer.TokenBuffer").make()
    val utf8 = text.getBytes("UTF-8")
    opened("encode", utf8, Int.box(0), Int.box(utf8.length), buffer.value)
    try buffer("toArray").asInstanceOf[Array[Int]].toSeq
    finally opened("close")
  }

  /** Classes of the jar, loaded from it and from Spark's slf4j alone. */
  private object Isolated {
    private val slf4j =
      checkout.resolve("jobs/target/spark-home/jars").toFile.listFiles(f => f.getName.startsWith("slf4j-api"))
    def another: ClassLoader =
      new URLClassLoader((path.toFile +: slf4j).map(_.toURI.toURL).toArray, ClassLoader.getPlatformClassLoader)

    private val loader = another

    def apply(name: String): Isolated = new Isolated(loader.loadClass(name), null)
  }

  private class Isolated(of: Class[_], val value: AnyRef) {
    def static(name: String, arguments: AnyRef*): Isolated = wrap(apply(name, arguments: _*))
    def make(): Isolated = wrap(of.getConstructor().newInstance().asInstanceOf[AnyRef])
    def apply(name: String, arguments: AnyRef*): AnyRef =
      of.getMethods
        .find(m => m.getName == name && m.getParameterCount == arguments.size)
        .get
        .invoke(value, arguments: _*)
    private def wrap(made: AnyRef) = new Isolated(publicType(made.getClass), made)

    /** The implementing classes are not public; what they implement is. */
    private def publicType(c: Class[_]): Class[_] =
      if (java.lang.reflect.Modifier.isPublic(c.getModifiers)) c
      else c.getInterfaces.find(_.getName.startsWith("io.varlen")).get
  }
}
