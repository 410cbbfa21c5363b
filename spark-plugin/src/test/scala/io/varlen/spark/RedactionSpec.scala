package io.varlen.spark

import org.scalatest.funspec.AnyFunSpec

class RedactionSpec extends AnyFunSpec {
  describe("credentials in a URI") {
    it("are masked wherever the URI stands") {
      assert(
        Redaction.text("there is no file s3a://AKIA:s3cret@bucket/a/b.txt; look") ==
          "there is no file s3a://***@bucket/a/b.txt; look"
      )
      assert(Redaction.text("[ftp://me:pw@h/x, ftp://me:pw@h/y]") == "[ftp://***@h/x, ftp://***@h/y]")
      assert(Redaction.text("s3a://:s3cret@bucket/a") == "s3a://***@bucket/a")
      assert(Redaction.text("s3a:/k:s3cret@bucket/a") == "s3a:/***@bucket/a")
    }
    it("are not seen where there are none") {
      for (
        text <- Seq(
          "abfs://container@account.dfs.core.windows.net/data",
          "hdfs://namenode:8020/user/me@home/a",
          "file:/data/a:b/c@d.txt",
          "spark://head:7077",
          "local[*]"
        )
      ) assert(Redaction.text(text) == text)
      assert(Redaction.text(null) == null)
    }
  }

  describe("a setting") {
    it("is masked where its key names a secret") {
      for (
        key <- Seq(
          "spark.hadoop.fs.s3a.secret.key",
          "spark.hadoop.fs.s3a.access.key",
          "spark.hadoop.fs.s3a.session.token",
          "spark.hadoop.fs.azure.account.key.x.blob.core.windows.net",
          "spark.ssl.keyPassword"
        )
      ) assert(Redaction.setting(key, "hidden") == "***", key)
    }
    it("of ours is none, but may hold a URI that has one") {
      assert(Redaction.setting("spark.varlen.embed.tokenBudget", "77") == "77")
      assert(Redaction.setting("spark.varlen.model.jar", "s3a://a:b@c/d") == "s3a://***@c/d")
    }
  }
}
