import Compute
import Datasets

/// What a fold's training minimises, where that is more than the mean cross-entropy of its labels.
///
/// With class weights w, smoothing s and C classes, a sample of class y counts
/// (1 − s) · w_y · −log p_y + s / C · Σ w_c · −log p_c, and a batch is divided by the sum of its w_y: as
/// PyTorch's `CrossEntropyLoss`. A mixed sample counts as its two classes do, by their shares.
package struct TrainingLoss {
  private let smoothing: Double
  /// By class; nil: all count alike.
  private let weights: [Double]?
  private let classes: Int

  /// - Parameter labels: Of the training clips.
  package init(_ configuration: TrainingConfiguration, labels: [Int], classes: Int) {
    smoothing = configuration.labelSmoothing
    self.classes = classes
    switch configuration.classWeights {
    case .none: weights = nil
    case .listed(let listed): weights = listed
    case .balanced:
      // As scikit-learn's: clips / (classes · clips of the class).
      weights = (0..<classes).map { label in
        Double(labels.count) / (Double(classes) * Double(labels.count { $0 == label }))
      }
    }
  }

  /// The targets of some of a batch's samples; nil: the labels as they are.
  ///
  /// - Parameters:
  ///   - labels: Of the whole batch.
  ///   - mixup: How its samples are mixed; nil: they are not.
  ///   - samples: Of the batch, those that this rank computes.
  package func targets(labels: [Int], mixup: Mixup?, samples: Range<Int>) -> SoftTargets? {
    guard weights != nil || smoothing > 0 || mixup != nil else { return nil }
    let weight = { (label: Int) in weights?[label] ?? 1 }
    /// Shares of a sample's classes: its own and its partner's.
    func shares(_ sample: Int) -> [(label: Int, share: Double)] {
      guard let mixup else { return [(labels[sample], 1)] }
      return [
        (labels[sample], mixup.share), (labels[mixup.partners[sample]], 1 - mixup.share),
      ]
    }
    let divisor = labels.indices.reduce(0.0) { sum, sample in
      shares(sample).reduce(sum) { $0 + $1.share * weight($1.label) }
    }
    let coefficients = samples.map { sample in
      var row = (0..<classes).map { smoothing / Double(classes) * weight($0) }
      for (label, share) in shares(sample) { row[label] += (1 - smoothing) * share * weight(label) }
      return row
    }
    return SoftTargets(coefficients: coefficients, divisor: divisor)
  }
}
