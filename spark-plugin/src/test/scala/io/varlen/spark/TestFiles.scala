package io.varlen.spark

import java.io.UncheckedIOException
import java.nio.charset.StandardCharsets
import java.nio.file.{Files, NoSuchFileException, Path}
import scala.jdk.CollectionConverters._

/** Files for tests. */
object TestFiles {
  val corpora: Seq[Path] =
    Seq("alice29.txt", "asyoulik.txt", "lcet10.txt", "plrabn12.txt").map(name =>
      Path.of(getClass.getResource(s"/corpora/$name").toURI)
    )

  def write(path: Path, text: String): Path = write(path, text.getBytes(StandardCharsets.UTF_8))

  def write(path: Path, bytes: Array[Byte]): Path = {
    Files.createDirectories(path.getParent)
    Files.write(path, bytes)
  }

  /** All files below a folder with their modification times, by path. Tasks of a killed job may be at work there. */
  def listing(folder: Path): Map[String, Long] =
    try listed(folder)
    catch { case _: NoSuchFileException | _: UncheckedIOException => listing(folder) }

  private def listed(folder: Path): Map[String, Long] = {
    val walk = Files.walk(folder)
    try
      walk
        .iterator()
        .asScala
        .filter(Files.isRegularFile(_))
        .map(file => folder.relativize(file).toString -> Files.getLastModifiedTime(file).toMillis)
        .toMap
    finally walk.close()
  }

  def json(text: String): String = new com.fasterxml.jackson.databind.ObjectMapper().writeValueAsString(text)
}
