/// What is in a file or a run, in lines for people, and what is wrong with it.
public struct Inspection: Sendable, Equatable {
  /// How closely to look.
  public struct Depth: Sendable {
    /// Whether every file is read and its hash compared; otherwise names and sizes only.
    public var verify: Bool
    /// Threads that decompress.
    public var threads: Int

    public init(verify: Bool, threads: Int) {
      self.verify = verify
      self.threads = threads
    }
  }

  public internal(set) var lines: [String] = []
  /// One sentence for each thing that is damaged or missing; empty: nothing was found.
  public internal(set) var problems: [String] = []
  /// Whether something could not be judged because a job was replacing it.
  public internal(set) var isUnsettled = false

  init() {}

  mutating func say(_ text: String) { lines.append(text) }

  mutating func complain(_ text: String) {
    problems.append(text)
    lines.append("  DAMAGED: \(text)")
  }

  mutating func append(_ other: Inspection) {
    lines += other.lines
    problems += other.problems
    isUnsettled = isUnsettled || other.isUnsettled
  }
}
