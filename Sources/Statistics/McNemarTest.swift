import Requirements

/// McNemar's exact test of two classifiers on the same clips: whether the clips that one alone has
/// right are as many as those that the other alone has right.
///
/// It takes clips for independent. Those of one subject are not, so the paired interval over subjects
/// says more.
public struct McNemarTest: Sendable, Equatable {
  /// Clips that the first alone has right.
  public let firstOnly: Int
  /// Clips that the second alone has right.
  public let secondOnly: Int
  /// Two-sided: twice the chance of at most the smaller count among all of both, each a toss of a
  /// coin; at most 1.
  public let p: Double

  /// - Parameters: Numbers of clips.
  public init(firstOnly: Int, secondOnly: Int) {
    require(firstOnly >= 0 && secondOnly >= 0, "\(firstOnly) and \(secondOnly) clips")
    self.firstOnly = firstOnly
    self.secondOnly = secondOnly
    p = min(1, 2 * Self.tail(atMost: min(firstOnly, secondOnly), of: firstOnly + secondOnly))
  }

  /// The chance of at most `k` heads in `n` tosses.
  static func tail(atMost k: Int, of n: Int) -> Double {
    // n over k, halved n times on the way, so that neither grows out of range.
    var (term, halvings) = (1.0, n)
    for i in 0..<k {
      term *= Double(n - i) / Double(i + 1)
      while term > 1, halvings > 0 {
        term /= 2
        halvings -= 1
      }
    }
    while halvings > 0, term > 0 {
      term /= 2
      halvings -= 1
    }
    // The terms below shrink.
    var sum = 0.0
    for i in stride(from: k, through: 0, by: -1) {
      sum += term
      term *= Double(i) / Double(n - i + 1)
    }
    return sum
  }
}
