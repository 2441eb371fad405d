/// In what two differ that are compared, but for their predictions.
extension Comparison {
  /// What both have, with another value each.
  public struct Difference: Sendable, Equatable {
    public let name: String
    public let first: String
    public let second: String

    public init(_ name: String, _ first: String, _ second: String) {
      (self.name, self.first, self.second) = (name, first, second)
    }
  }

  /// How the configurations of the two differ.
  public enum Configurations: Sendable {
    /// By these keys; empty: they are alike.
    case differ([Difference])
    /// Why nobody can say.
    case unknown(String)
  }

  /// In what the two differ, a row each, the header first; empty: in nothing that is known.
  var differenceRows: [[String]] {
    var known = digests
    if case .differ(let keys) = configurations { known = keys + digests }
    guard !known.isEmpty else { return [] }
    return [["they differ in", "A", "B"]] + known.map { [$0.name, $0.first, $0.second] }
  }

  /// What the rows do not say; nil: they say all.
  var differenceNote: String? {
    switch configurations {
    case .differ(let keys): keys.isEmpty ? "Their configurations are alike." : nil
    case .unknown(let reason): "How their configurations differ is not known: \(reason)."
    }
  }
}
