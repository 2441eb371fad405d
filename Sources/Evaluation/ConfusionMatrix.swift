import Requirements

/// How often each class was taken for each class.
public struct ConfusionMatrix: Sendable, Equatable, Codable {
  /// Rows are the truth, columns the predictions.
  public private(set) var counts: [[Int]]

  public init(classes: Int) {
    require(classes > 0, "\(classes) classes")
    counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
  }

  /// Counts pairs of truth and prediction, both in `0 ..< classes`.
  public init(classes: Int, _ pairs: some Sequence<(truth: Int, prediction: Int)>) {
    self.init(classes: classes)
    for pair in pairs { add(truth: pair.truth, prediction: pair.prediction) }
  }

  public mutating func add(truth: Int, prediction: Int) { counts[truth][prediction] += 1 }

  /// What two have counted together, of the same classes.
  public static func + (a: Self, b: Self) -> Self {
    require(a.classes == b.classes, "matrices of \(a.classes) and \(b.classes) classes")
    var sum = a
    for (row, column) in a.counts.indices.flatMap({ row in a.counts.indices.map { (row, $0) } }) {
      sum.counts[row][column] += b.counts[row][column]
    }
    return sum
  }

  public var classes: Int { counts.count }
  /// Clips counted.
  public var total: Int { counts.joined().reduce(0, +) }
  /// Clips whose prediction is right.
  public var correct: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }
  /// Clips of a class.
  public func support(_ c: Int) -> Int { counts[c].reduce(0, +) }
  /// Clips predicted as a class.
  public func predicted(_ c: Int) -> Int { counts.reduce(0) { $0 + $1[c] } }
}
