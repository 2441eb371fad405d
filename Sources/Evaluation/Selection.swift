import Requirements

extension EvaluationProtocol {
  /// The predictions that speak for a fold under this protocol.
  ///
  /// - Parameters:
  ///   - logitsOfEveryEpoch: [epochs][clips][classes]; only the last epoch's are needed for
  ///     `lastEpoch`.
  ///   - truth: The clips' classes. Only `bestOnTest` looks at them.
  /// - Returns: The epoch (from 0) and its predictions.
  public func predictions(logitsOfEveryEpoch: [[[Float]]], truth: [Int])
    -> (epoch: Int, predictions: [Int])
  {
    let all = logitsOfEveryEpoch.map { $0.map(Self.prediction) }
    require(!all.isEmpty, "a fold without an epoch")
    let last = all.count - 1
    let chosen: Int
    switch self {
    case .lastEpoch: chosen = last
    case .bestOnTest:
      let right = all.map { zip($0, truth).count { $0 == $1 } }
      // The most clips right; of equals the later epoch.
      chosen = right.lastIndex(of: right.max() ?? 0) ?? last
    }
    return (chosen, all[chosen])
  }

  /// The class with the largest logit; the first of equals.
  public static func prediction(_ logits: [Float]) -> Int {
    logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
  }
}
