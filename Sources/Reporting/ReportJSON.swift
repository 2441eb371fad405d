import Evaluation
import Foundation
import Statistics

/// A value, or `null` where there is none: left out, it would look forgotten.
struct OrNull<Value: Encodable>: Encodable {
  let value: Value?

  init(_ value: Value?) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

/// An interval as `[low, high]`.
typealias Ends = OrNull<[Double]>

extension OrNull where Value == [Double] {
  init(_ interval: Interval?) { self.init(interval.map { [$0.low, $0.high] }) }
}

/// How intervals came about.
struct Bootstrap: Encodable {
  let method = "percentile"
  let level = Interval.level
  let draws = SubjectDraws.standardCount
  let seed = SubjectDraws.standardSeed
  let unit = "subject"
  let within = "dataset"
}

/// Scores of some clips.
struct PartJSON: Encodable {
  let uf1: Double
  let uf1_interval: Ends
  let uar: Double
  let uar_interval: Ends
  let accuracy: Double
  let clips: Int
  let f1: [Double?]
  let recall: [Double?]
  let confusion: [[Int]]

  init(_ part: Report.PartScores) {
    let scores = part.scores
    (uf1_interval, uar_interval) = (Ends(part.intervals?.uf1), Ends(part.intervals?.uar))
    uf1 = scores.uf1
    uar = scores.uar
    accuracy = scores.accuracy
    clips = scores.clips
    f1 = scores.f1
    recall = scores.recall
    confusion = scores.confusion.counts
  }
}

/// Scores over seeds.
struct MeanJSON: Encodable {
  let uf1: Double
  let uf1_interval: Ends
  let uar: Double
  let uar_interval: Ends
  let uf1_sd: Double?
  let uar_sd: Double?
  let clips: Int
  let seeds_counted: Int

  init(_ mean: MeanScores) {
    (uf1, uf1_interval) = (mean.uf1.mean, Ends(mean.intervals?.uf1))
    (uar, uar_interval) = (mean.uar.mean, Ends(mean.intervals?.uar))
    (uf1_sd, uar_sd) = (mean.uf1.deviation, mean.uar.deviation)
    (clips, seeds_counted) = (mean.clips, mean.seeds)
  }
}

/// How predictions were dealt out anew.
struct Permutations: Encodable {
  let count = PermutationTest.standardCount
  let seed = PermutationTest.standardSeed
  let within = "dataset"
}

/// What guesses score beside a protocol's scores of all clips.
struct GuessingJSON: Encodable {
  struct Pair: Encodable {
    let uf1: Double
    let uar: Double
  }

  let most_frequent_class: Pair
  let permuted: Pair
  let p: Pair

  init(_ guessing: Report.Guessing) {
    let (constant, test) = (guessing.constant, guessing.permuted)
    most_frequent_class = Pair(uf1: constant.uf1, uar: constant.uar)
    permuted = Pair(uf1: test.uf1.expected, uar: test.uar.expected)
    p = Pair(uf1: test.uf1.p, uar: test.uar.p)
  }
}

/// A difference of two scores.
struct DifferenceJSON: Encodable {
  let uf1: Double
  let uf1_interval: Ends
  let uar: Double
  let uar_interval: Ends

  init(_ difference: Report.Difference) {
    (uf1, uar) = (difference.uf1, difference.uar)
    uf1_interval = Ends(difference.intervals?.uf1)
    uar_interval = Ends(difference.intervals?.uar)
  }
}

/// The optimism of `best-on-test`, by part.
struct OptimismJSON: Encodable {
  struct Part: Encodable {
    let best_on_test_minus_last_epoch: DifferenceJSON
    let best_on_test_minus_common_epoch: DifferenceJSON
    let common_epoch_minus_last_epoch: DifferenceJSON
  }

  /// One a seed.
  let common_epochs: [Int]
  let parts: [String: Part]

  init(_ optimism: Report.Optimism) {
    common_epochs = optimism.commonEpochs
    parts = Dictionary(
      uniqueKeysWithValues: optimism.parts.map {
        (
          $0.key,
          Part(
            best_on_test_minus_last_epoch: DifferenceJSON($0.whole),
            best_on_test_minus_common_epoch: DifferenceJSON($0.selection),
            common_epoch_minus_last_epoch: DifferenceJSON($0.commonEpoch))
        )
      })
  }
}

/// Equal values give equal bytes.
func encodedJSON(_ document: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return try encoder.encode(document) + Data("\n".utf8)
}
