import Elementary
import Requirements

/// What the trainings of a finished fold have said, and the classes of its clips.
public struct FoldEvidence: Sendable {
  /// What a training said that had some training subjects held out.
  public struct Inner: Sendable {
    /// Of the held-out subjects' clips, [epochs][clips][classes].
    public let logitsOfEveryEpoch: [[[Float]]]
    /// The classes of these clips.
    public let truth: [Int]
    /// Of the fold's test clips, [epochs][clips][classes]; nil: another model is scored.
    public let testLogits: [[[Float]]]?

    public init(logitsOfEveryEpoch: [[[Float]]], truth: [Int], testLogits: [[[Float]]]? = nil) {
      self.logitsOfEveryEpoch = logitsOfEveryEpoch
      self.truth = truth
      self.testLogits = testLogits
    }
  }

  /// Of the test clips, [epochs][clips][classes]; only the last epoch's are needed for `lastEpoch`.
  public let logitsOfEveryEpoch: [[[Float]]]
  /// The test clips' classes. Only `bestOnTest` looks at them.
  public let truth: [Int]
  /// Only `nested` looks at them.
  public let inner: [Inner]

  public init(logitsOfEveryEpoch: [[[Float]]], truth: [Int], inner: [Inner] = []) {
    self.logitsOfEveryEpoch = logitsOfEveryEpoch
    self.truth = truth
    self.inner = inner
  }
}

extension EvaluationProtocol {
  /// What speaks for a fold under this protocol.
  ///
  /// - Returns: The epoch (from 0), its logits of the test clips, whether it stands in for a later one
  ///   that the fold's own training, which ended early, has not reached, and the UF1 of held-out subjects by
  ///   which it was chosen, if it was.
  public func answer(
    _ fold: FoldEvidence
  ) -> (epoch: Int, logits: [[Float]], isCut: Bool, heldOutUF1: Double?) {
    let all = fold.logitsOfEveryEpoch
    require(!all.isEmpty, "a fold without an epoch")
    let last = all.count - 1
    switch self {
    case .lastEpoch: return (last, all[last], false, nil)
    case .bestOnTest:
      let right = all.map { zip($0, fold.truth).count { Self.prediction($0) == $1 } }
      // The most clips right; of equals the later epoch.
      let chosen = right.lastIndex(of: right.max() ?? 0) ?? last
      return (chosen, all[chosen], false, nil)
    case .nested:
      let (chosen, uf1) = Self.nestedChoice(fold.inner)
      let ofInner = fold.inner.compactMap(\.testLogits).map { $0[chosen] }
      if ofInner.count == fold.inner.count { return (chosen, Self.mean(ofInner), false, uf1) }
      // A training that ended early has no later epoch than its last.
      return (min(chosen, last), all[min(chosen, last)], chosen > last, uf1)
    }
  }

  /// The epoch (from 0) at which the held-out subjects of all inner splits together have the best UF1,
  /// of equals the earlier, and that UF1. Where trainings ended early, of those epochs that all of them have.
  private static func nestedChoice(_ inner: [FoldEvidence.Inner]) -> (epoch: Int, uf1: Double) {
    let epochs = inner.map(\.logitsOfEveryEpoch.count).min() ?? 0
    require(epochs > 0, "a nested choice without an inner training")
    var best = (epoch: 0, uf1: -1.0)
    for epoch in 0..<epochs {
      let pairs = inner.flatMap { zip($0.truth, $0.logitsOfEveryEpoch[epoch].map(prediction)) }
      let classes = inner[0].logitsOfEveryEpoch[epoch].first?.count ?? 0
      let uf1 = Scores(ConfusionMatrix(classes: classes, pairs))?.uf1 ?? 0
      if uf1 > best.uf1 { best = (epoch, uf1) }
    }
    return best
  }

  /// The logarithm of the mean of the models' class probabilities, clip by clip: what an ensemble says.
  ///
  /// - Parameter models: [models][clips][classes], logits or logarithms of probabilities.
  public static func mean(_ models: [[[Float]]]) -> [[Float]] {
    models[0].indices.map { clip in
      let probabilities = models.map { softmax($0[clip]) }
      return models[0][clip].indices.map { label in
        let sum = probabilities.reduce(0) { $0 + $1[label] }
        // Not lower than float32's least: a class that no model gives a chance has a logit too.
        return Float(Elementary.log(max(sum / Double(models.count), 0x1p-126)))
      }
    }
  }

  /// The classes' probabilities by these logits, the same bits everywhere.
  public static func softmax(_ logits: [Float]) -> [Double] {
    let largest = Double(logits.max() ?? 0)
    let powers = logits.map { Elementary.exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The class with the largest logit; the first of equals.
  public static func prediction(_ logits: [Float]) -> Int {
    logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
  }
}
