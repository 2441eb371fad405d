import Evaluation

/// What a training took for what, epoch by epoch.
struct EpochCurve: Sendable {
  /// Number of epochs that are known, the last of the training's.
  let epochs: Int
  let truth: [Int]
  /// [epochs][clips].
  private let predictions: [UInt16]

  /// - Parameter logits: [epochs][clips][classes].
  init(_ logits: [[[Float]]], truth: [Int]) {
    epochs = logits.count
    self.truth = truth
    var predictions: [UInt16] = []
    predictions.reserveCapacity(epochs * truth.count)
    for epoch in logits {
      for clip in epoch { predictions.append(UInt16(EvaluationProtocol.prediction(clip))) }
    }
    self.predictions = predictions
  }

  /// One a clip; after the last epoch those of the last.
  ///
  /// - Parameter epoch: From 0.
  func predictions(at epoch: Int) -> [Int] {
    let start = min(epoch, epochs - 1) * truth.count
    return predictions[start..<start + truth.count].map(Int.init)
  }

  /// The scores after an epoch.
  ///
  /// - Parameter epoch: From 0.
  /// - Returns: nil without a clip.
  func scores(at epoch: Int, classes: Int) -> (uf1: Double, uar: Double, correct: Int)? {
    guard !truth.isEmpty else { return nil }
    var counts = [Int32](repeating: 0, count: classes * classes)
    var correct = 0
    for (clip, truth) in truth.enumerated() {
      let prediction = Int(predictions[epoch * self.truth.count + clip])
      counts[truth * classes + prediction] += 1
      if prediction == truth { correct += 1 }
    }
    let means = counts.withUnsafeBufferPointer { Scores.means($0, classes: classes) }
    return (means.uf1, means.uar, correct)
  }

  /// The epoch (from 0) at which all together have the best UF1, of equals the later; one that ended
  /// before counts with its last.
  ///
  /// - Parameter curves: At least one clip among them.
  static func bestEpoch(_ curves: [EpochCurve], classes: Int) -> Int {
    let uf1 = pooledUF1(curves, classes: classes)
    return uf1.lastIndex(of: uf1.max() ?? 0) ?? uf1.count - 1
  }

  /// The UF1 of all together after each epoch; one that ended before counts with its last.
  static func pooledUF1(_ curves: [EpochCurve], classes: Int) -> [Double] {
    let epochs = curves.map(\.epochs).max() ?? 1
    let cells = classes * classes
    var counts = [Int32](repeating: 0, count: epochs * cells)
    for curve in curves {
      let clips = curve.truth.count
      for epoch in 0..<epochs {
        let start = min(epoch, curve.epochs - 1) * clips
        for clip in 0..<clips {
          let cell = curve.truth[clip] * classes + Int(curve.predictions[start + clip])
          counts[epoch * cells + cell] += 1
        }
      }
    }
    return counts.withUnsafeBufferPointer { counts in
      (0..<epochs).map { epoch in
        Scores.means(
          UnsafeBufferPointer(rebasing: counts[epoch * cells..<(epoch + 1) * cells]),
          classes: classes
        ).uf1
      }
    }
  }
}
