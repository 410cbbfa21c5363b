package io.varlen.spark.engine

import org.apache.spark.SparkConf
import org.scalatest.funspec.AnyFunSpec

import java.nio.file.Path
import scala.jdk.CollectionConverters._

class LocalDirectorySpec extends AnyFunSpec {
  private def of(localDir: Option[String], environment: (String, String)*) = {
    val conf = new SparkConf(false)
    localDir.foreach(conf.set("spark.local.dir", _))
    LocalDirectory.of(conf, environment.toMap.asJava).toString
  }

  describe("LocalDirectory") {
    it("is the JVM's temporary folder where nothing is set") {
      assert(of(None) == Path.of(System.getProperty("java.io.tmpdir")).toString)
    }
    it("is the first of spark.local.dir") {
      assert(of(Some("/disk1/spark,/disk2/spark")) == "/disk1/spark")
    }
    it("is what the cluster manager says, before the key") {
      assert(of(Some("/key"), "SPARK_LOCAL_DIRS" -> "/env1, /env2") == "/env1")
      assert(of(Some("/key"), "SPARK_LOCAL_DIRS" -> "/env", "SPARK_EXECUTOR_DIRS" -> "/app/1:/app/2") == "/app/1")
      assert(of(Some("/key"), "CONTAINER_ID" -> "c", "LOCAL_DIRS" -> "/yarn1,/yarn2") == "/yarn1")
    }
    it("does not mistake a LOCAL_DIRS outside of YARN") {
      assert(of(Some("/key"), "LOCAL_DIRS" -> "/else") == "/key")
    }
  }
}
