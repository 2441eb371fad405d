/// UF1 and UAR of a set of predictions (the challenge's measures; See et al., MEGC 2019).
public struct Scores: Sendable, Equatable, Codable {
  /// Unweighted F1: the mean over classes of 2TP / (2TP + FP + FN). A class absent from truth and
  /// predictions is left out; one that is predicted but absent from truth counts 0.
  public let uf1: Double
  /// Unweighted average recall: the mean over classes in the truth of TP / (TP + FN).
  public let uar: Double
  /// Share of clips that are right.
  public let accuracy: Double
  public let clips: Int
  /// F1 of each class; nil where it is left out.
  public let f1: [Double?]
  /// Recall of each class; nil where it is left out.
  public let recall: [Double?]
  public let confusion: ConfusionMatrix

  /// - Returns: nil for no predictions at all.
  public init?(_ confusion: ConfusionMatrix) {
    guard confusion.total > 0 else { return nil }
    f1 = (0..<confusion.classes).map { c in
      // 2TP + FP + FN counts each truth and each prediction of the class once.
      let all = confusion.support(c) + confusion.predicted(c)
      return all == 0 ? nil : 2 * Double(confusion.counts[c][c]) / Double(all)
    }
    recall = (0..<confusion.classes).map { c in
      let support = confusion.support(c)
      return support == 0 ? nil : Double(confusion.counts[c][c]) / Double(support)
    }
    (uf1, uar) = Self.means(confusion.counts.joined().map(Int32.init), classes: confusion.classes)
    accuracy = Double(confusion.correct) / Double(confusion.total)
    clips = confusion.total
    self.confusion = confusion
  }

  /// UF1 and UAR alone, without an array: for the many draws of a bootstrap.
  ///
  /// - Parameter counts: [truth, prediction], at least one clip among them.
  @inline(__always)
  public static func means(_ counts: UnsafeBufferPointer<Int32>, classes: Int) -> (
    uf1: Double, uar: Double
  ) {
    var (f1, recall) = (0.0, 0.0)
    var (present, known) = (0.0, 0.0)
    for c in 0..<classes {
      var (support, predicted) = (0, 0)
      for other in 0..<classes {
        support += Int(counts[c * classes + other])
        predicted += Int(counts[other * classes + c])
      }
      let hits = Double(counts[c * classes + c])
      // 2TP + FP + FN counts each truth and each prediction of the class once.
      if support + predicted > 0 {
        f1 += 2 * hits / Double(support + predicted)
        present += 1
      }
      if support > 0 {
        recall += hits / Double(support)
        known += 1
      }
    }
    return (f1 / present, recall / known)
  }

  /// The same of an array.
  static func means(_ counts: [Int32], classes: Int) -> (uf1: Double, uar: Double) {
    counts.withUnsafeBufferPointer { means($0, classes: classes) }
  }
}
