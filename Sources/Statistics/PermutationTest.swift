import Evaluation
import Random
import Requirements

/// Whether predictions say more of their clips than guesses would: UF1 and UAR against those of the same predictions
/// dealt out anew among the clips of each dataset (a permutation test, stratified by dataset).
///
/// Who guesses so knows how frequent each class is in each dataset, and nothing of a clip. Clips of one dataset are
/// taken for exchangeable. Those of one subject resemble one another, so an interval over subjects must say the
/// same.
public struct PermutationTest: Sendable, Equatable {
  /// What chance makes of one score.
  public struct Chance: Sendable, Equatable {
    /// The mean over all deals there are, exactly.
    public let expected: Double
    /// (k + 1) / (n + 1), where k of n random deals reach the predictions' own score (Phipson & Smyth, 2010).
    public let p: Double
  }

  public let uf1: Chance
  public let uar: Chance

  /// Deals that a report makes.
  public static let standardCount = 2000
  /// Their seed. It has nothing to do with a run's seeds.
  public static let standardSeed: UInt64 = 1
  /// A deal reaches a score that differs by rounding alone.
  private static let rounding = 1e-12

  /// - Parameters:
  ///   - datasets: Each clip's. Clips of one dataset stand together; there is at least one clip.
  ///   - truth: Each clip's class.
  ///   - predictions: Of each seed, each clip's. A score is the mean over the seeds, and all that they say of one
  ///     clip is dealt out together.
  ///   - count: Deals, at least one.
  ///   - seed: Deal `d` is made of the words of the stream (seed, step d) for this purpose, one a clip.
  public init(
    datasets: [String], truth: [Int], predictions: [[Int]], classes: Int,
    count: Int = standardCount, seed: UInt64 = standardSeed
  ) {
    require(
      !truth.isEmpty && datasets.count == truth.count && !predictions.isEmpty
        && predictions.allSatisfy { $0.count == truth.count } && count > 0,
      "a permutation test of \(truth.count) clips, \(datasets.count) datasets, "
        + "\(predictions.map(\.count)) predictions and \(count) deals")
    let parts = Self.parts(datasets)
    var scorer = Scorer(predictions: predictions, classes: classes)
    let own = scorer.scores(truth)
    var (uf1, uar) = (0, 0)
    for deal in 0..<count {
      let words = CounterGenerator(seed: seed, epoch: deal, purpose: .permutationTest)
      // The same as dealing out the predictions, for all seeds at once.
      var dealt = truth
      for part in parts { words.shuffle(&dealt, part) }
      let scores = scorer.scores(dealt)
      if scores.uf1 >= own.uf1 - Self.rounding { uf1 += 1 }
      if scores.uar >= own.uar - Self.rounding { uar += 1 }
    }
    let expected = scorer.expectation(truth, parts)
    func p(_ reached: Int) -> Double { Double(reached + 1) / Double(count + 1) }
    self.uf1 = Chance(expected: expected.uf1, p: p(uf1))
    self.uar = Chance(expected: expected.uar, p: p(uar))
  }

  /// The places of each dataset's clips.
  private static func parts(_ datasets: [String]) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    for place in datasets.indices {
      if let last = parts.last, datasets[last.lowerBound] == datasets[place] {
        parts[parts.count - 1] = last.lowerBound..<place + 1
      } else {
        parts.append(place..<place + 1)
      }
    }
    require(
      parts.count == Set(datasets).count, "the clips of a dataset do not stand together")
    return parts
  }
}

/// Scores of predictions that stay where they are, whatever the truth is.
private struct Scorer {
  let predictions: [[Int]]
  let classes: Int
  /// [truth, prediction]
  private var counts: [Int32]

  init(predictions: [[Int]], classes: Int) {
    self.predictions = predictions
    self.classes = classes
    counts = Array(repeating: 0, count: classes * classes)
  }

  /// UF1 and UAR, the means over the seeds.
  mutating func scores(_ truth: [Int]) -> (uf1: Double, uar: Double) {
    var (uf1, uar) = (0.0, 0.0)
    for own in predictions {
      for cell in counts.indices { counts[cell] = 0 }
      for clip in truth.indices { counts[truth[clip] * classes + own[clip]] += 1 }
      let scores = counts.withUnsafeBufferPointer { Scores.means($0, classes: classes) }
      uf1 += scores.uf1
      uar += scores.uar
    }
    return (uf1 / Double(predictions.count), uar / Double(predictions.count))
  }

  /// The same over all deals. How often a class is true and predicted does not change, so both scores are linear in
  /// the clips that are right; of those a dataset of n clips has in the mean true × predicted / n of each class.
  func expectation(_ truth: [Int], _ parts: [Range<Int>]) -> (uf1: Double, uar: Double) {
    var (uf1, uar) = (0.0, 0.0)
    for own in predictions {
      var (f1, recall) = (0.0, 0.0)
      var (present, known) = (0.0, 0.0)
      for label in 0..<classes {
        var (support, predicted, hits) = (0.0, 0.0, 0.0)
        for part in parts {
          let isTrue = Double(truth[part].count { $0 == label })
          let isSaid = Double(own[part].count { $0 == label })
          support += isTrue
          predicted += isSaid
          hits += isTrue * isSaid / Double(part.count)
        }
        if support + predicted > 0 {
          f1 += 2 * hits / (support + predicted)
          present += 1
        }
        if support > 0 {
          recall += hits / support
          known += 1
        }
      }
      uf1 += f1 / present
      uar += recall / known
    }
    return (uf1 / Double(predictions.count), uar / Double(predictions.count))
  }
}
