import Datasets
import Foundation
import Wording

/// What models say of clips.
public struct Predictions {
  let dataset: Dataset
  /// By label.
  let classNames: [String]
  /// The most probable class of each clip.
  public let classes: [Int]
  /// [clips][classes]
  public let probabilities: [[Double]]

  /// How a table of predictions begins.
  public static let start = "dataset,subject,clip,prediction,class,probability_"

  /// One row a clip, in the data's order (RFC 4180): whose it is, the most probable class as number and
  /// name, each class's probability by its name, the image from the data's directory on. Numbers have as
  /// many digits as tell them from all others.
  public var csv: Data {
    var table = CSVWriter(
      ["dataset", "subject", "clip", "prediction", "class"]
        + classNames.map { "probability_" + $0 } + ["image"])
    for (clip, facts) in dataset.clips.enumerated() {
      table.add(
        [facts.dataset, facts.subject, facts.name, "\(classes[clip])", classNames[classes[clip]]]
          + probabilities[clip].map { "\($0)" } + [dataset.images?[clip] ?? ""])
    }
    return table.data
  }

  /// How many clips are of which class: `negative 5, positive 2, surprise 8`.
  public var summary: String {
    classNames.indices.map { label in
      "\(classNames[label]) \(classes.count { $0 == label })"
    }.joined(separator: ", ")
  }
}
