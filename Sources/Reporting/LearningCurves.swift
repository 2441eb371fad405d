import Evaluation
import RunStore
import Statistics

/// How a setting's trainings went, epoch by epoch.
struct LearningCurves: Sendable {
  /// A value an epoch over all trainings.
  struct Summary: Sendable, Equatable {
    /// Quantiles 0.05 and 0.95, and the mean, each [epochs]; one that ended before counts with its last.
    let low: [Double]
    let high: [Double]
    let mean: [Double]

    /// - Parameter curves: At least one value each.
    init(_ curves: [[Double]]) {
      let epochs = curves.map(\.count).max() ?? 0
      var (low, high, mean): ([Double], [Double], [Double]) = ([], [], [])
      for epoch in 0..<epochs {
        let values = curves.map { $0[min(epoch, $0.count - 1)] }.sorted()
        low.append(Interval.quantile(0.05, of: values))
        high.append(Interval.quantile(0.95, of: values))
        mean.append(values.reduce(0, +) / Double(values.count))
      }
      (self.low, self.high, self.mean) = (low, high, mean)
    }
  }

  /// The mean training loss of each fold's own training, [trainings][epochs], with its fold and seed.
  let losses: [(fold: String, seed: UInt64?, values: [Double])]
  let loss: Summary
  /// UF1 of all test clips together after each epoch, [seeds][epochs]; empty: no protocol looks at them.
  let test: [[Double]]
  /// UF1 of all clips that inner trainings held out, together, [seeds][epochs]; empty: there are none.
  let heldOut: [[Double]]
  /// How many folds a protocol took which epoch (from 1) for; protocols that choose alone.
  let chosen: [(name: EvaluationProtocol, folds: [Int: Int])]
  /// Epochs of the longest training.
  let epochs: Int
  /// Folds' own trainings that ended before that.
  let endedEarly: Int
  /// Whether some of the trainings whose UF1 are here together ended before others.
  let scoresEndEarly: Bool
}

extension Report.SettingScores {
  /// Of all folds that every seed has finished; nil: there are none, or no training says its losses.
  func learningCurves(_ job: LedgerRecord.JobStarted) -> LearningCurves? {
    let losses = shared.flatMap { seed in
      seed.folds.filter { !$0.losses.isEmpty }.map { ($0.task.split, seed.seed, $0.losses) }
    }
    guard !losses.isEmpty else { return nil }
    let looksAtTest = job.protocols.contains(where: \.isOptimistic)
    let kept = shared.filter { seed in
      seed.results.allSatisfy { $0.curve.epochs == $0.outer.losses.count }
    }
    let inner = shared.map { $0.results.flatMap { $0.inner.map(\.curve) } }.filter { !$0.isEmpty }
    let epochs = losses.map(\.2.count).max() ?? 0
    func differ(_ curves: [EpochCurve]) -> Bool { Set(curves.map(\.epochs)).count > 1 }
    let tested = looksAtTest ? kept.flatMap { $0.results.map(\.curve) } : []
    return LearningCurves(
      losses: losses, loss: .init(losses.map(\.2)),
      test: looksAtTest
        ? kept.map { EpochCurve.pooledUF1($0.results.map(\.curve), classes: job.classes) } : [],
      heldOut: inner.map { EpochCurve.pooledUF1($0, classes: job.classes) },
      chosen: job.protocols.enumerated().filter { $0.element != .lastEpoch }.map { place, name in
        var folds: [Int: Int] = [:]
        for result in shared.flatMap(\.results) {
          guard let epoch = result.rows.first?.answers[place].epoch else { continue }
          folds[epoch, default: 0] += 1
        }
        return (name, folds)
      }, epochs: epochs, endedEarly: losses.count { $0.2.count < epochs },
      scoresEndEarly: differ(tested) || differ(inner.flatMap { $0 }))
  }
}
