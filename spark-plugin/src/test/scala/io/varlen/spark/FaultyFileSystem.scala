package io.varlen.spark

import java.io.IOException
import java.net.URI
import java.util.concurrent.atomic.AtomicInteger
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.permission.FsPermission
import org.apache.hadoop.fs.{FSDataOutputStream, Path, RawLocalFileSystem}
import org.apache.hadoop.util.Progressable

/** The local disk as `faulty:///…`, which fails for good from its n-th change on, as if the process had been killed
  * there.
  */
class FaultyFileSystem extends RawLocalFileSystem {
  override def getScheme: String = FaultyFileSystem.Scheme
  override def getUri: URI = URI.create(FaultyFileSystem.Scheme + ":///")

  override def create(
      path: Path,
      overwrite: Boolean,
      bufferSize: Int,
      replication: Short,
      blockSize: Long,
      progress: Progressable
  ): FSDataOutputStream = {
    FaultyFileSystem.change()
    new FSDataOutputStream(
      super.create(path, overwrite, bufferSize, replication, blockSize, progress),
      null
    ) {
      override def close(): Unit = {
        FaultyFileSystem.change()
        super.close()
      }
    }
  }

  override def rename(from: Path, to: Path): Boolean = {
    FaultyFileSystem.change()
    super.rename(from, to)
  }

  override def delete(path: Path, recursive: Boolean): Boolean = {
    FaultyFileSystem.change()
    super.delete(path, recursive)
  }

  override def mkdirs(path: Path, permission: FsPermission): Boolean = {
    FaultyFileSystem.change()
    super.mkdirs(path, permission)
  }
}

object FaultyFileSystem {
  val Scheme = "faulty"
  private val left = new AtomicInteger(Int.MaxValue)

  def install(hadoop: Configuration): Unit =
    hadoop.set(s"fs.$Scheme.impl", classOf[FaultyFileSystem].getName)

  /** Runs `body` with a disk that dies before its `n`-th change; whether it got to its end. */
  def dyingAt[T](n: Int)(body: => T): Option[T] = {
    left.set(n)
    try Some(body)
    catch {
      case failure: Throwable if left.get < 0 => None
      case failure: Throwable                 => throw new AssertionError("failed without a fault", failure)
    } finally left.set(Int.MaxValue)
  }

  private def change(): Unit = if (left.decrementAndGet() < 0) throw new IOException("the disk is gone")
}
