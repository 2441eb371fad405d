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
