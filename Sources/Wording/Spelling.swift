/// Finds what somebody probably meant.
public enum Spelling {
  /// The candidate that differs least from a word; nil if none is near, or shares nothing with it.
  public static func nearest(to word: String, among candidates: [String]) -> String? {
    let ranked = candidates.map { ($0, distance(Array(word.prefix(64)), Array($0))) }
    guard let best = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
    let (shorter, longer) = (min(word.count, best.0.count), max(word.count, best.0.count))
    return best.1 <= max(2, shorter / 2) && best.1 < longer ? best.0 : nil
  }

  /// Levenshtein's distance.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, right) in b.enumerated() {
        let replaced = diagonal + (left == right ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
