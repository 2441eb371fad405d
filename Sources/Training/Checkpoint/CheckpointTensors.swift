import Foundation
import NeuralNetwork
import Tasks

/// How a model's flat arrays lie in the files of a checkpoint.
///
/// A part holds the elements of the flat gradient that one rank owns: `weights`, `moments.first`,
/// `moments.second` and, where there is a moving average, `average`, [4, n] byte planes each. Part 0 holds `untrained` too: the weights that have no
/// gradient, in the order of the flat weights.
enum CheckpointTensors {
  static let weights = "weights"
  static let first = "moments.first"
  static let second = "moments.second"
  /// Only where a moving average of the weights is kept.
  static let average = "average"
  static let untrained = "untrained"
  static let losses = "losses"
  static let testLogits = "test_logits"

  /// How a file names its format, that of its manifest, and its fold.
  static func heading(_ task: TaskKey, format: Int) -> [String: String] {
    var fields = ["format": "htnet-checkpoint \(format)"]
    fields[format == 1 ? "subject" : "split"] = task.split
    fields["setting"] = task.setting
    fields["seed"] = task.seed.map { "\($0)" }
    fields["inner"] = task.inner.map { "\($0)" }
    return fields
  }

  /// The runs of the flat weights that no element of the gradient belongs to.
  static func untrainedRuns(_ layout: ParameterLayout) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var end = 0
    for run in layout.weightRanges(ofGradient: 0..<layout.gradientCount) {
      if run.lowerBound > end { runs.append(end..<run.lowerBound) }
      end = run.upperBound
    }
    if end < layout.weightCount { runs.append(end..<layout.weightCount) }
    return runs
  }

  /// The published tensors in the flat weights, for other programs.
  static func description(_ layout: ParameterLayout) -> String {
    "["
      + layout.tensors.map { tensor in
        let order = tensor.order == .published ? "published" : "taps first"
        return "{\"name\":\"\(tensor.name)\",\"shape\":\(json(tensor.shape)),"
          + "\"offset\":\(tensor.offset),\"order\":\"\(order)\"}"
      }.joined(separator: ",") + "]"
  }

  /// `[[start, count], …]`
  static func description(_ runs: [Range<Int>]) -> String {
    "[" + runs.map { json([$0.lowerBound, $0.count]) }.joined(separator: ",") + "]"
  }

  static func json(_ numbers: [Int]) -> String {
    "[" + numbers.map(String.init).joined(separator: ",") + "]"
  }
}
