package io.varlen.spark.job

import io.varlen.InvalidInputException
import io.varlen.spark.LocalSpark
import io.varlen.tokenizer.{TokenBuffer, Tokenizers, TokenizerSources}
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.Files
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._

class InspectJobSpec extends AnyFunSpec {
  import VerifyJobSpec._

  private def inspect(dataset: EditedDataset, rowId: java.lang.Long): RowView =
    new InspectJob(LocalSpark.session, new InspectOptions(dataset.path.toString, rowId), JobProgress.NONE).run()

  it("shows the first row where none is named, and any row by its id") {
    val dataset = new EditedDataset
    val first = dataset.manifest.get("parts").get(0).get("file").asText
    assert(inspect(dataset, null).rowId == dataset.rows(first).head().getAs[Long]("row_id"))
    for (part <- dataset.parts; rowId <- dataset.rowIds(part).takeRight(1)) {
      val view = inspect(dataset, rowId)
      assert(view.rowId == rowId && view.part == part)
    }
  }

  it("decodes each segment to the text that it was made of") {
    val dataset = new EditedDataset
    val tokenizer = Tokenizers.open(TokenizerSources.resolve("tiktoken:cl100k_base"))
    val rows = dataset.parts.flatMap(dataset.rows(_).where("size(segments) > 1").select("row_id").collect())
    var whole = 0
    for (view <- rows.take(5).map(row => inspect(dataset, row.getLong(0)))) {
      assert(view.segments.size > 1)
      assert(view.segments.get(view.segments.size - 1).to == view.nTokens)
      for (segment <- view.segments.asScala) {
        val text = Files.readAllBytes(sources.resolve(segment.docId))
        val ids = new TokenBuffer
        tokenizer.encode(text, 0, text.length, ids)
        assert(segment.to - segment.from <= ids.size)
        if (segment.to - segment.from == ids.size) {
          whole += 1
          assert(segment.text == new String(text, UTF_8) && segment.chunk == 0 && segment.tokenStart == 0)
        }
      }
    }
    assert(whole > 0)
  }

  it("names the row and the column where the structure is broken") {
    val dataset = new EditedDataset
    val part = dataset.parts.head
    val rowId = dataset.firstRowId(part)
    dataset.set(part, rowId, "cu_seqlens")(_ => Seq(0, 5, 3))
    val message = intercept[InvalidInputException](inspect(dataset, rowId)).getMessage
    assert(message.contains(s"row_id $rowId") && message.contains("cu_seqlens") && !message.contains("\n"))
  }

  it("refuses an id that no row has") {
    val message = intercept[InvalidInputException](inspect(new EditedDataset, 4711L)).getMessage
    assert(message.contains("--row 4711"))
  }
}
