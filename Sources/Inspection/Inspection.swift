/// What is in a file or a run, in lines for people, and what is wrong with it.
public struct Inspection: Sendable, Equatable {
  public internal(set) var lines: [String] = []
  /// One sentence for each thing that is damaged or missing; empty: nothing was found.
  public internal(set) var problems: [String] = []

  init() {}

  mutating func say(_ text: String) { lines.append(text) }

  mutating func complain(_ text: String) {
    problems.append(text)
    lines.append("  DAMAGED: \(text)")
  }
}
