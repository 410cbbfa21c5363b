package io.varlen.spark

import org.apache.spark.api.java.JavaSparkContext
import org.apache.spark.sql.SparkSession

/** The one Spark session of a test run. A failed task fails its job at once. */
object LocalSpark {
  lazy val session: SparkSession = SparkSession
    .builder()
    .master("local[4]")
    .appName("specs")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "4")
    .config("spark.local.dir", Folders.create("spark").toString)
    .config("spark.sql.warehouse.dir", Folders.create("warehouse").toString)
    .getOrCreate()

  lazy val context: JavaSparkContext = JavaSparkContext.fromSparkContext(session.sparkContext)

  /** Runs `body` with a setting of the session. */
  def withConf[T](key: String, value: String)(body: => T): T = {
    val before = session.conf.getOption(key)
    session.conf.set(key, value)
    try body
    finally before.fold(session.conf.unset(key))(session.conf.set(key, _))
  }

  /** Runs `body`, whose tasks fail on purpose, without Spark's logs. */
  def quietly[T](body: => T): T = {
    session.sparkContext.setLogLevel("OFF")
    try body
    finally session.sparkContext.setLogLevel("WARN")
  }
}
