package io.varlen.spark

import java.nio.file.{Files, Path}

/** Folders for tests, below the build directory. */
object Folders {
  def create(name: String): Path = {
    val root = Path.of(System.getProperty("java.io.tmpdir"))
    Files.createTempDirectory(Files.createDirectories(root), name + "-")
  }
}
