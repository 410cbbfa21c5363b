package io.varlen.spark.engine

import io.varlen.InvalidInputException
import io.varlen.spark.{Folders, ForkedJvm}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FSDataInputStream, FileStatus, Path => HadoopPath, RawLocalFileSystem}
import org.scalatest.funspec.AnyFunSpec

import java.net.URI
import java.nio.file.attribute.FileTime
import java.nio.file.{Files, Path}
import java.util.concurrent.atomic.AtomicInteger
import scala.jdk.CollectionConverters._

class ModelStoreSpec extends AnyFunSpec {
  import ModelStoreSpec._

  private def fixture(): (Path, Path, ModelStore) = {
    val root = Folders.create("store")
    val folder = Files.createDirectories(root.resolve("model"))
    for (
      name <- Seq("config.json", "model.safetensors", "1_Pooling/config.json", "pytorch_model.bin", "deep/er/x.json")
    ) {
      Files.createDirectories(folder.resolve(name).getParent)
      Files.writeString(folder.resolve(name), s"content of $name")
    }
    val hadoop = new Configuration(false)
    hadoop.set("fs.faraway.impl", classOf[FarawayFileSystem].getName)
    (root, folder, new ModelStore(root.resolve("copies"), hadoop))
  }

  private def filesBelow(folder: Path): Set[String] =
    Files
      .walk(folder)
      .iterator
      .asScala
      .filter(Files.isRegularFile(_))
      .map(folder.relativize(_).toString)
      .toSet - ".copied"

  describe("ModelStore") {
    it("takes local files where they are") {
      val (root, folder, store) = fixture()
      assert(store.folder(folder.toString) == folder)
      assert(store.folder(folder.toUri.toString) == folder)
      assert(store.jar(folder.resolve("config.json").toString) == folder.resolve("config.json"))
      assert(!Files.exists(root.resolve("copies")))
    }

    it("copies a remote folder's model files, once until they change") {
      val (_, folder, store) = fixture()
      val remote = "faraway://host" + folder
      val copy = store.folder(remote)
      assert(filesBelow(copy) == Set("config.json", "model.safetensors", "1_Pooling/config.json"))
      assert(Files.readString(copy.resolve("1_Pooling/config.json")) == "content of 1_Pooling/config.json")
      val opened = FarawayFileSystem.opened.get
      assert(store.folder(remote) == copy)
      assert(FarawayFileSystem.opened.get == opened)
      Files.setLastModifiedTime(folder.resolve("config.json"), FileTime.fromMillis(1000))
      val changed = store.folder(remote)
      assert(changed != copy && filesBelow(changed) == filesBelow(copy))
    }

    it("copies a remote jar under its own name") {
      val (_, folder, store) = fixture()
      val copy = store.jar("faraway://host" + folder.resolve("pytorch_model.bin"))
      assert(copy.getFileName.toString == "pytorch_model.bin")
      assert(Files.readString(copy) == "content of pytorch_model.bin")
    }

    it("makes a copy anew that was cut short") {
      val (_, folder, store) = fixture()
      val copy = store.folder("faraway://host" + folder)
      val unfinished = copy.resolveSibling(s"${copy.getFileName}.unfinished")
      Files.move(copy, unfinished)
      Files.writeString(unfinished.resolve("model.safetensors"), "cont")
      Files.writeString(unfinished.resolve("other.safetensors"), "left over")
      assert(store.folder("faraway://host" + folder) == copy)
      assert(filesBelow(copy) == Set("config.json", "model.safetensors", "1_Pooling/config.json"))
      assert(Files.readString(copy.resolve("model.safetensors")) == "content of model.safetensors")
    }

    it("makes a damaged copy anew, whatever the damage, and never uses it") {
      val (_, folder, store) = fixture()
      val remote = "faraway://host" + folder
      val copy = store.folder(remote)
      val weights = copy.resolve("model.safetensors")
      val damages = Seq[(String, () => Any)](
        "a bit" -> (() => Files.write(weights, Files.readAllBytes(weights).updated(3, 'x'.toByte))),
        "cut short" -> (() => Files.writeString(weights, "cont")),
        "longer" -> (() => Files.writeString(weights, "content of model.safetensors!")),
        "empty" -> (() => Files.write(copy.resolve("config.json"), Array.empty[Byte])),
        "gone" -> (() => Files.delete(copy.resolve("1_Pooling/config.json"))),
        "no record" -> (() => Files.delete(copy.resolve(".copied"))),
        "empty record" -> (() => Files.write(copy.resolve(".copied"), Array.empty[Byte])),
        "another record" -> (() => Files.writeString(copy.resolve(".copied"), "no such line\nx"))
      )
      for ((name, damage) <- damages) {
        damage()
        val before = FarawayFileSystem.opened.get
        assert(store.folder(remote) == copy, name)
        assert(FarawayFileSystem.opened.get == before + 3, name)
        assert(Files.readString(weights) == "content of model.safetensors", name)
        assert(filesBelow(copy) == Set("config.json", "model.safetensors", "1_Pooling/config.json"), name)
        assert(store.folder(remote) == copy && FarawayFileSystem.opened.get == before + 3, name)
      }
    }

    it("removes copies that nobody has asked for in a month, and no others, when it makes one") {
      val (_, folder, store) = fixture()
      val remote = "faraway://host" + folder
      val changes = Iterator.from(1)
      def next(): Path = {
        Files.writeString(folder.resolve("config.json"), "another one, " + "x" * changes.next())
        store.folder(remote)
      }
      def unusedFor(copy: Path, days: Int) = Files.setLastModifiedTime(
        copy.resolveSibling(s"${copy.getFileName}.lock"),
        FileTime.from(java.time.Instant.now().minus(java.time.Duration.ofDays(days)))
      )
      val old = next()
      val recent = next()
      val unfinished = next()
      Files.move(unfinished, unfinished.resolveSibling(s"${unfinished.getFileName}.unfinished"))
      Seq(old -> 31, recent -> 29, unfinished -> 31).foreach { case (copy, days) => unusedFor(copy, days) }
      val newest = next()
      def folders = Files.list(newest.getParent).iterator.asScala.filter(Files.isDirectory(_)).toSet
      assert(folders == Set(recent, newest))
      // asking for it is using it
      unusedFor(newest, 31)
      assert(store.folder(remote) == newest)
      val another = next()
      assert(folders == Set(recent, newest, another))
    }

    it("leaves nothing behind of an original that ends too early, and of a full disk") {
      val (root, folder, store) = fixture()
      def left = if (Files.exists(root.resolve("copies")))
        filesBelow(root.resolve("copies")).filterNot(_.endsWith(".lock"))
      else Set()
      FarawayFileSystem.announced = 5
      try {
        val e = intercept[java.io.IOException](store.folder("faraway://host" + folder))
        assert(e.getMessage.matches(".* ended after \\d+ of \\d+ bytes"), e.getMessage)
        assert(left.isEmpty)
        FarawayFileSystem.announced = 1L << 60
        val full = intercept[InvalidInputException](store.folder("faraway://host" + folder)).getMessage
        assert(full.contains("there is no room for a copy of ") && full.contains("set spark.varlen.native.dir"), full)
        assert(left.isEmpty)
      } finally FarawayFileSystem.announced = 0
      assert(filesBelow(store.folder("faraway://host" + folder)).size == 3)
    }

    it("is shared by the executors of a host, of which one copies, and another if that one is killed") {
      val (root, folder, store) = fixture()
      val log = root.resolve("opened")
      Files.createFile(log)
      def executor() = ForkedJvm.begin(
        classOf[CopyingApp],
        root.resolve("copies").toString,
        "faraway://host" + folder,
        log.toString
      )
      def opened = Files.readAllLines(log).size
      val first = executor()
      while (opened == 0) Thread.sleep(10)
      val others = Seq.fill(2)(executor())
      Thread.sleep(1500)
      assert(first.isAlive && opened == 1)
      first.destroyForcibly().waitFor()
      Files.writeString(log.resolveSibling("go"), "")
      for (other <- others) assert(other.waitFor(60, java.util.concurrent.TimeUnit.SECONDS) && other.exitValue == 0)
      assert(opened == 1 + 3)
      val before = FarawayFileSystem.opened.get
      assert(filesBelow(store.folder("faraway://host" + folder)).size == 3)
      assert(FarawayFileSystem.opened.get == before)
    }

    it("copies once when many ask at the same time") {
      val (_, folder, store) = fixture()
      val before = FarawayFileSystem.opened.get
      val copies = SharedResourcesSpec.together(8)(_ => store.folder("faraway://host" + folder))
      assert(copies.distinct.size == 1 && copies.head.isSuccess, copies)
      assert(FarawayFileSystem.opened.get == before + 3)
    }

    it("says what is not there, and what is not what it must be") {
      val (root, folder, store) = fixture()
      def failure(body: => Any) = intercept[InvalidInputException](body).getMessage
      for (missing <- Seq(s"$root/no", s"faraway://host$root/no"))
        assert(failure(store.folder(missing)).matches(s"there is no model folder .*$root/no; .*every executor"))
      assert(failure(store.jar(s"$root/no.jar")).contains("there is no model jar"))
      assert(failure(store.folder(s"$folder/config.json")).endsWith("is a file, not a model folder"))
      assert(failure(store.jar(folder.toString)).endsWith("is a folder, not a model jar"))
      assert(failure(store.folder("no such: thing")).contains("is no path"))
      assert(failure(store.folder("nowhere://host/model")).contains("nowhere"))
    }
  }
}

object ModelStoreSpec {

  /** The local disk under a scheme that nobody takes for the local disk. */
  class FarawayFileSystem extends RawLocalFileSystem {
    override def getUri: URI = URI.create("faraway://host")
    override def getScheme: String = "faraway"
    override def initialize(uri: URI, conf: Configuration): Unit = super.initialize(getUri, conf)
    override def open(path: HadoopPath, bufferSize: Int): FSDataInputStream = {
      FarawayFileSystem.opened.incrementAndGet()
      FarawayFileSystem.onOpen()
      super.open(path, bufferSize)
    }
    override def listStatus(path: HadoopPath): Array[FileStatus] =
      if (FarawayFileSystem.announced == 0) super.listStatus(path) else super.listStatus(path).map(larger)

    private def larger(file: FileStatus): FileStatus =
      if (file.isDirectory) file
      else
        new FileStatus(file.getLen + FarawayFileSystem.announced, false, 1, 1, file.getModificationTime, file.getPath)
  }

  object FarawayFileSystem {
    val opened = new AtomicInteger

    /** How many bytes too many it says that each file has. */
    @volatile var announced = 0L
    @volatile var onOpen: () => Unit = () => ()
  }
}

/** An executor that copies a model; the first one waits within, until there is a file beside its log. */
object CopyingApp {
  def main(args: Array[String]): Unit = {
    val Array(copies, model, log) = args
    val hadoop = new Configuration(false)
    hadoop.set("fs.faraway.impl", classOf[ModelStoreSpec.FarawayFileSystem].getName)
    ModelStoreSpec.FarawayFileSystem.onOpen = () => {
      Files.writeString(Path.of(log), "opened\n", java.nio.file.StandardOpenOption.APPEND)
      while (!Files.exists(Path.of(log).resolveSibling("go"))) Thread.sleep(10)
    }
    println(new ModelStore(Path.of(copies), hadoop).folder(model))
  }
}

class CopyingApp
