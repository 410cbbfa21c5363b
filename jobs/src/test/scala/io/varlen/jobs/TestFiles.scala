package io.varlen.jobs

import java.nio.file.{Files, Path}

/** Where things are, whatever folder the tests were started in. */
object TestFiles {

  /** jobs/ of the checkout. */
  val moduleFolder: Path = {
    val classes = Path.of(classOf[LauncherSpec].getProtectionDomain.getCodeSource.getLocation.toURI)
    Iterator.iterate(classes)(_.getParent).find(folder => Files.exists(folder.resolve("bin/varlen"))).get
  }

  val checkout: Path = moduleFolder.getParent

  /** A new folder below the build directory. */
  def newFolder(name: String): Path =
    Files.createTempDirectory(Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"))), s"$name ")
}
