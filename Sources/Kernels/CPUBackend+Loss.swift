import Compute
import Elementary
import Matrices
import Requirements

extension CPUBackend {
  /// Softmax cross-entropy of each row of logits [samples, classes], and its gradient for a loss
  /// that is the mean over `batchSize` samples.
  ///
  /// - Returns: Each sample's −log p(label), not divided.
  public func crossEntropy(
    _ logits: Matrix, labels: [Int], batchSize: Int, gradient: Matrix
  ) -> [Double] {
    require(
      labels.count == logits.rows, "\(labels.count) labels for \(logits.rows) rows of logits")
    let classes = logits.columns
    for label in labels {
      require((0..<classes).contains(label), "the label \(label) is not in 0 ..< \(classes)")
    }
    return labels.enumerated().map { row, label in
      let x = logits.row(row)
      let dx = gradient.row(row)
      let largest = (0..<classes).reduce(Double(x[0])) { max($0, Double(x[$1])) }
      let powers = (0..<classes).map { Elementary.exp(Double(x[$0]) - largest) }
      let total = powers.reduce(0, +)
      for c in 0..<classes {
        dx[c] = Scalar((powers[c] / total - (c == label ? 1 : 0)) / Double(batchSize))
      }
      return Elementary.log(total) + largest - Double(x[label])
    }
  }

  /// Soft cross-entropy: each row's Σ −cᵢ · log pᵢ, and its gradient (Σ c · pᵢ − cᵢ) / divisor.
  public func crossEntropy(_ logits: Matrix, targets: SoftTargets, gradient: Matrix) -> [Double] {
    let classes = logits.columns
    require(
      targets.coefficients.count == logits.rows
        && targets.coefficients.allSatisfy { $0.count == classes },
      "\(targets.coefficients.count) soft targets for \(logits.rows) rows of \(classes) logits")
    return targets.coefficients.enumerated().map { row, wanted in
      let x = logits.row(row)
      let dx = gradient.row(row)
      let largest = (0..<classes).reduce(Double(x[0])) { max($0, Double(x[$1])) }
      let powers = (0..<classes).map { Elementary.exp(Double(x[$0]) - largest) }
      let total = powers.reduce(0, +)
      let all = wanted.reduce(0, +)
      let logarithm = Elementary.log(total) + largest
      var loss = 0.0
      for c in 0..<classes {
        dx[c] = Scalar((all * (powers[c] / total) - wanted[c]) / targets.divisor)
        loss += wanted[c] * (logarithm - Double(x[c]))
      }
      return loss
    }
  }
}
