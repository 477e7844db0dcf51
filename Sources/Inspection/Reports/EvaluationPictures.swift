package import Imaging
import Reporting
import Scoring

/// What an evaluation found, as pictures: which classes were taken for which, and samples with what was said of them.
package struct EvaluationPictures {
  /// Rows are the true classes, columns the predicted ones; nil without classes, or with too many to look at.
  package let confusion: RasterImage?
  /// Images with a line below each, as `T3 P5` for one of class 3 that was taken for 5: the first ones, and the most
  /// confident errors.
  package let sheets: [(name: String, image: RasterImage)]
  /// The same samples as a table in Markdown, with the names of the classes; empty if there is no sheet.
  package let table: String

  /// Makes the pictures.
  ///
  /// - Parameters:
  ///   - trained: what was evaluated.
  ///   - evaluation: on the test set, with predictions kept.
  ///   - maximumClasses: a matrix of more classes is left out.
  /// - Throws: `DatasetError` or `ConfigurationError`.
  package init(
    _ trained: TrainedModel, _ evaluation: EvaluationRun, maximumClasses: Int
  ) throws {
    confusion = evaluation.confusion.flatMap { counts in
      counts.classes <= maximumClasses ? ConfusionPicture(counts).image : nil
    }
    guard let samples = try SamplePictures(trained.configuration, evaluation.logits) else {
      (sheets, table) = ([], "")
      return
    }
    let lists = [("first_samples", samples.first), ("confident_errors", samples.errors)]
      .filter { !$0.1.isEmpty }
    sheets = lists.map { name, list in
      let pictures = list.map {
        (picture: $0.picture, caption: "T\($0.label) P\($0.predicted)")
      }
      return (name: name, image: ContactSheet(pictures).image)
    }
    let classes = evaluation.result.classes ?? []
    func title(_ label: Int) -> String {
      MarkdownTable.cell(classes.indices.contains(label) ? classes[label].title : "\(label)")
    }
    let rows = lists.flatMap { name, list in
      list.map { sample in
        "| \(name) | \(sample.number) | \(title(sample.label)) | \(title(sample.predicted)) | "
          + "\(percent(sample.probability)) |"
      }
    }
    let head = [
      "| | sample | class | predicted | probability |", "| --- | --- | --- | --- | --- |",
    ]
    table = (head + rows).joined(separator: "\n")
  }
}
